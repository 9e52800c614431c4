//! Subscribing: as often as one likes, there is one subscription.

use serde_json::{Map, Value};

use super::wanted::{Part, parts};
use super::{all, place};
use crate::api::Client;
use crate::api::failure::insufficient_scope;
use crate::connection::signing_keys;
use crate::error::{Error, ErrorCode, Result};
use crate::json::{self, object, texts};
use crate::oauth::scopes;
use crate::operations::{Access, Operation, input, shapes};
use crate::records::{self, Change, Place, Write};

pub(in crate::operations) const SUBSCRIBE: Operation = Operation {
    name: "calendly.subscribeWebhook",
    label: "Subscribe a webhook",
    description: "Makes sure that Calendly sends these events of the base to the URL: an active \
                  subscription stays, one that was disabled or has other events is replaced.",
    input: &shapes::SUBSCRIBE,
    output: &shapes::SUBSCRIBED,
    access: Access::Scopes(super::WRITE),
    run: subscribe,
};

fn subscribe(client: &Client<'_>, config: &Map<String, Value>) -> Result<Value> {
    let place = place(input::checked_base(config)?)?;
    let parts = parts(config, place.base.kind()).map_err(Error::invalid_input)?;
    check_scopes(client, &parts)?;
    let signing_key = signing_key(client)?;
    let there = all(client, &place)?;
    let mut subscriptions = Vec::new();
    for part in &parts {
        let mut fields = json::members(object! {
            "callback_url": &*part.url,
            "events": texts(&part.events()),
        });
        if let Some(key) = &signing_key {
            fields.insert("signing_key".to_owned(), key.expose().into());
        }
        let ensure = Ensure { client, place: &place, part, fields };
        let old = there.iter().find(|record| record["fields"]["callback_url"] == *part.url);
        subscriptions.push(if input::is_dry_run(config) {
            ensure.preview(old)?
        } else {
            ensure.perform(old)?
        });
    }
    let mut answer = object! { "subscriptions": Value::Array(subscriptions) };
    if input::is_dry_run(config) {
        json::put(&mut answer, "dryRun", true.into());
    }
    Ok(answer)
}

/// Whoever subscribes has to be allowed to read what they will be told.
fn check_scopes(client: &Client<'_>, parts: &[Part]) -> Result<()> {
    let mut required = super::WRITE.to_vec();
    for part in parts {
        for kind in &part.kinds {
            if !required.contains(&kind.read_scope) {
                required.push(kind.read_scope);
            }
        }
    }
    let granted = client.granted_scopes()?;
    if required.iter().all(|scope| scopes::allows(&granted, scope)) {
        return Ok(());
    }
    Err(insufficient_scope(&required, &granted))
}

/// The key to give to Calendly. An OAuth app has one of its own, which signs whatever is given; a
/// personal access token has the one that is given. Without any, nothing that came could be
/// trusted.
fn signing_key(client: &Client<'_>) -> Result<Option<crate::secret::Secret>> {
    let mut keys = signing_keys(client.host, client.connection)?;
    if client.connection.webhook_signing_key.is_none() {
        return Err(Error::new(
            ErrorCode::InvalidConnection,
            "The connection has no webhook signing key, so that no webhook could be trusted.",
            "Give the connection its webhookSigningKey: the OAuth app's own, shown in Calendly's \
             developer portal; with a personal access token, any text of 16 characters or more.",
        ));
    }
    let by_token = client.connection.personal_access_token.is_some();
    Ok(by_token.then(|| keys.swap_remove(0)))
}

struct Ensure<'e> {
    client: &'e Client<'e>,
    place: &'e Place,
    part: &'e Part,
    fields: Map<String, Value>,
}

impl Ensure<'_> {
    fn perform(&self, old: Option<&Value>) -> Result<Value> {
        let Some(old) = old else {
            return Ok(outcome("created", self.create(&self.fields)?, &Value::Null));
        };
        if self.is_as_wanted(old) {
            return Ok(outcome("unchanged", old.clone(), &Value::Null));
        }
        let missed_since = &old["fields"]["retry_started_at"];
        match self.create(&self.fields) {
            Ok(new) => {
                self.remove(old)?;
                Ok(outcome("replaced", new, missed_since))
            }
            // Calendly takes a URL once only: the old one has to go first.
            Err(error) if error.code == ErrorCode::Conflict => {
                self.remove(old)?;
                match self.create(&self.fields) {
                    Ok(new) => Ok(outcome("replaced", new, missed_since)),
                    Err(error) => Err(self.restore(old, error)),
                }
            }
            Err(error) => Err(error),
        }
    }

    fn preview(&self, old: Option<&Value>) -> Result<Value> {
        let (word, request) = match old {
            Some(old) if self.is_as_wanted(old) => ("unchanged", Value::Null),
            old => {
                let mut preview = json::members(self.creation(&self.fields)?.preview());
                let word = if old.is_some() { "replaced" } else { "created" };
                (word, json::take(&mut preview, "request"))
            }
        };
        Ok(object! { "outcome": word, "webhook": old.cloned(), "request": request })
    }

    /// Active, and for the same events.
    fn is_as_wanted(&self, old: &Value) -> bool {
        let there = json::texts_in(&old["fields"]["events"]);
        let wanted = self.part.events();
        old["fields"]["state"] == "active"
            && there.len() == wanted.len()
            && wanted.iter().all(|event| there.contains(event))
    }

    fn creation(&self, fields: &Map<String, Value>) -> Result<Write> {
        records::prepare(self.client, self.place, Change::Create(fields))
    }

    fn create(&self, fields: &Map<String, Value>) -> Result<Value> {
        self.creation(fields)?.perform(self.client)
    }

    fn remove(&self, old: &Value) -> Result<()> {
        let id = old["id"].as_str().unwrap_or_default();
        let removal = records::prepare(self.client, self.place, Change::Delete(id, None))?;
        match removal.perform(self.client) {
            // Somebody else was faster.
            Err(error) if error.code == ErrorCode::NotFound => Ok(()),
            answer => answer.map(drop),
        }
    }

    /// Puts an active subscription back whose replacement failed, so that it goes on as it was.
    fn restore(&self, old: &Value, mut error: Error) -> Error {
        if old["fields"]["state"] != "active" {
            return error;
        }
        let mut fields = self.fields.clone();
        fields.insert("events".to_owned(), old["fields"]["events"].clone());
        let what = if self.create(&fields).is_ok() {
            " The subscription that was there was put back."
        } else {
            " The subscription that was there is gone: subscribe again."
        };
        error.next_step.push_str(what);
        error
    }
}

fn outcome(word: &str, record: Value, missed_since: &Value) -> Value {
    object! { "outcome": word, "webhook": record, "missedSince": missed_since.clone() }
}
