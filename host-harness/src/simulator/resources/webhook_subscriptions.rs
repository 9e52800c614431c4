//! Webhook subscriptions: who wants to be told what.

use serde_json::{Value, json};

use super::webhook_audience::{Addressed, Audience};
use super::webhook_events::{WebhookEvent, choices};
use crate::simulator::account::Account;
use crate::simulator::answer::{Answer, Outcome};
use crate::simulator::call::{Call, Endpoint};
use crate::simulator::errors::{ApiError, Violations};
use crate::simulator::fields::Fields;
use crate::simulator::paging::{self, found, page};
use crate::simulator::scopes;
use crate::simulator::sorting::{Key, Row, Sorting};
use crate::simulator::timestamp::Timestamp;
use crate::simulator::uris::uri;
use crate::simulator::webhooks::SigningKey;

const READ: &str = "webhooks:read";
const WRITE: &str = "webhooks:write";

pub(crate) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::post("/webhook_subscriptions", WRITE, create),
    Endpoint::get("/webhook_subscriptions", READ, list).query(&[
        "organization",
        "scope",
        "user",
        "group",
        "page_token",
        "count",
        "sort",
    ]),
    Endpoint::get("/webhook_subscriptions/{uuid}", READ, show),
    Endpoint::delete("/webhook_subscriptions/{uuid}", WRITE, delete),
];

/// Where to send what.
#[derive(Debug)]
pub(crate) struct WebhookSubscription {
    pub(crate) id: String,
    pub(crate) callback_url: String,
    pub(crate) events: Vec<&'static str>,
    pub(crate) audience: Audience,
    /// The id of the user who subscribed.
    pub(crate) creator: String,
    /// What deliveries are signed with, if they are. It is never shown.
    pub(crate) signing_key: Option<SigningKey>,
    /// Whether deliveries have failed for so long that there are none any more.
    pub(crate) is_disabled: bool,
    pub(crate) retry_started_at: Option<Timestamp>,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

impl Row for WebhookSubscription {
    fn id(&self) -> &str {
        &self.id
    }

    fn key(&self, _field: &str) -> Key<'_> {
        Key::Number(self.created_at.micros())
    }
}

impl WebhookSubscription {
    fn resource(&self, account: &Account) -> Value {
        json!({
            "uri": uri("webhook_subscriptions", &self.id),
            "callback_url": self.callback_url,
            "created_at": self.created_at,
            "updated_at": self.updated_at,
            "retry_started_at": self.retry_started_at,
            "state": if self.is_disabled { "disabled" } else { "active" },
            "events": self.events,
            "scope": self.audience.scope(),
            "organization": uri("organizations", &account.organization.id),
            "user": self.audience.user_uri(),
            "group": self.audience.group_uri(),
            "creator": uri("users", &self.creator),
        })
    }
}

fn create(call: &Call, account: &mut Account) -> Outcome {
    let body = call.object()?;
    let mut fields = Fields::new(&body);
    let url = callback_url(&mut fields);
    let events = events(&mut fields);
    let addressed = Addressed::in_body(&mut fields).read(&mut fields.violations);
    if fields.has("signing_key") && fields.text("signing_key").is_none_or(str::is_empty) {
        fields.refuse("signing_key", "must be filled");
    }
    // Only with a personal access token there is a need to bring one, but apps may as well.
    let signing_key = fields.text("signing_key").map(SigningKey::new);
    let signing_key = signing_key.or_else(|| call.app_signing_key.clone());
    if let Some((_, audience)) = &addressed {
        for objection in events.iter().filter_map(|event| event.objection(audience.scope())) {
            fields.refuse("events", objection);
        }
    }
    let (Some(url), Some((organization, audience))) = (url, addressed) else {
        return Err(fields.violations.into_error());
    };
    fields.violations.check()?;
    check_scopes(call, &events)?;
    if organization != account.organization.id {
        return Err(ApiError::NO_PERMISSION);
    }
    audience.check_subscriber(account, &call.caller)?;
    if events.iter().any(|event| event.is_paid) {
        account.organization.plan.require_paid("Please upgrade to a paid Calendly account.")?;
    }
    // Whether a URL can be used again with another scope, or by another user, is not documented.
    if account.webhook_subscriptions.values().any(|known| known.callback_url == url) {
        return Err(ApiError::HookExists);
    }

    let subscription = WebhookSubscription {
        id: account.random.uuid(),
        callback_url: url.to_owned(),
        events: events.iter().map(|event| event.name).collect(),
        audience,
        creator: call.caller.clone(),
        signing_key,
        is_disabled: false,
        retry_started_at: None,
        created_at: call.now,
        updated_at: call.now,
    };
    let resource = subscription.resource(account);
    account.webhook_subscriptions.insert(subscription.id.clone(), subscription);
    Ok(Answer::created(resource))
}

