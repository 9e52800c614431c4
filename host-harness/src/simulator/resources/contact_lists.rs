//! Contact lists: lists that are kept by hand, and views that a filter decides. Everybody has their
//! own.
//!
//! Neither the shape of a contact list nor the keys of the bodies are known from the documentation;
//! those here are a guess. Bodies with other keys are refused, so that nobody relies on more.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::contact_list_members::{self as members, Named};
use super::contacts::Contact;
use super::folding::folded;
use crate::simulator::account::Account;
use crate::simulator::answer::{Answer, Outcome};
use crate::simulator::call::{Call, Endpoint};
use crate::simulator::errors::{ApiError, Violations};
use crate::simulator::fields::Fields;
use crate::simulator::paging::{found, whole_page};
use crate::simulator::timestamp::Timestamp;
use crate::simulator::uris::{id_of, uri};

const READ: &str = "contacts:read";
const WRITE: &str = "contacts:write";

/// How many lists and views a user can have, those that are not shown included.
const MOST_LISTS: usize = 25;
const LONGEST_NAME: usize = 255;

pub(crate) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::get("/contact_lists", READ, list).query(&["type"]),
    Endpoint::post("/contact_lists", WRITE, create),
    Endpoint::get("/contact_lists/{uuid}", READ, show),
    Endpoint::patch("/contact_lists/{uuid}", WRITE, rename),
    Endpoint::post("/contact_lists/{uuid}/memberships", WRITE, members::add),
    Endpoint::post("/contact_lists/{uuid}/memberships/removal", WRITE, members::remove),
];

/// Some of somebody's contacts.
#[derive(Debug)]
pub(crate) struct ContactList {
    pub(crate) id: String,
    /// The id of the user whose list it is.
    pub(crate) owner: String,
    pub(crate) name: String,
    pub(crate) content: Content,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

/// What decides which contacts are on a list.
#[derive(Debug)]
pub(crate) enum Content {
    /// Somebody did: the ids of the contacts.
    Chosen(BTreeSet<String>),
    /// The view that everybody has.
    Everybody,
    /// A view of those in a country.
    Country(&'static str),
    /// A view that an import of a CSV file made. It is not shown, but it counts.
    Imported,
}

impl ContactList {
    fn kind(&self) -> &'static str {
        if matches!(self.content, Content::Chosen(_)) { "static_list" } else { "dynamic_view" }
    }

    /// Whether one of the owner's contacts is on it.
    pub(super) fn has(&self, contact: &Contact) -> bool {
        match &self.content {
            Content::Chosen(ids) => ids.contains(&contact.id),
            Content::Everybody => true,
            Content::Country(code) => contact.details.country.as_deref() == Some(code),
            Content::Imported => false,
        }
    }

    pub(super) fn resource(&self) -> Value {
        let count = if let Content::Chosen(ids) = &self.content { Some(ids.len()) } else { None };
        json!({
            "uri": uri("contact_lists", &self.id),
            "name": self.name,
            "type": self.kind(),
            "contact_count": count,
            "created_at": self.created_at,
            "updated_at": self.updated_at,
        })
    }

    fn is_shown_to(&self, user: &str) -> bool {
        self.owner == user && !matches!(self.content, Content::Imported)
    }
}

/// The list that the contacts are filtered by. One that is not the caller's is not told from one
/// that does not exist.
pub(super) fn filter<'a>(
    call: &Call,
    account: &'a Account,
    violations: &mut Violations,
) -> Option<&'a ContactList> {
    let sent = call.parameter("contact_list")?;
    let id = id_of(sent, "contact_lists");
    let list = id.and_then(|id| {
        account.contact_lists.iter().find(|list| list.id == id && list.is_shown_to(&call.caller))
    });
    if list.is_none() {
        violations.add("contact_list", "is invalid");
    }
    list
}

