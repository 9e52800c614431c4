//! The keys that secrets are sealed with: what each one seals, a new one for all of them, and the
//! end of an old one.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use serde::Serialize;
use serde_json::json;

use super::{Host, LOCAL_DEADLINE};
use crate::audit::EventKind;
use crate::bindings::sovrium::connector::grant_store::{Grant, SwapError};
use crate::bindings::sovrium::connector::types::Connection;
use crate::error::{ErrorCode, HostError, Retry};
use crate::keyring::{KEY_VARIABLE, Keyring, Origin, PLATFORM_KEY_VARIABLE};
use crate::store::{Place, Sealed, key_id};

/// A grant's lease is held for no longer than this to seal it anew.
const LEASE_TTL: Duration = Duration::from_secs(30);

/// Whoever has the lease on a grant is waited for as long as that can last.
const LEASE_WAIT: Duration = Duration::from_secs(75);

/// What others seal with an older key meanwhile is found when all is looked through again.
const PASSES: usize = 10;

/// A key, without the key itself, and what it seals.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct KeyView {
    /// Its id.
    pub id: String,
    /// `active`: it seals and opens; `open`: it opens; `platform`: it opens what the platform
    /// sealed; `missing`: secrets need it, and it is not there.
    pub role: &'static str,
    /// What is sealed with it.
    pub seals: Seals,
}

/// How many secrets a key seals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Seals {
    /// Client secrets of connections.
    pub client_secrets: usize,
    /// Personal access tokens of connections.
    pub personal_access_tokens: usize,
    /// Webhook signing keys of connections.
    pub webhook_signing_keys: usize,
    /// Grants.
    pub grants: usize,
    /// Authorizations that a person has yet to answer, or has just answered.
    pub pending_authorizations: usize,
    /// Tokens that are still to be revoked, and the client secrets that this takes.
    pub revocations: usize,
}

impl Seals {
    fn of<'a>(sealed: impl IntoIterator<Item = &'a Sealed>) -> Self {
        let mut seals = Self::default();
        for one in sealed {
            *match one.place {
                Place::ClientSecret => &mut seals.client_secrets,
                Place::PersonalAccessToken => &mut seals.personal_access_tokens,
                Place::SigningKey | Place::PreviousSigningKey => &mut seals.webhook_signing_keys,
                Place::Grant => &mut seals.grants,
                Place::PendingAuthorization(_) => &mut seals.pending_authorizations,
                Place::Revocation(_) | Place::RevocationSecret(_) => &mut seals.revocations,
            } += 1;
        }
        seals
    }

    /// All of them.
    #[must_use]
    pub fn total(self) -> usize {
        self.client_secrets
            + self.personal_access_tokens
            + self.webhook_signing_keys
            + self.grants
            + self.pending_authorizations
            + self.revocations
    }
}

/// How a change of the key ended.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct KeysRotated {
    /// The active key's id.
    pub active: String,
    /// Whether it was made now; else an earlier rotation was completed.
    pub made: bool,
    /// How many secrets were sealed with it now.
    pub resealed: usize,
    /// The secrets that could not be.
    pub failed: Vec<NotResealed>,
}

/// A secret that could not be sealed anew.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NotResealed {
    /// Its connection.
    pub connection: u64,
    /// What it is.
    pub secret: &'static str,
    /// The id of its key.
    pub key: Option<String>,
    /// Why not.
    pub error: HostError,
}

impl Host {
    /// The keys there are and those that are missing, each with what it seals.
    pub async fn keys(&self) -> Result<Vec<KeyView>, HostError> {
        let sealed = self.store().sealed().await?;
        let mut by_key: BTreeMap<&str, Vec<&Sealed>> = BTreeMap::new();
        for one in &sealed {
            by_key.entry(one.key_id().unwrap_or("?")).or_default().push(one);
        }
        let mut views = Vec::new();
        for key in self.keyring().facts() {
            let role = match (key.active, key.platform) {
                (true, _) => "active",
                (_, true) => "platform",
                _ => "open",
            };
            let seals = Seals::of(by_key.remove(&*key.id).unwrap_or_default());
            views.push(KeyView { id: key.id, role, seals });
        }
        views.extend(by_key.into_iter().map(|(id, sealed)| KeyView {
            id: id.to_owned(),
            role: "missing",
            seals: Seals::of(sealed),
        }));
        Ok(views)
    }

