//! Misbehaviour on demand.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

/// Something that goes wrong with the next matching requests.
///
/// Faults are looked through in the order they were injected; a request meets the first that
/// matches and no other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// The method it concerns; every method when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// What the path starts with; every path when empty.
    #[serde(default)]
    pub path: String,
    /// How many requests it concerns.
    #[serde(default = "once")]
    pub times: u32,
    /// What goes wrong.
    #[serde(flatten)]
    pub kind: FaultKind,
}

/// What goes wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum FaultKind {
    /// This answer instead of the real one; nothing is done.
    Status {
        /// The status code.
        code: u16,
        /// The body; without one, what the service says with this status.
        #[serde(default)]
        body: Option<String>,
        /// Headers, which win over the usual ones.
        #[serde(default)]
        headers: BTreeMap<String, String>,
    },
    /// This status alone: no body, and nothing about rates; nothing is done.
    BareStatus {
        /// The status code.
        code: u16,
    },
    /// The real answer, so much later on the clock.
    Delay {
        /// Milliseconds.
        ms: u64,
    },
    /// The connection is closed without an answer, and nothing is done.
    DropBeforeHandling,
    /// Everything is done, and then the connection is closed without an answer.
    DropAfterHandling,
    /// Nothing is done, and no answer ever comes.
    SilenceBeforeHandling,
    /// Everything is done, and no answer ever comes.
    SilenceAfterHandling,
    /// The connection is closed halfway through the body of the real answer.
    TruncatedBody,
    /// The real answer, said to be a web page.
    WrongContentType,
    /// The real answer with a byte in it that is not UTF-8.
    InvalidUtf8,
    /// The real answer with ten megabytes of spaces after it.
    HugeBody,
}

impl Fault {
    /// A fault that happens once, to whatever comes next.
    #[must_use]
    pub fn once(kind: FaultKind) -> Self {
        Self { method: None, path: String::new(), times: 1, kind }
    }

    /// An answer with this status, once, to whatever comes next.
    #[must_use]
    pub fn status(code: u16) -> Self {
        Self::once(FaultKind::Status { code, body: None, headers: BTreeMap::new() })
    }

    /// Only to requests of this method and with a path that starts like this.
    #[must_use]
    pub fn on(mut self, method: &str, path: &str) -> Self {
        self.method = Some(method.to_owned());
        path.clone_into(&mut self.path);
        self
    }

    /// So many times.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = times;
        self
    }

    fn matches(&self, method: &str, path: &str) -> bool {
        let method_matches =
            self.method.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(method));
        method_matches && path.starts_with(&self.path)
    }
}

fn once() -> u32 {
    1
}

/// The faults that are still to come.
#[derive(Debug, Default)]
pub(crate) struct FaultQueue(VecDeque<Fault>);

impl FaultQueue {
    pub(crate) fn push(&mut self, fault: Fault) {
        if fault.times > 0 {
            self.0.push_back(fault);
        }
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    pub(crate) fn remaining(&self) -> Vec<Fault> {
        self.0.iter().cloned().collect()
    }

    /// The fault of this request, which is thereby used up once.
    pub(crate) fn take(&mut self, method: &str, path: &str) -> Option<FaultKind> {
        let at = self.0.iter().position(|fault| fault.matches(method, path))?;
        let fault = self.0.get_mut(at)?;
        fault.times -= 1;
        let kind = fault.kind.clone();
        if fault.times == 0 {
            self.0.remove(at);
        }
        Some(kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_reads_like_this_in_json() {
        let read = |text: &str| serde_json::from_str::<Fault>(text).ok();
        let long = r#"{"method":"POST","path":"/contacts","times":2,"kind":"status","code":503}"#;
        assert_eq!(read(long), Some(Fault::status(503).on("POST", "/contacts").times(2)));
        let short = r#"{"kind":"drop-before-handling"}"#;
        assert_eq!(read(short), Some(Fault::once(FaultKind::DropBeforeHandling)));
        let bare = r#"{"kind":"bare-status","code":429}"#;
        assert_eq!(read(bare), Some(Fault::once(FaultKind::BareStatus { code: 429 })));
    }

    #[test]
    fn a_fault_is_used_up_by_matching_requests_only() {
        let mut queue = FaultQueue::default();
        queue.push(Fault::status(500).on("GET", "/contacts").times(2));
        assert!(queue.take("POST", "/contacts").is_none());
        assert!(queue.take("GET", "/users/me").is_none());
        assert!(queue.take("GET", "/contacts").is_some());
        assert!(queue.take("GET", "/contacts/x").is_some());
        assert!(queue.take("GET", "/contacts").is_none());
    }
}
