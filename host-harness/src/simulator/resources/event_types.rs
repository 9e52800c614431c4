//! Event types.

use serde_json::{Map, Value, json};

use super::event_type_input::{self, slug};
use super::one_off_event_types::OneOff;
use super::organizations::require_anchor;
use super::webhook_notices as notices;
use crate::simulator::account::Account;
use crate::simulator::answer::{Answer, Outcome};
use crate::simulator::call::{Call, Endpoint};
use crate::simulator::errors::{ApiError, Violations};
use crate::simulator::fields::Fields;
use crate::simulator::paging::{found, page};
use crate::simulator::sorting::{Key, Row, Sorting};
use crate::simulator::timestamp::Timestamp;
use crate::simulator::uris::{id_of, uri};

const READ: &str = "event_types:read";
const WRITE: &str = "event_types:write";

pub(crate) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::get("/event_types", READ, list).query(&[
        "organization",
        "user",
        "active",
        "user_availability_schedule",
        "sort",
        "admin_managed",
        "page_token",
        "count",
    ]),
    Endpoint::post("/event_types", WRITE, create),
    Endpoint::get("/event_types/{uuid}", READ, show),
    Endpoint::patch("/event_types/{uuid}", WRITE, update),
];

/// Something that can be booked.
#[derive(Clone, Debug)]
pub(crate) struct EventType {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) slug: String,
    pub(crate) active: bool,
    pub(crate) group: bool,
    pub(crate) round_robin: bool,
    /// The users who host it; the first owns it.
    pub(crate) hosts: Vec<String>,
    pub(crate) duration: i64,
    pub(crate) duration_options: Option<Vec<i64>>,
    pub(crate) description: Option<String>,
    pub(crate) color: String,
    pub(crate) locale: String,
    pub(crate) locations: Vec<Value>,
    pub(crate) questions: Vec<Question>,
    /// How many people one event has room for.
    pub(crate) invitee_limit: usize,
    pub(crate) position: i64,
    pub(crate) start_time_increment: i64,
    pub(crate) before_buffer: i64,
    pub(crate) after_buffer: i64,
    /// What it has instead of a place among its owner's event types, if it is for one meeting.
    pub(crate) one_off: Option<OneOff>,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
    pub(crate) deleted_at: Option<Timestamp>,
}

/// What an invitee is asked.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    pub(crate) name: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) required: bool,
    pub(crate) choices: &'static [&'static str],
}

impl Row for EventType {
    fn id(&self) -> &str {
        &self.id
    }

    fn key(&self, field: &str) -> Key<'_> {
        match field {
            "name" => Key::Text(&self.name),
            "position" => Key::Number(self.position),
            "created_at" => Key::Number(self.created_at.micros()),
            _ => Key::Number(self.updated_at.micros()),
        }
    }
}

impl EventType {
    pub(crate) fn uri(&self) -> String {
        uri("event_types", &self.id)
    }

    pub(crate) fn owner(&self) -> &str {
        self.hosts.first().map_or("", String::as_str)
    }

    pub(crate) fn is_hosted_by(&self, user: &str) -> bool {
        self.hosts.iter().any(|host| host == user)
    }

    /// Whether all hosts take part in every meeting.
    pub(crate) fn collective(&self) -> bool {
        !self.round_robin && self.hosts.len() > 1
    }

    /// Refuses whoever neither hosts it nor is an admin.
    pub(crate) fn check_managed_by(&self, user: &str, account: &Account) -> Result<(), ApiError> {
        let may = self.is_hosted_by(user) || account.is_admin(user);
        if may { Ok(()) } else { Err(ApiError::NO_PERMISSION) }
    }

    /// Where people book it.
    pub(crate) fn scheduling_url(&self, account: &Account) -> String {
        if let Some(one_off) = &self.one_off {
            return one_off.link.clone();
        }
        let owner = account.user(self.owner()).map_or("", |user| &user.slug);
        format!("https://calendly.com/{owner}/{}", self.slug)
    }

    fn pooling_type(&self) -> Option<&'static str> {
        if self.round_robin {
            Some("round_robin")
        } else {
            self.collective().then_some("collective")
        }
    }

    pub(crate) fn resource(&self, account: &Account) -> Value {
        let owner = account.user(self.owner());
        let standard = self.one_off.is_none();
        let questions = self.questions.iter().enumerate().map(|(position, question)| {
            json!({
                "name": question.name,
                "type": question.kind,
                "position": position,
                "enabled": true,
                "required": question.required,
                "answer_choices": question.choices,
                "include_other": false,
            })
        });
        json!({
            "uri": self.uri(),
            "name": self.name,
            "active": self.active,
            "admin_managed": false,
            "booking_method": "instant",
            "color": self.color,
            "created_at": self.created_at,
            "updated_at": self.updated_at,
            "deleted_at": self.deleted_at,
            "custom_questions": questions.collect::<Vec<_>>(),
            "description_plain": self.description,
            "description_html": self.description.as_ref().map(|text| {
                format!("<p>{}</p>", text.replace('&', "&amp;").replace('<', "&lt;"))
            }),
            "duration": self.duration,
            "duration_options": self.duration_options,
            "internal_note": null,
            "is_paid": false,
            "kind": if self.group { "group" } else { "solo" },
            "locale": self.locale,
            "locations": Some(&self.locations).filter(|locations| !locations.is_empty()),
            "pooling_type": self.pooling_type(),
            "position": self.position,
            "profile": {
                "type": "User",
                "name": owner.map(|user| &user.name),
                "owner": uri("users", self.owner()),
            },
            "scheduling_url": self.scheduling_url(account),
            "secret": !standard,
            "slug": standard.then_some(&self.slug),
            "type": if standard { "StandardEventType" } else { "AdhocEventType" },
            "start_time_increment": standard.then_some(self.start_time_increment),
            "before_buffer": self.before_buffer,
            "after_buffer": self.after_buffer,
        })
    }
}

