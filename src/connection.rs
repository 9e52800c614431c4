//! A connection's configuration: parsed and sealed when created, changed, shown masked.

mod redirect_uri;
mod schema;

use serde_json::{Map, Value};

pub use redirect_uri::is_redirect_uri;
pub use schema::json_schema;

pub use crate::contract::types::Connection;
use crate::error::{Error, ErrorCode, Result, Violation, violation};
use crate::host::Host;
use crate::json::{self, object};
use crate::secret::{MASK, Secret};
use crate::vault::{self, Slot};

/// Everything that is wrong with a configuration document.
#[must_use]
pub fn validate(document: &str) -> Vec<Violation> {
    match json::parse(document) {
        Ok(value) => schema::check(&value),
        Err(broken) => vec![broken],
    }
}

/// Checks a configuration document and seals its secrets.
///
/// # Errors
/// `invalid-connection` with every violation; `vault` when the secret cannot be sealed.
pub fn create(host: &dyn Host, document: &str) -> Result<Connection> {
    let value = json::parse(document).map_err(|broken| Error::invalid_connection(vec![broken]))?;
    let broken = schema::check(&value);
    if !broken.is_empty() {
        return Err(Error::invalid_connection(broken));
    }
    seal_secrets(host, json::members(value), None)
}

/// Applies changes, a JSON Merge Patch (RFC 7396) of the configuration document. `id` and `type`
/// never change; a secret that is not in the patch, or is its mask, stays as it is. A webhook signing
/// key that gives way to another becomes the previous one, unless the patch says what that is.
///
/// # Errors
/// `invalid-connection` with every violation; `vault` when a new secret cannot be sealed.
pub fn change(host: &dyn Host, current: &Connection, changes: &str) -> Result<Connection> {
    let patch = match json::parse(changes) {
        Ok(Value::Object(patch)) => patch,
        Ok(_) => {
            let broken = violation("", "type", "The document must be an object");
            return Err(Error::invalid_connection(vec![broken]));
        }
        Err(broken) => return Err(Error::invalid_connection(vec![broken])),
    };
    let mut broken = changes_of_what_never_changes(current, &patch);
    // What was signed before the change is still on its way.
    let keeps_previous = patch.get(SIGNING_KEY).is_some_and(|key| key.is_string() && key != MASK)
        && !patch.contains_key(PREVIOUS_SIGNING_KEY);
    let mut document = document(current);
    for (name, value) in patch {
        match name.as_str() {
            "id" | "type" => {}
            _ if SECRETS.contains(&&*name) && value == MASK => {}
            _ => document[name] = value,
        }
    }
    let document = without_nulls(document);
    for violation in schema::check(&document) {
        // What is left of the masks stands for the secrets there are.
        if !is_mask(&document, &violation) {
            broken.push(violation);
        }
    }
    if !broken.is_empty() {
        return Err(Error::invalid_connection(broken));
    }
    let mut changed = seal_secrets(host, json::members(document), Some(current))?;
    if keeps_previous && let Some(before) = &current.webhook_signing_key {
        changed.previous_webhook_signing_key = Some(before.clone());
    }
    Ok(changed)
}

/// The configuration document with its secrets masked.
#[must_use]
pub fn mask(connection: &Connection) -> Value {
    document(connection)
}

/// The client secret, opened.
///
/// # Errors
/// `unsupported` when the connection has a personal access token, which needs none; `vault` when
/// it does not open.
pub(crate) fn client_secret(host: &dyn Host, connection: &Connection) -> Result<Secret> {
    if connection.personal_access_token.is_some() {
        return Err(Error::new(
            ErrorCode::Unsupported,
            "Calendly lets nobody refresh or revoke a personal access token through its API.",
            "Delete the token at Calendly, under Integrations, API & Webhooks, when it is to end.",
        ));
    }
    open_secret(host, connection.id, Slot::ClientSecret, &connection.client_secret)
}

/// The personal access token, opened.
///
/// # Errors
/// `unsupported` when the connection has none; `vault` when it does not open.
pub(crate) fn personal_access_token(host: &dyn Host, connection: &Connection) -> Result<Secret> {
    let Some(token) = &connection.personal_access_token else {
        return Err(Error::new(
            ErrorCode::Unsupported,
            "The connection has no personal access token.",
            "Connect it by an authorization.",
        ));
    };
    open_secret(host, connection.id, Slot::PersonalAccessToken, token)
}

/// The keys that the service's webhooks may be signed with, opened, the present one first.
///
/// # Errors
/// `vault` when one does not open.
pub(crate) fn signing_keys(host: &dyn Host, connection: &Connection) -> Result<Vec<Secret>> {
    let mut keys = Vec::new();
    let sealed = [&connection.webhook_signing_key, &connection.previous_webhook_signing_key];
    for sealed in sealed.into_iter().flatten() {
        keys.push(open_secret(host, connection.id, Slot::WebhookSigningKey, sealed)?);
    }
    Ok(keys)
}

fn open_secret(host: &dyn Host, connection: u64, slot: Slot, sealed: &str) -> Result<Secret> {
    let opened = vault::open(host, connection, slot, sealed)?;
    let text =
        std::str::from_utf8(&opened).map_err(|_| Error::internal("The secret is not text."))?;
    Ok(Secret::new(text.to_owned()))
}

