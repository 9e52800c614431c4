//! The availability schedules of users, and what else decides when somebody can be met.

use serde_json::{Value, json};

use super::availability_rules::{self, Demands, Rule};
use super::busy_times::BusyTime;
use super::meeting_limits::MeetingLimits;
use crate::simulator::account::Account;
use crate::simulator::answer::{Answer, Outcome};
use crate::simulator::call::{Call, Endpoint};
use crate::simulator::errors::{ApiError, Violations};
use crate::simulator::fields::Fields;
use crate::simulator::paging::{found, unpaged};
use crate::simulator::uris::uri;
use crate::simulator::zones;

const FAMILY: &str = "user_availability_schedules";
const READ: &str = "availability:read";
const WRITE: &str = "availability:write";

pub(crate) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::get("/user_availability_schedules", READ, list).query(&["user"]),
    Endpoint::post("/user_availability_schedules", WRITE, create),
    Endpoint::get("/user_availability_schedules/{uuid}", READ, show),
    Endpoint::patch("/user_availability_schedules/{uuid}", WRITE, update),
];

/// Everything about when people can be met.
#[derive(Debug, Default)]
pub(crate) struct Availability {
    /// In the order in which they were made.
    pub(crate) schedules: Vec<AvailabilitySchedule>,
    /// What differs from the default schedules.
    pub(crate) event_types: Vec<EventTypeHours>,
    /// What keeps people busy besides scheduled events.
    pub(crate) busy_times: Vec<BusyTime>,
    pub(crate) limits: Vec<MeetingLimits>,
}

/// The hours of a user under a name.
#[derive(Clone, Debug)]
pub(crate) struct AvailabilitySchedule {
    pub(crate) id: String,
    pub(crate) user: String,
    pub(crate) name: String,
    /// Whether it holds for the event types that nothing else is said about. One of a user's does.
    pub(crate) default: bool,
    pub(crate) timezone: String,
    pub(crate) rules: Vec<Rule>,
}

/// That a host has other hours for an event type than the default ones.
#[derive(Clone, Debug)]
pub(crate) struct EventTypeHours {
    pub(crate) event_type: String,
    pub(crate) user: String,
    pub(crate) source: HoursSource,
}

/// Where the hours of an event type are.
#[derive(Clone, Debug)]
pub(crate) enum HoursSource {
    /// In the availability schedule with this id.
    Schedule(String),
    /// With the event type alone.
    Own { id: String, timezone: String, rules: Vec<Rule> },
}

/// The hours of a host for an event type.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hours<'a> {
    /// The availability schedule they come from.
    pub(crate) schedule: Option<&'a AvailabilitySchedule>,
    /// Their own id, if they are the event type's alone.
    pub(crate) own: Option<&'a str>,
    pub(crate) timezone: &'a str,
    pub(crate) rules: &'a [Rule],
}

impl AvailabilitySchedule {
    pub(crate) fn uri(&self) -> String {
        uri(FAMILY, &self.id)
    }

    fn resource(&self) -> Value {
        json!({
            "uri": self.uri(),
            "default": self.default,
            "name": self.name,
            "user": uri("users", &self.user),
            "timezone": self.timezone,
            "rules": availability_rules::resources(&self.rules),
        })
    }

    fn hours(&self) -> Hours<'_> {
        Hours { schedule: Some(self), own: None, timezone: &self.timezone, rules: &self.rules }
    }
}

impl Availability {
    /// The hours of a host for an event type.
    pub(crate) fn hours(&self, event_type: &str, user: &str) -> Option<Hours<'_>> {
        let special =
            self.event_types.iter().find(|one| one.event_type == event_type && one.user == user);
        match special.map(|one| &one.source) {
            Some(HoursSource::Own { id, timezone, rules }) => {
                Some(Hours { schedule: None, own: Some(id), timezone, rules })
            }
            Some(HoursSource::Schedule(id)) => {
                let schedule = self.schedules.iter().find(|schedule| schedule.id == *id);
                schedule.map(AvailabilitySchedule::hours)
            }
            None => {
                let mut own = self.schedules.iter().filter(|schedule| schedule.user == user);
                own.find(|schedule| schedule.default).map(AvailabilitySchedule::hours)
            }
        }
    }

    /// Whether a host's hours for an event type come from a schedule.
    pub(crate) fn follows(&self, event_type: &str, user: &str, schedule: &str) -> bool {
        let hours = self.hours(event_type, user).and_then(|hours| hours.schedule);
        hours.is_some_and(|known| known.id == schedule)
    }
}

