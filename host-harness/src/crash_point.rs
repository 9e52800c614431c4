//! The steps between which a process may die: what stands before each has to be enough for the
//! next process to go on, or to say that a person has to.
//!
//! With the environment variable `SOVRIUM_CRASH_POINTS` set to `stop`, a program that was built for
//! debugging stops at every one of them, says its name on the standard output and waits for a line
//! on the standard input. A test lets it go on, or kills it there; at the end of the input it kills
//! itself. Programs that were built for release do nothing of this.

/// A step after which, or before which, a process may die.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CrashPoint {
    /// The lease on a grant was taken.
    LeaseTaken,
    /// A grant is about to be replaced, or removed.
    GrantSwapping,
    /// A grant was replaced or removed, or somebody was faster.
    GrantSwapped,
    /// Something is about to be sent to the service.
    Sending,
    /// The service has answered, or failed to.
    Answered,
    /// A pending authorization is about to be stored.
    PendingStoring,
    /// A pending authorization was stored.
    PendingStored,
    /// A pending authorization is about to be claimed: from then on, no other answer to it counts.
    Claiming,
    /// A pending authorization was claimed.
    Claimed,
    /// It was noted that a pending authorization was answered.
    AnswerNoted,
    /// A connection is about to move to another state.
    StateMoving,
    /// A connection has moved to another state.
    StateMoved,
    /// A connection is about to be removed.
    ConnectionRemoving,
    /// A connection was removed.
    ConnectionRemoved,
    /// The queue of revocations is about to change: one comes in, was tried, or is done.
    QueueWriting,
    /// The queue of revocations has changed.
    QueueWritten,
    /// The file of keys is about to change: one comes in front, or goes.
    KeyFileWriting,
    /// The file of keys has changed.
    KeyFileWritten,
    /// A secret that is no grant is about to be stored under another key.
    Resealing,
    /// A secret was stored under another key, or something else took its place.
    Resealed,
    /// A key is about to be retired.
    KeyRetiring,
    /// A key was retired, or is still needed.
    KeyRetired,
}

impl CrashPoint {
    /// Every one of them.
    pub const ALL: [Self; 22] = [
        Self::LeaseTaken,
        Self::GrantSwapping,
        Self::GrantSwapped,
        Self::Sending,
        Self::Answered,
        Self::PendingStoring,
        Self::PendingStored,
        Self::Claiming,
        Self::Claimed,
        Self::AnswerNoted,
        Self::StateMoving,
        Self::StateMoved,
        Self::ConnectionRemoving,
        Self::ConnectionRemoved,
        Self::QueueWriting,
        Self::QueueWritten,
        Self::KeyFileWriting,
        Self::KeyFileWritten,
        Self::Resealing,
        Self::Resealed,
        Self::KeyRetiring,
        Self::KeyRetired,
    ];

    /// Its name, such as `grant-swapped`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::LeaseTaken => "lease-taken",
            Self::GrantSwapping => "grant-swapping",
            Self::GrantSwapped => "grant-swapped",
            Self::Sending => "sending",
            Self::Answered => "answered",
            Self::PendingStoring => "pending-storing",
            Self::PendingStored => "pending-stored",
            Self::Claiming => "claiming",
            Self::Claimed => "claimed",
            Self::AnswerNoted => "answer-noted",
            Self::StateMoving => "state-moving",
            Self::StateMoved => "state-moved",
            Self::ConnectionRemoving => "connection-removing",
            Self::ConnectionRemoved => "connection-removed",
            Self::QueueWriting => "queue-writing",
            Self::QueueWritten => "queue-written",
            Self::KeyFileWriting => "key-file-writing",
            Self::KeyFileWritten => "key-file-written",
            Self::Resealing => "resealing",
            Self::Resealed => "resealed",
            Self::KeyRetiring => "key-retiring",
            Self::KeyRetired => "key-retired",
        }
    }
}

/// What comes before the name of the point at which a program stops.
pub const ANNOUNCEMENT: &str = "crash point: ";

/// The environment variable that makes a program stop.
pub const VARIABLE: &str = "SOVRIUM_CRASH_POINTS";

/// The program is at the first point, and when what is returned is dropped, at the second.
pub(crate) fn between(before: CrashPoint, after: CrashPoint) -> Step {
    reach(before);
    Step(after)
}

/// What lies between two points.
#[must_use]
#[derive(Debug)]
pub(crate) struct Step(CrashPoint);

impl Drop for Step {
    fn drop(&mut self) {
        reach(self.0);
    }
}

/// The program is at this point. It blocks its thread if it is to stop here.
#[cfg(debug_assertions)]
pub(crate) fn reach(point: CrashPoint) {
    use std::io::{BufRead as _, Write as _};
    use std::sync::LazyLock;

    static STOPS: LazyLock<bool> =
        LazyLock::new(|| std::env::var_os(VARIABLE).is_some_and(|value| value == "stop"));
    if !*STOPS {
        return;
    }
    // Whoever has the input is the one who stops; others stop after it.
    let mut input = std::io::stdin().lock();
    let mut output = std::io::stdout().lock();
    let said = writeln!(output, "{ANNOUNCEMENT}{}", point.name()).and_then(|()| output.flush());
    drop(output);
    let told = input.read_line(&mut String::new());
    if said.is_err() || !told.is_ok_and(|bytes| bytes > 0) {
        std::process::abort();
    }
}

/// The program is at this point, and goes on.
#[cfg(not(debug_assertions))]
pub(crate) const fn reach(_: CrashPoint) {}