/// Any URL with a host. That it has to be https is not documented, and would leave out everybody
/// who listens on their own machine.
fn callback_url<'a>(fields: &mut Fields<'a>) -> Option<&'a str> {
    let text = fields.required_text("url")?;
    let is_usable = url::Url::parse(text)
        .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    if !is_usable {
        fields.refuse("url", "is invalid");
    }
    is_usable.then_some(text)
}

fn events(fields: &mut Fields<'_>) -> Vec<&'static WebhookEvent> {
    fields.required("events");
    let Some(list) = fields.list("events", usize::MAX) else {
        return Vec::new();
    };
    if list.is_empty() {
        fields.refuse("events", "must be filled");
    }
    let mut events: Vec<&WebhookEvent> = Vec::new();
    for (index, item) in list.iter().enumerate() {
        match item.as_str().and_then(WebhookEvent::find) {
            None => fields.refuse(&format!("events[{index}]"), choices()),
            Some(event) if events.iter().any(|known| known.name == event.name) => {
                fields.refuse(&format!("events[{index}]"), "must be unique");
            }
            Some(event) => events.push(event),
        }
    }
    events
}

/// Whoever subscribes has to be allowed to read what they will be told.
fn check_scopes(call: &Call, events: &[&WebhookEvent]) -> Result<(), ApiError> {
    let mut required = vec![WRITE];
    for event in events {
        if !required.contains(&event.read_scope) {
            required.push(event.read_scope);
        }
    }
    if required.iter().all(|scope| scopes::covers(&call.scopes, scope)) {
        return Ok(());
    }
    Err(ApiError::InsufficientScope(required))
}

fn list(call: &Call, account: &mut Account) -> Outcome {
    let mut violations = Violations::default();
    let addressed = Addressed::in_query(call).read(&mut violations);
    let default = Sorting::ascending("created_at");
    let sorting = Sorting::of(call, &["created_at"], default, &mut violations);
    paging::check(call, &mut violations);
    let Some((organization, audience)) = addressed else {
        return Err(violations.into_error());
    };
    violations.check()?;
    check_reader(call, account, organization, &audience)?;

    let rows = account.webhook_subscriptions.values().filter(|one| one.audience == audience);
    page(call, Violations::default(), rows, &sorting, |one| one.resource(account))
}

/// Refuses whoever may not read what concerns the audience.
pub(super) fn check_reader(
    call: &Call,
    account: &Account,
    organization: &str,
    audience: &Audience,
) -> Result<(), ApiError> {
    if organization != account.organization.id {
        return Err(ApiError::NO_PERMISSION);
    }
    audience.check_reader(account, &call.caller)
}

fn accessible<'a>(call: &Call, account: &'a Account) -> Result<&'a WebhookSubscription, ApiError> {
    let subscription = found(account.webhook_subscriptions.get(call.id()))?;
    if !subscription.audience.is_open_to(account, &call.caller) {
        return Err(ApiError::NO_ACCESS);
    }
    Ok(subscription)
}

fn show(call: &Call, account: &mut Account) -> Outcome {
    Ok(Answer::resource(accessible(call, account)?.resource(account)))
}

fn delete(call: &Call, account: &mut Account) -> Outcome {
    accessible(call, account)?;
    account.webhook_subscriptions.remove(call.id());
    account.outbox.discard(call.id());
    Ok(Answer::none())
}