/// The connection of a checked document, its secrets sealed. A masked one is the current one.
fn seal_secrets(
    host: &dyn Host,
    mut members: Map<String, Value>,
    current: Option<&Connection>,
) -> Result<Connection> {
    let mut connection = of(&members)?;
    let mut seal = |name, slot, current: Option<&String>| {
        Ok::<_, Error>(match json::take_text(&mut members, name).map(Secret::new) {
            None => None,
            Some(secret) if secret.expose() == MASK => current.cloned(),
            Some(secret) => {
                Some(vault::seal(host, connection.id, slot, secret.expose().as_bytes())?)
            }
        })
    };
    let secret = current.map(|current| &current.client_secret);
    let token = current.and_then(|current| current.personal_access_token.as_ref());
    let signing = current.and_then(|current| current.webhook_signing_key.as_ref());
    let previous = current.and_then(|current| current.previous_webhook_signing_key.as_ref());
    let secret = seal(CLIENT_SECRET, Slot::ClientSecret, secret)?;
    let token = seal(TOKEN, Slot::PersonalAccessToken, token)?;
    let signing = seal(SIGNING_KEY, Slot::WebhookSigningKey, signing)?;
    let previous = seal(PREVIOUS_SIGNING_KEY, Slot::WebhookSigningKey, previous)?;
    connection.client_secret = secret.unwrap_or_default();
    connection.personal_access_token = token;
    connection.webhook_signing_key = signing;
    connection.previous_webhook_signing_key = previous;
    Ok(connection)
}

/// Whether nothing is wrong with a secret but that it is masked.
fn is_mask(document: &Value, violation: &Violation) -> bool {
    let name = violation.pointer.get(1..).unwrap_or_default();
    matches!(&*violation.rule, "pattern" | "minLength")
        && SECRETS.contains(&name)
        && document[name] == MASK
}

/// The connection of a checked document, without its secrets.
fn of(members: &Map<String, Value>) -> Result<Connection> {
    let text = |name| json::text(members, name).map(str::to_owned);
    Ok(Connection {
        id: connection_id(members, "id")
            .ok_or_else(|| Error::internal("A checked connection has no readable id."))?,
        name: text("name").unwrap_or_default(),
        client_id: text("clientId").unwrap_or_default(),
        client_secret: String::new(),
        personal_access_token: None,
        scopes: texts(members.get("scopes")),
        redirect_uri: text("redirectUri"),
        webhook_signing_key: None,
        previous_webhook_signing_key: None,
    })
}

/// A merge patch removes what it sets to null.
fn without_nulls(document: Value) -> Value {
    let mut kept = Value::Null;
    for (name, value) in json::members(document) {
        if !value.is_null() {
            kept[name] = value;
        }
    }
    kept
}

fn changes_of_what_never_changes(
    current: &Connection,
    patch: &Map<String, Value>,
) -> Vec<Violation> {
    let mut broken = Vec::new();
    if patch.contains_key("id") && connection_id(patch, "id") != Some(current.id) {
        broken.push(violation("/id", "immutable", "ID is immutable and cannot be changed"));
    }
    if patch.get("type").is_some_and(|kind| kind != "calendly") {
        let message = "Connection type cannot be changed. Create a new connection instead.";
        broken.push(violation("/type", "immutable", message));
    }
    broken
}

fn document(connection: &Connection) -> Value {
    let mut document = object! {
        "type": "calendly",
        "id": connection.id,
        "name": &*connection.name,
    };
    if connection.personal_access_token.is_some() {
        document[TOKEN] = MASK.into();
    } else {
        document["clientId"] = connection.client_id.as_str().into();
        document[CLIENT_SECRET] = MASK.into();
    }
    if connection.webhook_signing_key.is_some() {
        document[SIGNING_KEY] = MASK.into();
    }
    if connection.previous_webhook_signing_key.is_some() {
        document[PREVIOUS_SIGNING_KEY] = MASK.into();
    }
    if !connection.scopes.is_empty() {
        document["scopes"] = connection.scopes.clone().into();
    }
    if let Some(uri) = &connection.redirect_uri {
        document["redirectUri"] = uri.as_str().into();
    }
    document
}

/// The id of a checked document; `1.0` is a JSON Schema integer too.
pub(crate) fn connection_id(members: &Map<String, Value>, name: &str) -> Option<u64> {
    let id = members.get(name)?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked before")]
    id.as_u64().or_else(|| {
        let number = id.as_f64()?;
        let whole = number.fract() == 0.0 && (1.0..=schema::MAX_ID_FLOAT).contains(&number);
        whole.then_some(number as u64)
    })
}

fn texts(list: Option<&Value>) -> Vec<String> {
    let items = list.and_then(Value::as_array).into_iter().flatten();
    items.filter_map(Value::as_str).map(str::to_owned).collect()
}

const CLIENT_SECRET: &str = "clientSecret";
const TOKEN: &str = "personalAccessToken";
const SIGNING_KEY: &str = "webhookSigningKey";
const PREVIOUS_SIGNING_KEY: &str = "previousWebhookSigningKey";

/// The properties that are sealed.
const SECRETS: [&str; 4] = [CLIENT_SECRET, TOKEN, SIGNING_KEY, PREVIOUS_SIGNING_KEY];

#[cfg(test)]
mod tests;