fn list(call: &Call, account: &mut Account) -> Outcome {
    let mut violations = Violations::default();
    let organization = call.reference("organization", "organizations", &mut violations);
    let user = call.reference("user", "users", &mut violations);
    require_anchor(call, &["organization", "user"], &mut violations);
    let schedule = call.reference(
        "user_availability_schedule",
        "user_availability_schedules",
        &mut violations,
    );
    if schedule.is_some() && user.is_none() {
        violations.add("user_availability_schedule", "can only be used together with user");
    }
    let active = call.choice("active", &["true", "false"], &mut violations);
    let managed = call.choice("admin_managed", &["true", "false"], &mut violations);
    let fields = ["name", "position", "created_at", "updated_at"];
    let sorting = Sorting::of(call, &fields, Sorting::ascending("name"), &mut violations);
    violations.check()?;
    check_access(call, account, organization, user)?;

    let rows = account.event_types.values().filter(|event_type| {
        user.is_none_or(|user| event_type.hosts.iter().any(|host| host == user))
            && active.is_none_or(|active| event_type.active == (active == "true"))
            // Nothing here is managed by an administrator.
            && managed != Some("true")
            && schedule.is_none_or(|schedule| {
                let follows = &account.availability;
                user.is_some_and(|user| follows.follows(&event_type.id, user, schedule))
            })
    });
    page(call, Violations::default(), rows, &sorting, |event_type| event_type.resource(account))
}

fn check_access(
    call: &Call,
    account: &Account,
    organization: Option<&str>,
    user: Option<&str>,
) -> Result<(), ApiError> {
    if let Some(organization) = organization {
        account.check_organization(organization)?;
    }
    if let Some(user) = user {
        account.check_member(user)?;
    }
    if user != Some(call.caller.as_str()) && !account.is_admin(&call.caller) {
        return Err(ApiError::NO_PERMISSION);
    }
    Ok(())
}

fn show(call: &Call, account: &mut Account) -> Outcome {
    let event_type = found(account.event_type(call.id()))?;
    Ok(Answer::resource(event_type.resource(account)))
}

fn create(call: &Call, account: &mut Account) -> Outcome {
    let body = call.object()?;
    let mut fields = Fields::new(&body);
    let owner = fields.required_text("owner").and_then(|owner| id_of(owner, "users"));
    if owner.is_none() && fields.text("owner").is_some() {
        fields.refuse("owner", "is invalid");
    }
    fields.required_text("name");
    let next_position =
        account.event_types.values().map(|known| known.position + 1).max().unwrap_or(0);
    let mut event_type = EventType {
        id: String::new(),
        name: String::new(),
        slug: String::new(),
        active: false,
        group: false,
        round_robin: false,
        hosts: vec![owner.unwrap_or_default().to_owned()],
        duration: 30,
        duration_options: None,
        description: None,
        color: "#8247f5".to_owned(),
        locale: "en".to_owned(),
        locations: Vec::new(),
        questions: Vec::new(),
        invitee_limit: 1,
        position: next_position,
        start_time_increment: 30,
        before_buffer: 0,
        after_buffer: 0,
        one_off: None,
        created_at: call.now,
        updated_at: call.now,
        deleted_at: None,
    };
    event_type_input::apply(&mut event_type, &mut fields);
    fields.violations.check()?;
    account.check_member(event_type.owner())?;
    if event_type.owner() != call.caller && !account.is_admin(&call.caller) {
        return Err(ApiError::NO_PERMISSION);
    }

    event_type.id = account.random.uuid();
    event_type.slug = slug(&event_type.name);
    let resource = event_type.resource(account);
    notices::event_type(account, "event_type.created", &event_type, call.now);
    account.event_types.insert(event_type.id.clone(), event_type);
    Ok(Answer::created(resource))
}

fn update(call: &Call, account: &mut Account) -> Outcome {
    let mut event_type = found(account.event_types.get(call.id()))?.clone();
    if event_type.owner() != call.caller && !account.is_admin(&call.caller) {
        return Err(ApiError::NO_PERMISSION);
    }
    if event_type.group || event_type.round_robin {
        return Err(ApiError::invalid("kind", "must be solo"));
    }
    let body: Map<String, Value> = call.object()?;
    let mut fields = Fields::new(&body);
    if fields.has("name") {
        fields.required_text("name");
    }
    event_type_input::apply(&mut event_type, &mut fields);
    fields.violations.check()?;
    event_type.updated_at = call.now;

    let resource = event_type.resource(account);
    notices::event_type(account, "event_type.updated", &event_type, call.now);
    account.event_types.insert(event_type.id.clone(), event_type);
    Ok(Answer::resource(resource))
}
