//! Everything sealed that is stored, wherever it is: what changing the key has to go through.

use rusqlite::{Row, Transaction, params};

use super::{Store, StoreError, from_sql, to_sql};
use crate::bindings::exports::sovrium::connector::vault::Slot;
use crate::crash_point::{CrashPoint, between};

/// A sealed secret as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// Where it is stored.
    pub place: Place,
    /// The connection that it was sealed for.
    pub connection: u64,
    /// The envelope.
    pub envelope: String,
}

/// Where a sealed secret is stored.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// A connection's client secret.
    ClientSecret,
    /// A connection's personal access token.
    PersonalAccessToken,
    /// A connection's webhook signing key.
    SigningKey,
    /// The signing key before that one.
    PreviousSigningKey,
    /// A connection's grant.
    Grant,
    /// The authorization whose state has this hash.
    PendingAuthorization(String),
    /// The tokens of the queued revocation of this number.
    Revocation(i64),
    /// The client secret of the queued revocation of this number.
    RevocationSecret(i64),
}

impl Sealed {
    /// The id of the key that it was sealed with, if it is an envelope at all.
    #[must_use]
    pub fn key_id(&self) -> Option<&str> {
        key_id(&self.envelope)
    }

    /// What it was sealed as.
    #[must_use]
    pub fn slot(&self) -> Slot {
        match self.place {
            Place::ClientSecret | Place::RevocationSecret(_) => Slot::ClientSecret,
            Place::PersonalAccessToken => Slot::PersonalAccessToken,
            Place::SigningKey | Place::PreviousSigningKey => Slot::WebhookSigningKey,
            Place::Grant => Slot::Tokens,
            Place::PendingAuthorization(_) => Slot::PendingAuthorization,
            Place::Revocation(_) => Slot::OutstandingRevocation,
        }
    }
}

/// The id of the key that an envelope was sealed with. The platform's own form names none: it has
/// one key.
pub(crate) fn key_id(envelope: &str) -> Option<&str> {
    match envelope.split_once(':')? {
        ("v2", rest) => Some(rest.split_once(':')?.0),
        (version @ "v1", _) => Some(version),
        _ => None,
    }
}

impl Store {
    /// Everything sealed that is stored.
    pub async fn sealed(&self) -> Result<Vec<Sealed>, StoreError> {
        self.read(everything).await
    }

    /// Puts an envelope in the place of another, if that is still there; else returns false and
    /// changes nothing. Grants are not changed in this way: see [`Store::swap_grant`].
    pub async fn replace_sealed(
        &self,
        before: Sealed,
        envelope: String,
    ) -> Result<bool, StoreError> {
        let _step = between(CrashPoint::Resealing, CrashPoint::Resealed);
        self.write(move |transaction| {
            let before_text = &before.envelope;
            let changed = match &before.place {
                Place::Grant => 0,
                Place::ClientSecret => transaction.execute(
                    "UPDATE connections SET client_secret = ?3 \
                     WHERE id = ?1 AND client_secret = ?2",
                    params![to_sql(before.connection), before_text, envelope],
                )?,
                Place::PersonalAccessToken => transaction.execute(
                    "UPDATE connections SET personal_access_token = ?3 \
                     WHERE id = ?1 AND personal_access_token = ?2",
                    params![to_sql(before.connection), before_text, envelope],
                )?,
                Place::SigningKey => transaction.execute(
                    "UPDATE connections SET webhook_signing_key = ?3 \
                     WHERE id = ?1 AND webhook_signing_key = ?2",
                    params![to_sql(before.connection), before_text, envelope],
                )?,
                Place::PreviousSigningKey => transaction.execute(
                    "UPDATE connections SET previous_webhook_signing_key = ?3 \
                     WHERE id = ?1 AND previous_webhook_signing_key = ?2",
                    params![to_sql(before.connection), before_text, envelope],
                )?,
                Place::PendingAuthorization(state_hash) => transaction.execute(
                    "UPDATE pending_authorizations SET pending = ?3 \
                     WHERE state_hash = ?1 AND pending = ?2",
                    params![state_hash, before_text, envelope],
                )?,
                Place::Revocation(id) => transaction.execute(
                    "UPDATE revocations SET outstanding = ?3 WHERE id = ?1 AND outstanding = ?2",
                    params![id, before_text, envelope],
                )?,
                Place::RevocationSecret(id) => transaction.execute(
                    "UPDATE revocations SET client_secret = ?3 \
                     WHERE id = ?1 AND client_secret = ?2",
                    params![id, before_text, envelope],
                )?,
            };
            Ok(changed == 1)
        })
        .await
    }

