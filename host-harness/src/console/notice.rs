//! What a page has to say about what was done before it.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use crate::error::HostError;

/// How many notices wait to be shown at most; the oldest goes first.
const WAITING: usize = 64;

/// Something that was done, or was not.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Notice {
    /// It went well.
    Done(String),
    /// It did not.
    Failed(HostError),
}

/// Notices that wait for their page. A form that went well leads to another page, so that loading
/// that one again does nothing twice.
#[derive(Default)]
pub(super) struct Notices(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    last: u64,
    notices: VecDeque<(u64, Notice)>,
}

impl Notices {
    /// Keeps a notice, and names it.
    pub(super) fn put(&self, notice: Notice) -> u64 {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.last += 1;
        let number = waiting.last;
        waiting.notices.push_back((number, notice));
        if waiting.notices.len() > WAITING {
            waiting.notices.pop_front();
        }
        number
    }

    /// Takes the notice of that name: it is shown once.
    pub(super) fn take(&self, number: u64) -> Option<Notice> {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let index = waiting.notices.iter().position(|(known, _)| *known == number)?;
        waiting.notices.remove(index).map(|(_, notice)| notice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_is_shown_once() {
        let notices = Notices::default();
        let done = |text: &str| Notice::Done(text.to_owned());
        let first = notices.put(done("a"));
        let second = notices.put(done("b"));
        assert_eq!(notices.take(first), Some(done("a")));
        assert_eq!(notices.take(first), None);
        assert_eq!(notices.take(second), Some(done("b")));
        for _ in 0..=WAITING {
            notices.put(done("c"));
        }
        assert_eq!(notices.take(3), None);
        assert!(notices.take(4).is_some());
    }
}