    /// Makes a new key active and seals every secret with it, while calls go on. When an earlier
    /// rotation left secrets behind, it is completed instead, unless a new key is asked for.
    pub async fn rotate_keys(&self, new_key: bool) -> Result<KeysRotated, HostError> {
        let made = new_key || self.nothing_to_complete().await?;
        if made {
            self.add_key()?;
        }
        let (mut resealed, mut failed) = (0, Vec::new());
        let mut hopeless = HashSet::new();
        for _ in 0..PASSES {
            let mut sealed = self.store().sealed().await?;
            sealed.retain(|one| !self.is_up_to_date(&one.envelope));
            sealed.retain(|one| !hopeless.contains(&(one.connection, one.place.clone())));
            if sealed.is_empty() {
                break;
            }
            for one in sealed {
                let key = one.key_id().map(str::to_owned);
                let (connection, place) = (one.connection, one.place.clone());
                match self.reseal(one).await {
                    Ok(true) => resealed += 1,
                    // It was replaced at the same time; the next pass looks at what is there now.
                    Ok(false) => {}
                    Err(error) => {
                        let secret = name_of(&place);
                        failed.push(NotResealed { connection, secret, key, error });
                        hopeless.insert((connection, place));
                    }
                }
            }
        }
        let active = self.keyring().active().map(|key| key.id().to_owned()).unwrap_or_default();
        let detail = json!({
            "active": active, "made": made, "resealed": resealed, "failed": failed.len(),
        });
        self.note_detail(None, EventKind::KeysRotated, detail).await;
        Ok(KeysRotated { active, made, resealed, failed })
    }

    /// Ends a key: nothing can be sealed with it any more, and it goes from the key file. Refused
    /// while anything that is stored still needs it.
    pub async fn retire_key(&self, id: &str) -> Result<(), HostError> {
        let keys = self.keyring().facts();
        let Some(key) = keys.iter().find(|key| key.id == id) else {
            return Err(HostError::new(
                ErrorCode::NotFound,
                format!("There is no key {id}."),
                "List the keys to see their ids.",
            ));
        };
        if key.active {
            return Err(HostError::new(
                ErrorCode::Conflict,
                format!("The key {id} is the one that secrets are sealed with."),
                "Rotate the keys first.",
            ));
        }
        self.refuse_while_used(id, self.store().sealed().await?)?;
        // Whoever sealed tokens with the key before it was replaced, and has yet to store them, has
        // the lease of their connection: either they are stored by the end of this, or never.
        for connection in self.store().connections().await? {
            let id = connection.connection.id;
            let fence = self.lease(id).await?;
            self.store().release_lease(id, fence).await?;
        }
        self.refuse_while_used(id, self.store().retire_key(id.to_owned()).await?)?;
        self.note_detail(None, EventKind::KeyRetired, json!({ "key": id })).await;
        match self.keyring().origin() {
            Origin::File(_) if !key.platform => {
                Ok(self.keyring().remove(id, &self.0.services.random)?)
            }
            _ => Ok(()),
        }
    }

    /// Seals the connection's client secret anew, with the active key.
    pub(super) async fn reseal_client_secret(
        &self,
        connection: &Connection,
    ) -> Result<(), HostError> {
        let envelope = connection.client_secret.clone();
        let sealed = Sealed { place: Place::ClientSecret, connection: connection.id, envelope };
        self.reseal(sealed).await.map(drop)
    }

    /// The envelope of the same secret, sealed with the active key.
    pub(super) async fn resealed(&self, sealed: &Sealed) -> Result<String, HostError> {
        let (connection, envelope) = (sealed.connection, sealed.envelope.clone());
        let context = self.context(Some(connection), LOCAL_DEADLINE);
        Ok(self.0.component.reseal(context, connection, sealed.slot(), envelope).await??)
    }

    /// The connection's lease.
    pub(super) async fn lease(&self, connection: u64) -> Result<u64, HostError> {
        let fence = self.store().acquire_lease(connection, LEASE_TTL, LEASE_WAIT).await?;
        fence.ok_or_else(|| HostError {
            retry: Retry::Backoff,
            ..HostError::new(
                ErrorCode::DeadlineExceeded,
                format!("Another call is renewing the tokens of connection {connection}."),
                "Try again.",
            )
        })
    }

    fn keyring(&self) -> &Keyring {
        &self.0.services.keyring
    }

    /// Whether everything that can be opened is sealed with the active key, so that a rotation has
    /// to begin with a new one.
    async fn nothing_to_complete(&self) -> Result<bool, HostError> {
        let Some(active) = self.keyring().active() else { return Ok(true) };
        if self.store().is_retired(active.id().to_owned()).await? {
            return Ok(true);
        }
        let there: HashSet<_> = self.keyring().facts().into_iter().map(|key| key.id).collect();
        let sealed = self.store().sealed().await?;
        let behind =
            |one: &Sealed| one.key_id().is_some_and(|id| id != active.id() && there.contains(id));
        Ok(!sealed.iter().any(behind))
    }

