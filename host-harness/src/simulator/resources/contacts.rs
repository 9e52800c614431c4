//! Contacts. Everybody has their own.

use serde_json::{Value, json};

use super::custom_fields::of_contact;
use super::{contact_input, contact_lists, webhook_notices as notices};
use crate::simulator::account::Account;
use crate::simulator::answer::{Answer, Outcome};
use crate::simulator::call::{Call, Endpoint};
use crate::simulator::errors::{ApiError, Violations};
use crate::simulator::fields::Fields;
use crate::simulator::paging::{found, page};
use crate::simulator::sorting::{Key, Row, Sorting};
use crate::simulator::timestamp::Timestamp;
use crate::simulator::uris::uri;

const READ: &str = "contacts:read";
const WRITE: &str = "contacts:write";

pub(crate) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::get("/contacts", READ, list).query(&[
        "sort",
        "email",
        "phone_number",
        "timezone",
        "country",
        "state",
        "name",
        "job_title",
        "company",
        "city",
        "count",
        "page_token",
        "exclude",
        "contact_list",
    ]),
    Endpoint::post("/contacts", WRITE, create),
    Endpoint::get("/contacts/{uuid}", READ, show).query(&["exclude"]),
    Endpoint::patch("/contacts/{uuid}", WRITE, update),
    Endpoint::delete("/contacts/{uuid}", WRITE, delete),
];

/// Somebody in somebody's contacts.
#[derive(Clone, Debug)]
pub(crate) struct Contact {
    pub(crate) id: String,
    /// The id of the user whose contact it is.
    pub(crate) owner: String,
    pub(crate) name: String,
    /// The first is the primary one.
    pub(crate) emails: Vec<String>,
    pub(crate) phone_numbers: Vec<String>,
    pub(crate) details: Details,
    /// In the order of the definitions.
    pub(crate) custom_values: Vec<Option<Value>>,
    pub(crate) last_meeting: Option<Timestamp>,
    pub(crate) next_meeting: Option<Timestamp>,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

/// The plain text fields of a contact.
#[derive(Clone, Debug, Default)]
pub(crate) struct Details {
    pub(crate) timezone: Option<String>,
    pub(crate) job_title: Option<String>,
    pub(crate) company: Option<String>,
    pub(crate) country: Option<String>,
    pub(crate) state: Option<String>,
    pub(crate) city: Option<String>,
    pub(crate) linkedin: Option<String>,
}

impl Row for Contact {
    fn id(&self) -> &str {
        &self.id
    }

    fn key(&self, field: &str) -> Key<'_> {
        Key::Number(if field == "updated_at" { self.updated_at } else { self.created_at }.micros())
    }
}

impl Contact {
    pub(crate) fn resource(&self, account: &Account, with_custom_fields: bool) -> Value {
        let emails = self.emails.iter().enumerate();
        let details = &self.details;
        let mut resource = json!({
            "uri": uri("contacts", &self.id),
            "app_url": format!("https://calendly.com/app/contacts/{}", self.id),
            "name": self.name,
            "emails": emails
                .map(|(index, email)| json!({ "email": email, "is_primary": index == 0 }))
                .collect::<Vec<_>>(),
            "phone_numbers": self.phone_numbers
                .iter()
                .map(|number| json!({ "phone_number": number }))
                .collect::<Vec<_>>(),
            "timezone": details.timezone,
            "job_title": details.job_title,
            "company": details.company,
            "country": details.country,
            "state": details.state,
            "city": details.city,
            "linkedin": details.linkedin,
            "created_at": self.created_at,
            "updated_at": self.updated_at,
            "first_email_date": null,
            "last_email_date": null,
            "next_meeting_date": self.next_meeting,
            "last_meeting_date": self.last_meeting,
            "last_interaction_date": self.last_meeting,
        });
        if with_custom_fields {
            resource["custom_fields"] = of_contact(self, &account.custom_fields);
        }
        resource
    }

    fn has_email(&self, email: &str) -> bool {
        self.emails.iter().any(|known| known.eq_ignore_ascii_case(email))
    }
}

fn list(call: &Call, account: &mut Account) -> Outcome {
    let mut violations = Violations::default();
    let default = Sorting::ascending("created_at");
    let sorting = Sorting::of(call, &["created_at", "updated_at"], default, &mut violations);
    let exclude = call.choice("exclude", &["custom_fields"], &mut violations);
    let list = contact_lists::filter(call, account, &mut violations);
    let filter = Filter::of(call);
    let rows = account.contacts.values().filter(|contact| {
        contact.owner == call.caller
            && list.is_none_or(|list| list.has(contact))
            && filter.matches(contact)
    });
    page(call, violations, rows, &sorting, |contact| contact.resource(account, exclude.is_none()))
}

