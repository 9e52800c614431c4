//! Shares: one-on-one event types with some settings changed, for somebody to book.

use serde_json::{Value, json};

use super::availability_rules::{self, Rule};
use super::event_types::EventType;
use super::scheduling_links::{self, private_link};
use super::share_input;
use crate::simulator::account::Account;
use crate::simulator::answer::{Answer, Outcome};
use crate::simulator::call::{Call, Endpoint};
use crate::simulator::errors::{ApiError, Violations};
use crate::simulator::fields::Fields;
use crate::simulator::paging::{found, page};
use crate::simulator::sorting::{Key, Row, Sorting};
use crate::simulator::timestamp::Timestamp;
use crate::simulator::uris::{id_of, uri};
use crate::simulator::zones;

const READ: &str = "shares:read";
const WRITE: &str = "shares:write";

pub(crate) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::post("/shares", WRITE, create),
    Endpoint::get("/shares", READ, list).query(&[
        "user",
        "min_created_at",
        "max_created_at",
        "event_type",
        "sort",
        "count",
        "page_token",
    ]),
    Endpoint::patch("/shares/{uuid}", WRITE, update),
    Endpoint::delete("/shares/{uuid}", WRITE, delete),
];

/// For how long a link that nobody uses can be booked.
const LIFETIME: i64 = 90 * Timestamp::DAY;

/// An event type with some settings changed.
#[derive(Clone, Debug)]
pub(crate) struct Share {
    pub(crate) id: String,
    pub(crate) event_type: String,
    /// The id of the contact it is meant for.
    pub(crate) contact: Option<String>,
    pub(crate) link: String,
    pub(crate) booked: bool,
    pub(crate) overrides: Overrides,
    pub(crate) created_at: Timestamp,
}

/// The settings of a share that are not the event type's own.
#[derive(Clone, Debug, Default)]
pub(crate) struct Overrides {
    pub(crate) name: Option<String>,
    pub(crate) duration: Option<i64>,
    pub(crate) duration_options: Option<Vec<i64>>,
    pub(crate) period_type: Option<String>,
    pub(crate) start_date: Option<String>,
    pub(crate) end_date: Option<String>,
    pub(crate) max_booking_time: Option<i64>,
    pub(crate) min_booking_time: Option<i64>,
    pub(crate) hide_location: Option<bool>,
    pub(crate) locations: Option<Vec<Value>>,
    pub(crate) availability: Option<(String, Vec<Rule>)>,
}

impl Row for Share {
    fn id(&self) -> &str {
        &self.id
    }

    fn key(&self, _field: &str) -> Key<'_> {
        Key::Number(self.created_at.micros())
    }
}

impl Share {
    fn resource(&self, account: &Account, now: Timestamp) -> Value {
        let event_type = account.event_type(&self.event_type);
        json!({
            "uri": uri("shares", &self.id),
            "contact": self.contact.as_ref().map(|id| uri("contacts", id)),
            "created_at": self.created_at,
            "status": self.status(now),
            "scheduling_links":
                [scheduling_links::resource(&self.link, &uri("event_types", &self.event_type))],
            "share_override":
                event_type.map(|event_type| self.overrides.effective(event_type, account)),
        })
    }

    fn status(&self, now: Timestamp) -> &'static str {
        let timezone = self.overrides.availability.as_ref().map_or("UTC", |(zone, _)| zone);
        let today = Timestamp::from_day(zones::day(timezone, now)).date();
        let is_fixed = self.overrides.period_type.as_deref() == Some("fixed");
        // Dates written so are in the order of their letters.
        let over = self.overrides.end_date.as_ref().is_some_and(|end| is_fixed && *end < today);
        if self.booked {
            "booked"
        } else if over || self.created_at.plus(LIFETIME) <= now {
            "expired"
        } else {
            "active"
        }
    }

    /// Whether the user owns or hosts what is shared.
    fn is_managed_by(&self, user: &str, account: &Account) -> bool {
        account.event_type(&self.event_type).is_some_and(|known| known.is_hosted_by(user))
    }
}

impl Overrides {
    /// The value of every setting, changed or not. Event types here can be booked however far
    /// ahead, so their own period is `unlimited`; what a period does not have is null.
    fn effective(&self, event_type: &EventType, account: &Account) -> Value {
        let own = account.availability.hours(&event_type.id, event_type.owner());
        let own = own.map(|hours| (hours.timezone, hours.rules));
        let changed = self.availability.as_ref().map(|(zone, rules)| (zone.as_str(), &rules[..]));
        let period = self.period_type.as_deref().unwrap_or("unlimited");
        let fixed = period == "fixed";
        let moving = period.ends_with("moving");
        let options = self.duration_options.as_ref().or(event_type.duration_options.as_ref());
        json!({
            "name": self.name.as_ref().unwrap_or(&event_type.name),
            "duration": self.duration.unwrap_or(event_type.duration),
            "duration_options": options,
            "period_type": period,
            "start_date": self.start_date.as_ref().filter(|_| fixed),
            "end_date": self.end_date.as_ref().filter(|_| fixed),
            "max_booking_time": self.max_booking_time.filter(|_| moving),
            "min_booking_time": self.min_booking_time,
            "hide_location": self.hide_location.unwrap_or(false),
            "location_configurations": self.effective_locations(event_type),
            "availability_rule": changed.or(own).map(|(timezone, rules)| {
                json!({ "timezone": timezone, "rules": availability_rules::resources(rules) })
            }),
        })
    }

