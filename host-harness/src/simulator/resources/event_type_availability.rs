//! The hours of event types, host by host.

use serde_json::{Value, json};

use super::availability_rules::{self, Demands};
use super::availability_schedules::{EventTypeHours, Hours, HoursSource};
use super::event_types::EventType;
use crate::simulator::account::Account;
use crate::simulator::answer::{Answer, Outcome};
use crate::simulator::call::{Call, Endpoint};
use crate::simulator::errors::{ApiError, Violations};
use crate::simulator::fields::Fields;
use crate::simulator::paging::{found, whole_page};
use crate::simulator::uris::uri;

const PATH: &str = "/event_type_availability_schedules";

pub(crate) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::get(PATH, "availability:read", list).query(&["event_type"]),
    Endpoint::patch(PATH, "availability:write", update).query(&["event_type"]),
];

fn list(call: &Call, account: &mut Account) -> Outcome {
    let event_type = asked(call, account)?;
    let schedules = event_type.hosts.iter().filter_map(|host| {
        let hours = account.availability.hours(&event_type.id, host)?;
        Some(resource(event_type, host, hours))
    });
    whole_page(schedules.collect())
}

fn update(call: &Call, account: &mut Account) -> Outcome {
    let event_type = asked(call, account)?.clone();
    let body = call.object()?;
    let mut fields = Fields::new(&body);
    fields.required("availability_rule");
    let hosts_it = event_type.is_hosted_by(&call.caller);
    let rule = fields.object("availability_rule", |fields| {
        let user = fields.reference("user", "users");
        if user.is_none() && !hosts_it {
            fields.required("user");
        }
        let user = user.unwrap_or(&call.caller);
        if (hosts_it || fields.value("user").is_some()) && !event_type.is_hosted_by(user) {
            fields.refuse("user", "is not a host of the event type");
        }
        fields.required_text("timezone");
        let timezone = fields.time_zone("timezone");
        // Neither that all days of the week must be there nor that dates must be to come is said
        // here, as it is for the schedules of users.
        let demands = Demands { earliest: None, whole_week: false, intervals: true };
        let rules = availability_rules::parse(fields, demands);
        Some((user, timezone?, rules))
    });
    fields.choice("availability_setting", &["host"]);
    fields.violations.check()?;
    let Some((user, timezone, rules)) = rule else {
        return Err(ApiError::invalid("availability_rule", "is invalid"));
    };
    if user != call.caller && !account.is_admin(&call.caller) {
        return Err(ApiError::NO_PERMISSION);
    }

    let (user, timezone) = (user.to_owned(), timezone.to_owned());
    let id = account.random.uuid();
    let availability = &mut account.availability;
    let hours = found(availability.hours(&event_type.id, &user))?;
    // From now on the event type has hours of its own.
    let source = HoursSource::Own {
        id: hours.own.map_or(id, str::to_owned),
        timezone,
        rules: rules.unwrap_or_else(|| hours.rules.to_vec()),
    };
    availability.event_types.retain(|one| one.event_type != event_type.id || one.user != user);
    let event_type_id = event_type.id.clone();
    availability.event_types.push(EventTypeHours {
        event_type: event_type_id,
        user: user.clone(),
        source,
    });
    let hours = found(availability.hours(&event_type.id, &user))?;
    Ok(Answer::resource(resource(&event_type, &user, hours)))
}

/// The event type in the query. Its hosts and the admins of the organization may see its hours.
fn asked<'a>(call: &Call, account: &'a Account) -> Result<&'a EventType, ApiError> {
    let mut violations = Violations::default();
    let id = call.required_reference("event_type", "event_types", &mut violations);
    violations.check()?;
    let event_type = found(account.event_type(id))?;
    event_type.check_managed_by(&call.caller, account)?;
    Ok(event_type)
}

fn resource(event_type: &EventType, user: &str, hours: Hours<'_>) -> Value {
    let own = hours.own.map(|id| uri("event_type_availability_schedules", id));
    json!({
        "event_type": event_type.uri(),
        "availability_setting": "host",
        "availability_rule": {
            "uri": own.or_else(|| hours.schedule.map(|schedule| schedule.uri())),
            "name": hours.schedule.map(|schedule| &schedule.name),
            "user": uri("users", user),
            "timezone": hours.timezone,
            "rules": availability_rules::resources(hours.rules),
        },
    })
}