/// Takes a contact that is deleted off every list.
pub(super) fn forget_contact(account: &mut Account, contact: &str) {
    for list in &mut account.contact_lists {
        if let Content::Chosen(ids) = &mut list.content {
            ids.remove(contact);
        }
    }
}

fn list(call: &Call, account: &mut Account) -> Outcome {
    let mut violations = Violations::default();
    let kind = call.choice("type", &["static_list", "dynamic_view"], &mut violations);
    violations.check()?;
    let shown = account.contact_lists.iter().filter(|list| {
        list.is_shown_to(&call.caller) && kind.is_none_or(|kind| list.kind() == kind)
    });
    whole_page(shown.map(ContactList::resource).collect())
}

/// `{"name": …, "contacts": [uri, …]}`. Contacts that cannot be added do not keep the list from
/// being made.
fn create(call: &Call, account: &mut Account) -> Outcome {
    let body = call.object()?;
    let mut fields = Fields::new(&body);
    fields.allow_only(&["name", "contacts"]);
    let name = fields.required_trimmed("name", LONGEST_NAME).unwrap_or_default();
    let contacts = members::contact_ids(&mut fields);
    fields.violations.check()?;
    if account.contact_lists.iter().filter(|list| list.owner == call.caller).count() >= MOST_LISTS {
        // The documentation says that there is a limit, but not how it is told.
        return Err(ApiError::PermissionDenied("You have reached the limit of contact lists."));
    }
    check_name(account, &call.caller, name, "")?;

    let mut ids = BTreeSet::new();
    let named = Named::among(account, &call.caller, &contacts);
    let (_, result) = named.apply(&mut ids, "added", members::put_on);
    let list = ContactList {
        id: account.random.uuid(),
        owner: call.caller.clone(),
        name: name.to_owned(),
        content: Content::Chosen(ids),
        created_at: call.now,
        updated_at: call.now,
    };
    let resource = list.resource();
    account.contact_lists.push(list);
    Ok(Answer::created(resource).beside("membership_result", result))
}

fn show(call: &Call, account: &mut Account) -> Outcome {
    Ok(Answer::resource(own(call, account)?.resource()))
}

fn rename(call: &Call, account: &mut Account) -> Outcome {
    let list = own(call, account)?;
    let body = call.object()?;
    let mut fields = Fields::new(&body);
    fields.allow_only(&["name"]);
    let name = fields.required_trimmed("name", LONGEST_NAME).unwrap_or_default();
    fields.violations.check()?;
    match &list.content {
        Content::Everybody => return Err(ApiError::Conflict("This view cannot be renamed.")),
        Content::Chosen(_) => check_name(account, &call.caller, name, call.id())?,
        // Views may be called the same.
        Content::Country(_) | Content::Imported => {}
    }
    let list = own_mut(call, account)?;
    name.clone_into(&mut list.name);
    list.updated_at = call.now;
    Ok(Answer::resource(list.resource()))
}

/// No two lists of a user are called the same, whatever the case, the accents and the blanks around.
fn check_name(account: &Account, user: &str, name: &str, renamed: &str) -> Result<(), ApiError> {
    let taken = account.contact_lists.iter().any(|list| {
        list.owner == user
            && list.id != renamed
            && matches!(list.content, Content::Chosen(_))
            && folded(&list.name) == folded(name)
    });
    if taken { Err(ApiError::AlreadyExists) } else { Ok(()) }
}

/// The list in the path, if it is the caller's.
pub(super) fn own<'a>(call: &Call, account: &'a Account) -> Result<&'a ContactList, ApiError> {
    let mut lists = account.contact_lists.iter();
    found(lists.find(|list| list.id == call.id() && list.is_shown_to(&call.caller)))
}

/// The same, to be changed.
pub(super) fn own_mut<'a>(
    call: &Call,
    account: &'a mut Account,
) -> Result<&'a mut ContactList, ApiError> {
    let mut lists = account.contact_lists.iter_mut();
    found(lists.find(|list| list.id == call.id() && list.is_shown_to(&call.caller)))
}