/// The filters of the list. Each takes several values, with commas, of which one has to match.
struct Filter<'a>(Vec<(&'static str, Vec<&'a str>)>);

impl<'a> Filter<'a> {
    const EXACT: [&'static str; 5] = ["email", "phone_number", "timezone", "country", "state"];
    const PARTIAL: [&'static str; 4] = ["name", "job_title", "company", "city"];

    fn of(call: &'a Call) -> Self {
        let names = Self::EXACT.into_iter().chain(Self::PARTIAL);
        let filters = names.filter_map(|name| {
            let values = call.parameter(name)?.split(',').map(str::trim);
            Some((name, values.filter(|value| !value.is_empty()).collect()))
        });
        Self(filters.collect())
    }

    fn matches(&self, contact: &Contact) -> bool {
        self.0.iter().all(|(name, values)| values.iter().any(|value| matches(contact, name, value)))
    }
}

fn matches(contact: &Contact, name: &str, value: &str) -> bool {
    let details = &contact.details;
    let is = |text: &Option<String>| text.as_deref() == Some(value);
    let contains = |text: Option<&str>| {
        text.is_some_and(|text| text.to_lowercase().contains(&value.to_lowercase()))
    };
    match name {
        "email" => contact.has_email(value),
        "phone_number" => contact.phone_numbers.iter().any(|number| number == value),
        "timezone" => is(&details.timezone),
        "country" => is(&details.country),
        "state" => is(&details.state),
        "name" => contains(Some(&contact.name)),
        "job_title" => contains(details.job_title.as_deref()),
        "company" => contains(details.company.as_deref()),
        _ => contains(details.city.as_deref()),
    }
}

fn own<'a>(call: &Call, account: &'a Account) -> Result<&'a Contact, ApiError> {
    found(account.contacts.get(call.id()).filter(|contact| contact.owner == call.caller))
}

fn show(call: &Call, account: &mut Account) -> Outcome {
    let mut violations = Violations::default();
    let exclude = call.choice("exclude", &["custom_fields"], &mut violations);
    violations.check()?;
    let contact = own(call, account)?;
    Ok(Answer::resource(contact.resource(account, exclude.is_none())))
}

fn create(call: &Call, account: &mut Account) -> Outcome {
    let body = call.object()?;
    let mut fields = Fields::new(&body);
    fields.required("name");
    fields.required("emails");
    let mut contact = Contact {
        id: account.random.uuid(),
        owner: call.caller.clone(),
        name: String::new(),
        emails: Vec::new(),
        phone_numbers: Vec::new(),
        details: Details::default(),
        custom_values: Vec::new(),
        last_meeting: None,
        next_meeting: None,
        created_at: call.now,
        updated_at: call.now,
    };
    contact_input::apply(&mut contact, &mut fields, &account.custom_fields);
    fields.violations.check()?;
    check_unique(&contact, account)?;
    let resource = contact.resource(account, true);
    notices::contact(account, "contact.created", &contact, call.now);
    account.contacts.insert(contact.id.clone(), contact);
    Ok(Answer::created(resource))
}

fn update(call: &Call, account: &mut Account) -> Outcome {
    let mut contact = own(call, account)?.clone();
    let body = call.object()?;
    let mut fields = Fields::new(&body);
    if body.is_empty() {
        fields.refuse("body", "must include at least one supported field");
    }
    for key in body.keys().filter(|key| !contact_input::FIELDS.contains(&key.as_str())) {
        fields.refuse(key, "is not allowed");
    }
    for name in ["name", "emails"] {
        if fields.has(name) {
            fields.required(name);
        }
    }
    contact_input::apply(&mut contact, &mut fields, &account.custom_fields);
    fields.violations.check()?;
    check_unique(&contact, account)?;
    contact.updated_at = call.now;
    let resource = contact.resource(account, true);
    notices::contact(account, "contact.updated", &contact, call.now);
    account.contacts.insert(contact.id.clone(), contact);
    Ok(Answer::resource(resource))
}

fn delete(call: &Call, account: &mut Account) -> Outcome {
    own(call, account)?;
    let contact = found(account.contacts.remove(call.id()))?;
    notices::deleted_contact(account, &contact, call.now);
    contact_lists::forget_contact(account, call.id());
    account.notes.retain(|_, note| note.contact != call.id());
    Ok(Answer::none())
}

/// No two contacts of a user share an e-mail address.
fn check_unique(contact: &Contact, account: &Account) -> Result<(), ApiError> {
    let taken = account.contacts.values().any(|other| {
        other.id != contact.id
            && other.owner == contact.owner
            && contact.emails.iter().any(|email| other.has_email(email))
    });
    if taken { Err(ApiError::AlreadyExists) } else { Ok(()) }
}