    /// Retires a key: from now on, nothing sealed with it can be stored. Returns what is stored
    /// sealed with it, in which case nothing is changed.
    pub async fn retire_key(&self, id: String) -> Result<Vec<Sealed>, StoreError> {
        let _step = between(CrashPoint::KeyRetiring, CrashPoint::KeyRetired);
        let now = to_sql(self.now_ms());
        self.write(move |transaction| {
            let mut using = everything(transaction)?;
            using.retain(|sealed| sealed.key_id() == Some(&id));
            if using.is_empty() {
                transaction.execute(
                    "INSERT OR IGNORE INTO retired_keys (id, retired_at) VALUES (?1, ?2)",
                    params![id, now],
                )?;
            }
            Ok(using)
        })
        .await
    }

    /// Whether the key of this id was retired.
    pub async fn is_retired(&self, id: String) -> Result<bool, StoreError> {
        self.read(move |transaction| {
            let exists = "SELECT EXISTS (SELECT 1 FROM retired_keys WHERE id = ?1)";
            Ok(transaction.query_row(exists, [id], |row| row.get(0))?)
        })
        .await
    }
}

fn everything(transaction: &Transaction<'_>) -> Result<Vec<Sealed>, StoreError> {
    let mut all = Vec::new();
    let mut add = |sql: &str, place: fn(&Row<'_>) -> rusqlite::Result<Place>| {
        let mut statement = transaction.prepare_cached(sql)?;
        let rows = statement.query_map([], |row| {
            let connection = from_sql(row.get("connection")?);
            Ok(Sealed { place: place(row)?, connection, envelope: row.get("envelope")? })
        })?;
        for row in rows {
            all.push(row?);
        }
        Ok::<_, StoreError>(())
    };
    // A connection has the one or the other.
    add(
        "SELECT id AS connection, client_secret AS envelope FROM connections \
         WHERE client_secret <> '' ORDER BY id",
        |_| Ok(Place::ClientSecret),
    )?;
    add(
        "SELECT id AS connection, personal_access_token AS envelope FROM connections \
         WHERE personal_access_token IS NOT NULL ORDER BY id",
        |_| Ok(Place::PersonalAccessToken),
    )?;
    add(
        "SELECT id AS connection, webhook_signing_key AS envelope FROM connections \
         WHERE webhook_signing_key IS NOT NULL ORDER BY id",
        |_| Ok(Place::SigningKey),
    )?;
    add(
        "SELECT id AS connection, previous_webhook_signing_key AS envelope FROM connections \
         WHERE previous_webhook_signing_key IS NOT NULL ORDER BY id",
        |_| Ok(Place::PreviousSigningKey),
    )?;
    add(
        "SELECT connection, tokens AS envelope FROM grants WHERE tokens IS NOT NULL \
         ORDER BY connection",
        |_| Ok(Place::Grant),
    )?;
    add("SELECT connection, pending AS envelope, state_hash FROM pending_authorizations", |row| {
        Ok(Place::PendingAuthorization(row.get("state_hash")?))
    })?;
    add("SELECT connection, outstanding AS envelope, id FROM revocations ORDER BY id", |row| {
        Ok(Place::Revocation(row.get("id")?))
    })?;
    add("SELECT connection, client_secret AS envelope, id FROM revocations ORDER BY id", |row| {
        Ok(Place::RevocationSecret(row.get("id")?))
    })?;
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_envelope_names_its_key() {
        assert_eq!(key_id("v2:0a1b2c3d:AAAA"), Some("0a1b2c3d"));
        assert_eq!(key_id("v1:{\"iv\":\"\"}"), Some("v1"));
        for other in ["", "sealed", "v2", "v2:0a1b2c3d", "v3:0a1b2c3d:AAAA"] {
            assert_eq!(key_id(other), None, "{other}");
        }
    }
}