    fn add_key(&self) -> Result<(), HostError> {
        match self.keyring().origin() {
            Origin::File(_) => {
                self.keyring().add_active(&self.0.services.random)?;
                Ok(())
            }
            Origin::Variable | Origin::Given => Err(HostError::new(
                ErrorCode::Conflict,
                format!("Everything is sealed with the first key of {KEY_VARIABLE} already."),
                format!(
                    "Put a new key (`openssl rand -base64 32`) and a comma in front of those in \
                     {KEY_VARIABLE}, everywhere the database is used, then do this again."
                ),
            )),
        }
    }

    fn is_up_to_date(&self, envelope: &str) -> bool {
        self.keyring().active().is_some_and(|key| key_id(envelope) == Some(key.id()))
    }

    /// Seals a secret anew in its place. False when something else took the place meanwhile.
    async fn reseal(&self, sealed: Sealed) -> Result<bool, HostError> {
        if sealed.place == Place::Grant {
            return self.reseal_grant(sealed.connection).await;
        }
        let envelope = self.resealed(&sealed).await?;
        Ok(self.store().replace_sealed(sealed, envelope).await?)
    }

    /// Under its lease, because a refresh may be under way that replaces it.
    async fn reseal_grant(&self, connection: u64) -> Result<bool, HostError> {
        let fence = self.lease(connection).await?;
        let outcome = self.reseal_grant_under(connection, fence).await;
        self.store().release_lease(connection, fence).await?;
        outcome
    }

    async fn reseal_grant_under(&self, connection: u64, fence: u64) -> Result<bool, HostError> {
        let Some(stored) = self.store().grant(connection).await? else { return Ok(false) };
        if self.is_up_to_date(&stored.grant.tokens) {
            return Ok(false);
        }
        let envelope = stored.grant.tokens.clone();
        let tokens = self.resealed(&Sealed { place: Place::Grant, connection, envelope }).await?;
        let grant = Grant { tokens, ..stored.grant };
        let swapped =
            self.store().swap_grant(connection, fence, Some(stored.version), Some(grant)).await?;
        match swapped {
            Ok(_) => Ok(true),
            Err(SwapError::VersionConflict | SwapError::LeaseLost) => Ok(false),
            Err(SwapError::Failed(reason)) => Err(HostError::new(
                ErrorCode::Internal,
                format!("The store failed: {reason}."),
                "Look into the log, then try again.",
            )),
        }
    }

    fn refuse_while_used(&self, id: &str, mut sealed: Vec<Sealed>) -> Result<(), HostError> {
        sealed.retain(|one| one.key_id() == Some(id));
        if sealed.is_empty() {
            return Ok(());
        }
        let seals = Seals::of(&sealed);
        let mut connections: Vec<_> = sealed.iter().map(|one| one.connection).collect();
        connections.sort_unstable();
        connections.dedup();
        let error = HostError::new(
            ErrorCode::Conflict,
            format!("The key {id} cannot be retired: {} secrets need it.", seals.total()),
            "Rotate the keys, which seals them with another one, then try again.",
        );
        let detail = json!({ "seals": seals, "connections": connections });
        Err(HostError { detail: Some(detail), ..error })
    }

    /// What is left to do by hand once a key is retired, if anything is.
    #[must_use]
    pub fn after_retiring(&self, id: &str) -> Option<String> {
        let variable = if self.keyring().facts().iter().any(|key| key.platform && key.id == id) {
            PLATFORM_KEY_VARIABLE
        } else if matches!(self.keyring().origin(), Origin::File(_)) {
            return None;
        } else {
            KEY_VARIABLE
        };
        Some(format!("Nothing needs it; now take it out of {variable}."))
    }
}

fn name_of(place: &Place) -> &'static str {
    match place {
        Place::ClientSecret => "client-secret",
        Place::PersonalAccessToken => "personal-access-token",
        Place::SigningKey => "webhook-signing-key",
        Place::PreviousSigningKey => "previous-webhook-signing-key",
        Place::Grant => "tokens",
        Place::PendingAuthorization(_) => "pending-authorization",
        Place::Revocation(_) => "outstanding-revocation",
        Place::RevocationSecret(_) => "client-secret of an outstanding revocation",
    }
}
