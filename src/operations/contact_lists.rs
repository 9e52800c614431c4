//! Who is on a contact list.

use serde_json::{Map, Value};

use super::{Access, Operation, input, problem, shapes};
use crate::api::{Call, Client};
use crate::error::{Error, Result};
use crate::json::{self, object};
use crate::records::{self, Write};

pub(super) const ADD: Operation = Operation {
    name: "calendly.addToContactList",
    label: "Add to a contact list",
    description: "Puts up to 500 contacts on a list; those who are on it stay.",
    input: &shapes::ON_A_LIST,
    output: &shapes::LIST_CHANGED,
    access: Access::Scopes(SCOPES),
    run: |client, config| change(client, config, "/memberships"),
};

pub(super) const REMOVE: Operation = Operation {
    name: "calendly.removeFromContactList",
    label: "Remove from a contact list",
    description: "Takes up to 500 contacts off a list; the contacts themselves stay.",
    input: &shapes::ON_A_LIST,
    output: &shapes::LIST_CHANGED,
    access: Access::Scopes(SCOPES),
    run: |client, config| change(client, config, "/memberships/removal"),
};

fn change(client: &Client<'_>, config: &Map<String, Value>, what: &str) -> Result<Value> {
    let (mut broken, mut contacts) = (Vec::new(), Vec::new());
    let given = config.get("contacts").unwrap_or(&Value::Null);
    for (index, contact) in json::items(given).iter().enumerate() {
        let (pointer, contact) = (format!("/config/contacts/{index}"), contact.as_str());
        let contact = contact.unwrap_or_default();
        contacts.push(Value::from(input::reference("contacts", &pointer, contact, &mut broken)));
    }
    let path = records::path_of(input::table("contact_lists")?, input::text(config, "list"));
    let path = match problem::about("/config/list", path) {
        Ok(path) => path + what,
        Err(mut error) => {
            error.violations.append(&mut broken);
            return Err(error);
        }
    };
    if !broken.is_empty() {
        return Err(Error::invalid_input(broken));
    }
    // Calendly says that doing it twice is doing it once.
    let call = Call::post(path, object! { "contacts": Value::Array(contacts) })
        .needing(SCOPES)
        .repeatable();
    let write = Write::new(call, |_, answer, _| {
        let result = json::take(&mut json::members(answer?), "membership_result");
        Ok(object! { "result": result })
    });
    input::perform(client, config, write)
}

const SCOPES: &[&str] = &["contacts:write"];
