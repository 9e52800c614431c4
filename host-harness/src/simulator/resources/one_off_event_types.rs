//! Event types for one meeting.

use serde_json::Value;

use super::event_type_input::slug;
use super::event_types::EventType;
use super::locations::KINDS;
use super::scheduling_links::private_link;
use super::webhook_notices as notices;
use crate::simulator::account::Account;
use crate::simulator::answer::{Answer, Outcome};
use crate::simulator::call::{Call, Endpoint};
use crate::simulator::errors::ApiError;
use crate::simulator::fields::Fields;
use crate::simulator::timestamp::{Timestamp, parse_date};
use crate::simulator::uris::id_of;
use crate::simulator::zones;

const LONGEST_NAME: usize = 55;
const MOST_DAYS: i64 = 365;

pub(crate) const ENDPOINTS: &[Endpoint] =
    &[Endpoint::post("/one_off_event_types", "event_types:write", create)];

/// What an event type for one meeting has besides the rest.
#[derive(Clone, Debug)]
pub(crate) struct OneOff {
    /// Where it is booked.
    pub(crate) link: String,
    /// In which the dates are meant.
    pub(crate) timezone: String,
    pub(crate) dates: Dates,
}

/// When the meeting may take place.
#[derive(Clone, Debug)]
pub(crate) enum Dates {
    /// From one day to another, both counted since 1970, in the hours of the hosts.
    Range(i64, i64),
    /// From today on, in the hours of the hosts.
    Ahead { days: i64, only_weekdays: bool },
    /// At these times, whatever the hours of the hosts.
    Spots(Vec<(Timestamp, Timestamp)>),
}

impl OneOff {
    /// Whether the meeting may begin on the day of a moment.
    pub(super) fn allows(&self, moment: Timestamp, now: Timestamp) -> bool {
        let day = zones::day(&self.timezone, moment);
        match &self.dates {
            Dates::Range(first, last) => (*first..=*last).contains(&day),
            Dates::Ahead { days, only_weekdays } => {
                let today = zones::day(&self.timezone, now);
                let weekend = matches!(zones::weekday(day), 0 | 6);
                (today..=today + days).contains(&day) && !(*only_weekdays && weekend)
            }
            Dates::Spots(_) => true,
        }
    }
}

fn create(call: &Call, account: &mut Account) -> Outcome {
    let body = call.object()?;
    let mut fields = Fields::new(&body);
    fields.required_text("name");
    let name = fields.text_up_to("name", LONGEST_NAME);
    let host = fields.required_reference("host", "users");
    fields.required("duration");
    let duration = fields.number_in("duration", 1, 720);
    let co_hosts = co_hosts(&mut fields, host);
    let zone = fields.time_zone("timezone");
    let hosts_zone = host.and_then(|host| account.user(host)).map(|user| user.timezone);
    let zone = zone.or(hosts_zone).unwrap_or("UTC");
    fields.required("date_setting");
    let today = zones::day(zone, call.now);
    let dates = fields.object("date_setting", |fields| dates(fields, today, call.now));
    let location = fields.object("location", location);
    fields.violations.check()?;
    let (Some(name), Some(host), Some(duration), Some(dates)) = (name, host, duration, dates)
    else {
        return Err(ApiError::invalid("body", "is invalid"));
    };
    let hosts: Vec<String> = std::iter::once(host).chain(co_hosts).map(str::to_owned).collect();
    for host in &hosts {
        account.check_member(host)?;
    }
    if host != call.caller && !account.is_admin(&call.caller) {
        return Err(ApiError::NO_PERMISSION);
    }

    let slug = slug(name);
    let link = private_link(&mut account.random, &slug);
    let event_type = EventType {
        id: account.random.uuid(),
        name: name.to_owned(),
        slug,
        active: true,
        group: false,
        round_robin: false,
        hosts,
        duration,
        duration_options: None,
        description: None,
        color: "#8247f5".to_owned(),
        locale: "en".to_owned(),
        locations: location.into_iter().collect(),
        questions: Vec::new(),
        invitee_limit: 1,
        position: 0,
        start_time_increment: 30,
        before_buffer: 0,
        after_buffer: 0,
        one_off: Some(OneOff { link, timezone: zone.to_owned(), dates }),
        created_at: call.now,
        updated_at: call.now,
        deleted_at: None,
    };
    let resource = event_type.resource(account);
    notices::event_type(account, "event_type.created", &event_type, call.now);
    account.one_off_event_types.insert(event_type.id.clone(), event_type);
    Ok(Answer::created(resource))
}

