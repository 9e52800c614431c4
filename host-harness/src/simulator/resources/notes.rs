//! Notes about contacts. Everybody sees their own only.
//!
//! The shape of a note is not known from the documentation; it is taken to be what can be written.

use serde_json::{Value, json};

use crate::simulator::account::Account;
use crate::simulator::answer::{Answer, Outcome};
use crate::simulator::call::{Call, Endpoint};
use crate::simulator::errors::{ApiError, Violations};
use crate::simulator::fields::Fields;
use crate::simulator::paging::{self, found, page};
use crate::simulator::sorting::{Key, Row, Sorting};
use crate::simulator::timestamp::Timestamp;
use crate::simulator::uris::{id_of, uri};

const READ: &str = "contacts:read";
const WRITE: &str = "contacts:write";

const MOST_CONTACTS: usize = 10;
const LONGEST_TITLE: usize = 255;
const LONGEST_BODY: usize = 10_000;

pub(crate) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::get("/notes", READ, list).query(&["contact", "count", "page_token"]),
    Endpoint::post("/notes", WRITE, create),
    Endpoint::get("/notes/{uuid}", READ, show),
];

/// What somebody wrote down about a contact.
#[derive(Debug)]
pub(crate) struct Note {
    pub(crate) id: String,
    /// The id of the user who wrote it.
    pub(crate) author: String,
    pub(crate) contact: String,
    pub(crate) title: Option<String>,
    pub(crate) body: Option<String>,
    pub(crate) remind_at: Option<Timestamp>,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

impl Row for Note {
    fn id(&self) -> &str {
        &self.id
    }

    fn key(&self, _field: &str) -> Key<'_> {
        Key::Number(self.updated_at.micros())
    }
}

impl Note {
    fn resource(&self) -> Value {
        json!({
            "uri": uri("notes", &self.id),
            "contact": uri("contacts", &self.contact),
            "title": self.title,
            "body": self.body,
            "remind_at": self.remind_at,
            "created_at": self.created_at,
            "updated_at": self.updated_at,
        })
    }
}

fn list(call: &Call, account: &mut Account) -> Outcome {
    let mut violations = Violations::default();
    for key in &call.undocumented {
        violations.add(key, "is not allowed");
    }
    let contacts = contacts(call, &mut violations);
    paging::check(call, &mut violations);
    violations.check()?;
    // The documentation is silent about contacts that do not exist. They are not taken for contacts
    // without notes.
    for contact in &contacts {
        check_contact(account, &call.caller, contact)?;
    }

    let rows = account
        .notes
        .values()
        .filter(|note| note.author == call.caller && contacts.contains(&note.contact.as_str()));
    page(call, Violations::default(), rows, &Sorting::descending("updated_at"), Note::resource)
}

/// The ids of the contacts whose notes are asked for.
fn contacts<'a>(call: &'a Call, violations: &mut Violations) -> Vec<&'a str> {
    let sent = call.parameters("contact");
    if sent.is_empty() {
        violations.add("contact", "is missing");
    }
    if sent.len() > MOST_CONTACTS {
        violations.add("contact", format!("size cannot be greater than {MOST_CONTACTS}"));
    }
    let ids: Vec<&str> = sent.iter().filter_map(|uri| id_of(uri, "contacts")).collect();
    if ids.len() < sent.len() {
        violations.add("contact", "is invalid");
    }
    ids
}

/// Reminders are available on every account here.
fn create(call: &Call, account: &mut Account) -> Outcome {
    let body = call.object()?;
    let mut fields = Fields::new(&body);
    // The documentation names these; nothing says that others are taken.
    fields.allow_only(&["contact", "title", "body", "remind_at"]);
    let contact = fields.required_text("contact").and_then(|uri| id_of(uri, "contacts"));
    if contact.is_none() {
        fields.refuse("contact", "is invalid");
    }
    let title = trimmed(&mut fields, "title");
    let text = trimmed(&mut fields, "body");
    if title.is_none() && text.is_none() {
        for name in ["title", "body"] {
            fields.refuse(name, "or the other must be filled");
        }
    }
    // Symbols beyond the basic plane count as two in a title.
    if title.is_some_and(|title| title.encode_utf16().count() > LONGEST_TITLE) {
        fields.refuse("title", format!("size cannot be greater than {LONGEST_TITLE}"));
    }
    if text.is_some_and(|text| text.chars().count() > LONGEST_BODY) {
        fields.refuse("body", format!("size cannot be greater than {LONGEST_BODY}"));
    }
    let remind_at = reminder(&mut fields);
    fields.violations.check()?;
    let contact = contact.unwrap_or_default();
    check_contact(account, &call.caller, contact)?;

    let note = Note {
        id: account.random.uuid(),
        author: call.caller.clone(),
        contact: contact.to_owned(),
        title: title.map(str::to_owned),
        body: text.map(str::to_owned),
        remind_at,
        created_at: call.now,
        updated_at: call.now,
    };
    let resource = note.resource();
    account.notes.insert(note.id.clone(), note);
    Ok(Answer::created(resource))
}

/// Text without the blanks around it, if that leaves any.
fn trimmed<'a>(fields: &mut Fields<'a>, name: &str) -> Option<&'a str> {
    fields.text(name).map(str::trim).filter(|text| !text.is_empty())
}

fn reminder(fields: &mut Fields<'_>) -> Option<Timestamp> {
    let text = fields.text("remind_at")?;
    let time = Timestamp::parse_with_offset(text).filter(|time| time.is_from_1970_to_9999());
    if time.is_none() {
        fields.refuse("remind_at", "must be an RFC 3339 date-time from 1970 to 9999");
    }
    time
}

/// A note of somebody else is as if it did not exist.
fn show(call: &Call, account: &mut Account) -> Outcome {
    let note = found(account.notes.get(call.id()).filter(|note| note.author == call.caller))?;
    Ok(Answer::resource(note.resource()))
}

fn check_contact(account: &Account, user: &str, contact: &str) -> Result<(), ApiError> {
    let known = account.contacts.get(contact).filter(|contact| contact.owner == user);
    found(known.map(|_| ()))
}