    pub(super) fn effective_locations(&self, event_type: &EventType) -> Vec<Value> {
        let locations = self.locations.as_ref().unwrap_or(&event_type.locations);
        let positioned = locations.iter().enumerate();
        let all_keys = positioned.map(|(index, location)| {
            json!({
                "kind": location["kind"],
                "location": location["location"],
                "additional_info": location["additional_info"],
                "phone_number": location["phone_number"],
                "position": location["position"].as_i64().map_or(json!(index), Value::from),
            })
        });
        all_keys.collect()
    }
}

fn list(call: &Call, account: &mut Account) -> Outcome {
    let mut violations = Violations::default();
    let user = call.required_reference("user", "users", &mut violations);
    let event_type = call.reference("event_type", "event_types", &mut violations);
    let earliest = call.time("min_created_at", &mut violations);
    let latest = call.time("max_created_at", &mut violations);
    let default = Sorting::descending("created_at");
    let sorting = Sorting::of(call, &["created_at"], default, &mut violations);
    violations.check()?;
    account.check_member(user)?;
    if user != call.caller {
        return Err(ApiError::NO_PERMISSION);
    }
    let rows = account.shares.values().filter(|share| {
        share.is_managed_by(user, account)
            && event_type.is_none_or(|event_type| share.event_type == event_type)
            && earliest.is_none_or(|earliest| share.created_at >= earliest)
            && latest.is_none_or(|latest| share.created_at < latest)
    });
    page(call, Violations::default(), rows, &sorting, |share| share.resource(account, call.now))
}

fn create(call: &Call, account: &mut Account) -> Outcome {
    let body = call.object()?;
    let mut fields = Fields::new(&body);
    let text = fields.required_reference("event_type", "event_types");
    let mut overrides = Overrides::default();
    share_input::apply(&mut overrides, &mut fields);
    let Some(event_type) = text else {
        return Err(fields.violations.into_error());
    };
    let event_type = found(account.event_type(event_type))?.clone();
    if event_type.group || event_type.hosts.len() > 1 {
        fields.refuse("event_type", "must be one-on-one");
    }
    share_input::check(&overrides, &event_type, &mut fields);
    fields.violations.check()?;
    // Whoever does not host it could not see the share afterwards.
    if !event_type.is_hosted_by(&call.caller) {
        return Err(ApiError::NO_PERMISSION);
    }
    let share = Share {
        id: account.random.uuid(),
        event_type: event_type.id,
        contact: None,
        link: private_link(&mut account.random, &event_type.slug),
        booked: false,
        overrides,
        created_at: call.now,
    };
    let resource = share.resource(account, call.now);
    account.shares.insert(share.id.clone(), share);
    Ok(Answer::created(resource))
}

fn update(call: &Call, account: &mut Account) -> Outcome {
    let mut share = managed(call, account)?.clone();
    let body = call.object()?;
    let mut fields = Fields::new(&body);
    if !share_input::FIELDS.iter().any(|name| fields.has(name)) {
        fields.refuse("body", "must include at least one supported field");
    }
    if fields.has("contact") {
        share.contact = contact(&mut fields, call, account);
    }
    share_input::apply_change(&mut share.overrides, &mut fields);
    let event_type = found(account.event_type(&share.event_type))?;
    share_input::check(&share.overrides, event_type, &mut fields);
    fields.violations.check()?;
    match managed(call, account)?.status(call.now) {
        "active" => {}
        "booked" => return Err(ApiError::Conflict("The share has been booked.")),
        _ => return Err(ApiError::Conflict("The share is not active.")),
    }
    let resource = share.resource(account, call.now);
    account.shares.insert(share.id.clone(), share);
    Ok(Answer::resource(resource))
}

fn delete(call: &Call, account: &mut Account) -> Outcome {
    if managed(call, account)?.booked {
        return Err(ApiError::Conflict("The share has been booked."));
    }
    account.shares.remove(call.id());
    Ok(Answer::none())
}

/// The share in the path, if it is the caller's.
fn managed<'a>(call: &Call, account: &'a Account) -> Result<&'a Share, ApiError> {
    let share = found(account.shares.get(call.id()))?;
    let own = share.is_managed_by(&call.caller, account);
    if own { Ok(share) } else { Err(ApiError::NO_PERMISSION) }
}

/// One of the caller's contacts.
fn contact(fields: &mut Fields<'_>, call: &Call, account: &Account) -> Option<String> {
    let text = fields.text("contact")?;
    let id = id_of(text, "contacts");
    let contact = id.and_then(|id| account.contacts.get(id));
    let own = contact.filter(|contact| contact.owner == call.caller);
    if own.is_none() {
        fields.refuse("contact", "is invalid");
    }
    own.map(|contact| contact.id.clone())
}