/// Those who take part besides the host.
fn co_hosts<'a>(fields: &mut Fields<'a>, host: Option<&str>) -> Vec<&'a str> {
    let list = fields.list("co_hosts", usize::MAX).unwrap_or_default();
    let ids: Vec<&str> =
        list.iter().filter_map(Value::as_str).filter_map(|text| id_of(text, "users")).collect();
    let mut different = ids.clone();
    different.extend(host);
    different.sort_unstable();
    different.dedup();
    if ids.len() != list.len() {
        fields.refuse("co_hosts", "must be URIs of users");
    } else if different.len() != ids.len() + usize::from(host.is_some()) {
        fields.refuse("co_hosts", "must differ from each other and from the host");
    }
    ids
}

fn dates(fields: &mut Fields<'_>, today: i64, now: Timestamp) -> Option<Dates> {
    fields.required("type");
    match fields.choice("type", &["date_range", "days_in_future", "spots"])? {
        "date_range" => date_range(fields, today),
        "days_in_future" => {
            fields.required("days");
            let days = fields.number_in("days", 0, MOST_DAYS);
            fields.required("only_weekdays");
            let only_weekdays = fields.flag("only_weekdays");
            Some(Dates::Ahead { days: days?, only_weekdays: only_weekdays? })
        }
        _ => {
            fields.required("spots");
            spots(fields, now)
        }
    }
}

/// Two days to come. Today is not one of them: that is the stricter reading of "future".
fn date_range(fields: &mut Fields<'_>, today: i64) -> Option<Dates> {
    let mut day = |name| {
        let text = fields.required_text(name)?;
        let day = parse_date(text);
        match day {
            None => fields.refuse(name, "must be a date as YYYY-MM-DD"),
            Some(day) if day <= today => fields.refuse(name, "must be in the future"),
            Some(_) => {}
        }
        day
    };
    let (first, last) = (day("start_date"), day("end_date"));
    let (first, last) = (first?, last?);
    if last < first {
        fields.refuse("end_date", "must not be before start_date");
    }
    if last >= first + MOST_DAYS {
        fields.refuse("end_date", "must be less than 365 days after start_date");
    }
    Some(Dates::Range(first, last))
}

fn spots(fields: &mut Fields<'_>, now: Timestamp) -> Option<Dates> {
    let spots = fields.objects("spots", usize::MAX, |_, fields| {
        let (start, end) = (fields.required_time("start_time"), fields.required_time("end_time"));
        let (start, end) = (start?, end?);
        if start <= now {
            fields.refuse("start_time", "must be in the future");
        }
        if end <= start {
            fields.refuse("end_time", "must be after start_time");
        }
        Some((start, end))
    })?;
    if spots.is_empty() {
        fields.refuse("spots", "must be filled");
    }
    Some(Dates::Spots(spots))
}

/// A location with the keys that its kind has.
fn location(fields: &mut Fields<'_>) -> Option<Value> {
    fields.required("kind");
    let kind = fields.choice("kind", &KINDS)?;
    let keys: &[&str] = match kind {
        "custom" | "ask_invitee" => &["location"],
        "physical" => &["location", "additional_info"],
        "inbound_call" => &["phone_number", "additional_info"],
        _ => &[],
    };
    if kind == "inbound_call" {
        fields.required_text("phone_number");
    }
    let mut location = serde_json::Map::from_iter([("kind".to_owned(), kind.into())]);
    for key in keys {
        if let Some(text) = fields.text(key) {
            location.insert((*key).to_owned(), text.into());
        }
    }
    Some(Value::Object(location))
}
