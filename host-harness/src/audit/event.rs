//! What people did with a connection and its secrets.

use serde::Serialize;
use serde_json::{Value, json};

use crate::bindings::sovrium::connector::grant_store::Grant;
use crate::timestamp;

/// Something that people did, or that came of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditEvent {
    /// When, in Unix milliseconds.
    #[serde(serialize_with = "timestamp::serialize")]
    pub at: u64,
    /// The connection; none where it is about all of them.
    pub connection: Option<u64>,
    /// Its name, such as `connection.created`.
    pub event: String,
    /// The kinds of secret that were read.
    pub read: Vec<&'static str>,
    /// The kinds of secret that were written.
    pub written: Vec<&'static str>,
    /// More facts, none of them secret.
    pub detail: Value,
}

impl AuditEvent {
    /// An event as it is stored.
    pub(crate) fn new(at: u64, connection: Option<u64>, event: String, detail: Value) -> Self {
        let (read, written) =
            EventKind::named(&event).map_or((&[][..], &[][..]), EventKind::secrets);
        Self { at, connection, event, read: read.to_vec(), written: written.to_vec(), detail }
    }

    pub(super) fn is(&self, kind: EventKind) -> bool {
        self.event == kind.as_str()
    }
}

/// The kinds of event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EventKind {
    /// A connection was created.
    Created,
    /// Its client id or secret was replaced.
    CredentialsUpdated,
    /// A person's authorization was exchanged for tokens.
    Connected,
    /// An answer of the browser's brought no tokens; the detail has the error's code.
    AuthorizationFailed,
    /// It was tested; the detail says whether it passed, and else the error's code.
    Tested,
    /// Its tokens were replaced before their time, and the access token among them revoked.
    TokensRotated,
    /// Its tokens were revoked.
    Disconnected,
    /// Its tokens were revoked, and it is gone.
    Removed,
    /// A grant was stored of another owner or with other scopes than the one before.
    GrantStored,
    /// Every secret was sealed with the active key; the detail has its id, whether it was made
    /// for this, how many secrets there were, and how many could not be opened.
    KeysRotated,
    /// A key was retired; the detail has its id.
    KeyRetired,
    /// Requests could not be recorded.
    RequestsLost,
}

const CLIENT_SECRET: &str = "client-secret";
const OUTSTANDING: &str = "outstanding-revocation";
const PENDING: &str = "pending-authorization";
const PERSONAL_TOKEN: &str = "personal-access-token";
const TOKENS: &str = "tokens";
/// What a change of the key touches.
const EVERY_SECRET: &[&str] = &[CLIENT_SECRET, PERSONAL_TOKEN, TOKENS, PENDING, OUTSTANDING];

impl EventKind {
    const ALL: [Self; 12] = [
        Self::Created,
        Self::CredentialsUpdated,
        Self::Connected,
        Self::AuthorizationFailed,
        Self::Tested,
        Self::TokensRotated,
        Self::Disconnected,
        Self::Removed,
        Self::GrantStored,
        Self::KeysRotated,
        Self::KeyRetired,
        Self::RequestsLost,
    ];

    /// Its name, such as `connection.created`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "connection.created",
            Self::CredentialsUpdated => "connection.credentials-updated",
            Self::Connected => "connection.connected",
            Self::AuthorizationFailed => "connection.authorization-failed",
            Self::Tested => "connection.tested",
            Self::TokensRotated => "connection.tokens-rotated",
            Self::Disconnected => "connection.disconnected",
            Self::Removed => "connection.removed",
            Self::GrantStored => "grant.stored",
            Self::KeysRotated => "keys.rotated",
            Self::KeyRetired => "keys.retired",
            Self::RequestsLost => "audit.requests-lost",
        }
    }

    fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// The kinds of secret that are read, and those that are written, when it happens.
    fn secrets(self) -> (&'static [&'static str], &'static [&'static str]) {
        match self {
            Self::Created | Self::CredentialsUpdated => (&[], &[CLIENT_SECRET]),
            Self::Connected => (&[CLIENT_SECRET, PENDING], &[TOKENS]),
            Self::AuthorizationFailed => (&[CLIENT_SECRET, PENDING], &[]),
            Self::Tested => (&[TOKENS], &[]),
            Self::TokensRotated => (&[CLIENT_SECRET, TOKENS], &[CLIENT_SECRET, TOKENS]),
            Self::Disconnected | Self::Removed => (&[CLIENT_SECRET, TOKENS], &[]),
            Self::GrantStored => (&[], &[TOKENS]),
            Self::KeysRotated => (EVERY_SECRET, EVERY_SECRET),
            Self::KeyRetired | Self::RequestsLost => (&[], &[]),
        }
    }
}

/// Who a grant is of, and what it allows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reach {
    /// The URI of the user; none where nobody said.
    pub(crate) owner: Option<String>,
    /// The scopes, in order, each once.
    pub(crate) scopes: Vec<String>,
}

impl Reach {
    /// The reach of a grant.
    pub(crate) fn of(grant: &Grant) -> Self {
        Self::new(grant.owner.clone(), grant.scopes.clone())
    }

    /// The reach that an event of [`EventKind::GrantStored`] tells of, if it is one.
    pub(crate) fn in_detail(detail: &Value) -> Option<Self> {
        let scopes = detail.get("scopes")?.as_array()?;
        let scopes = scopes.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        let owner = detail.get("owner").and_then(Value::as_str).map(str::to_owned);
        Some(Self::new(owner, scopes))
    }

    /// What an event tells of it.
    pub(crate) fn detail(&self) -> Value {
        json!({ "owner": self.owner, "scopes": self.scopes })
    }

    fn new(owner: Option<String>, mut scopes: Vec<String>) -> Self {
        scopes.sort_unstable();
        scopes.dedup();
        Self { owner, scopes }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_found_by_its_name_and_says_which_secrets_it_touches() {
        for kind in EventKind::ALL {
            assert_eq!(EventKind::named(kind.as_str()), Some(kind));
        }
        let named = |name: &str| AuditEvent::new(0, Some(1), name.to_owned(), Value::Null);
        assert_eq!(named("connection.created").written, ["client-secret"]);
        assert_eq!(named("connection.removed").read, ["client-secret", "tokens"]);
        // Of a newer version of this program.
        assert_eq!(named("made.up").read, [""; 0]);
    }

    #[test]
    fn the_reach_of_a_grant_comes_back_from_its_event_and_knows_no_order() {
        let scopes = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let reach = Reach::new(Some("u".to_owned()), scopes(&["b", "a", "b"]));
        assert_eq!(reach, Reach::new(Some("u".to_owned()), scopes(&["a", "b"])));
        assert_eq!(Reach::in_detail(&reach.detail()), Some(reach));
        for broken in [Value::Null, json!({ "owner": "u" }), json!({ "scopes": 1 })] {
            assert_eq!(Reach::in_detail(&broken), None, "{broken}");
        }
    }
}