fn list(call: &Call, account: &mut Account) -> Outcome {
    let mut violations = Violations::default();
    let user = call.required_reference("user", "users", &mut violations);
    violations.check()?;
    account.check_member(user)?;
    let schedules = account.availability.schedules.iter().filter(|one| one.user == user);
    unpaged(schedules.map(AvailabilitySchedule::resource).collect())
}

/// Everybody in the organization may read every schedule: only people from elsewhere are
/// documented to be refused.
fn show(call: &Call, account: &mut Account) -> Outcome {
    let schedules = &account.availability.schedules;
    let schedule = found(schedules.iter().find(|schedule| schedule.id == call.id()))?;
    Ok(Answer::resource(schedule.resource()))
}

fn create(call: &Call, account: &mut Account) -> Outcome {
    let body = call.object()?;
    let mut fields = Fields::new(&body);
    let name = fields.required_text("name");
    fields.required_text("timezone");
    let timezone = fields.time_zone("timezone");
    fields.required("rules");
    let rules = availability_rules::parse(&mut fields, whole_week(call, timezone, 0));
    fields.violations.check()?;
    let schedule = AvailabilitySchedule {
        id: account.random.uuid(),
        user: call.caller.clone(),
        name: name.unwrap_or_default().to_owned(),
        default: false,
        timezone: timezone.unwrap_or_default().to_owned(),
        rules: rules.unwrap_or_default(),
    };
    let resource = schedule.resource();
    account.availability.schedules.push(schedule);
    Ok(Answer::created(resource))
}

fn update(call: &Call, account: &mut Account) -> Outcome {
    let schedules = &mut account.availability.schedules;
    let mut schedule = found(schedules.iter().find(|one| one.id == call.id()))?.clone();
    // Nothing is said about the schedules of others, so not even admins may change them.
    if schedule.user != call.caller {
        return Err(ApiError::NO_PERMISSION);
    }
    let body = call.object()?;
    let mut fields = Fields::new(&body);
    let supported = ["name", "timezone", "rules", "default"];
    if !supported.iter().any(|name| fields.has(name)) {
        fields.refuse("body", "must include at least one supported field");
    }
    // None of them can be taken away.
    for name in supported.into_iter().filter(|name| fields.has(name)).collect::<Vec<_>>() {
        fields.required(name);
    }
    if fields.value("name").is_some()
        && let Some(name) = fields.required_text("name")
    {
        name.clone_into(&mut schedule.name);
    }
    if let Some(timezone) = fields.time_zone("timezone") {
        timezone.clone_into(&mut schedule.timezone);
    }
    // A day of grace, so that yesterday's rule can be sent back with the others.
    let demands = whole_week(call, Some(&schedule.timezone), 1);
    if let Some(rules) = availability_rules::parse(&mut fields, demands) {
        schedule.rules = rules;
    }
    match fields.flag("default") {
        Some(true) => schedule.default = true,
        Some(false) => fields.refuse("default", "must be true"),
        None => {}
    }
    fields.violations.check()?;

    let resource = schedule.resource();
    if schedule.default {
        for other in schedules.iter_mut().filter(|other| other.user == schedule.user) {
            other.default = false;
        }
    }
    if let Some(known) = schedules.iter_mut().find(|known| known.id == schedule.id) {
        *known = schedule;
    }
    Ok(Answer::resource(resource))
}

fn whole_week(call: &Call, timezone: Option<&str>, days_of_grace: i64) -> Demands {
    let today = zones::day(timezone.unwrap_or("UTC"), call.now);
    Demands { earliest: Some(today - days_of_grace), whole_week: true, intervals: true }
}
