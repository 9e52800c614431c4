//! Operations: what an automation can do, each with the shapes of what it takes and answers.

mod alias;
mod batch;
mod contact_lists;
mod deletions;
mod input;
mod links;
mod meetings;
mod people;
mod predecessor;
mod problem;
mod push;
mod recaps;
mod records;
mod shapes;
mod sync;
mod tables;
mod times;
mod webhooks;

use serde_json::{Map, Value};

use crate::api::Client;
use crate::catalog::Verb;
use crate::connection::Connection;
use crate::error::{Error, Result};
use crate::host::Host;
use crate::json;
use crate::shape::Object;

pub(crate) use input::place;
pub(crate) use problem::repoint;

/// An operation.
#[derive(Debug)]
pub struct Operation {
    /// Its name, such as `calendly.createRecord`.
    pub name: &'static str,
    /// The label people see.
    pub label: &'static str,
    /// What it does, in a sentence.
    pub description: &'static str,
    /// The shape of its `config`.
    pub input: &'static Object,
    /// The shape of its answer.
    pub output: &'static Object,
    /// What it needs to be allowed.
    pub access: Access,
    run: fn(&Client<'_>, &Map<String, Value>) -> Result<Value>,
}

impl Operation {
    /// Whether it changes something at Calendly; what does can be tried without.
    #[must_use]
    pub fn writes(&self) -> bool {
        self.takes("dryRun")
    }

    /// Whether its config can have that member.
    fn takes(&self, name: &str) -> bool {
        self.input.properties.iter().any(|property| property.name == name)
    }
}

/// What an operation needs to be allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// To see the bases.
    Bases,
    /// To see what tables look like.
    Schema,
    /// To do this with records.
    Records(Verb),
    /// To create, change and delete records.
    Writing,
    /// These of Calendly's scopes, whatever the table.
    Scopes(&'static [&'static str]),
}

/// The operations.
pub const OPERATIONS: &[Operation] = &[
    tables::LIST_BASES,
    tables::LIST_TABLES,
    records::QUERY,
    records::GET,
    records::CREATE,
    records::UPDATE,
    records::DELETE,
    batch::CREATE,
    batch::UPDATE,
    batch::DELETE,
    meetings::BOOK,
    meetings::CANCEL,
    meetings::MARK_NO_SHOW,
    meetings::CLEAR_NO_SHOW,
    times::FIND_AVAILABLE,
    times::FIND_BUSY,
    links::CREATE_SCHEDULING_LINK,
    links::CREATE_SHARE,
    people::INVITE_MEMBER,
    people::REMOVE_MEMBER,
    people::GET_CURRENT_USER,
    people::GET_ORGANIZATION,
    recaps::GET_TRANSCRIPT,
    contact_lists::ADD,
    contact_lists::REMOVE,
    deletions::DELETE_INVITEE_DATA,
    deletions::DELETE_EVENT_DATA,
    webhooks::SUBSCRIBE,
    webhooks::LIST,
    webhooks::GET,
    webhooks::UNSUBSCRIBE,
    webhooks::VERIFY,
    webhooks::SAMPLE,
    sync::PULL,
    push::PUSH,
];

/// The operation of that name.
#[must_use]
pub fn operation(name: &str) -> Option<&'static Operation> {
    OPERATIONS.iter().find(|operation| operation.name == name)
}

/// Runs the operation that an automation's document names. The call ends within `deadline_ms`.
///
/// # Errors
/// `invalid-input` with everything that is wrong with the document, before anything is sent; what
/// the operation itself can end in.
pub fn run(
    host: &dyn Host,
    connection: &Connection,
    document: &str,
    deadline_ms: u32,
) -> Result<Value> {
    let document = json::parse(document).map_err(|broken| Error::invalid_input(vec![broken]))?;
    let action = alias::read(document, connection);
    let mut broken = action.broken;
    if let (Some(operation), Some(config)) = (action.operation, action.config.as_object()) {
        let mut found = Vec::new();
        operation.input.check(&action.config, problem::CONFIG, &mut found);
        for items in ["/config/records/", "/config/items/"] {
            // What is wrong with one item of a batch is that item's own affair.
            found.retain(|violation| !violation.pointer.starts_with(items));
        }
        if operation.takes("baseId") {
            // A text that is a text may still name nothing.
            found.extend(place(config).err().unwrap_or_default());
        }
        repoint(&mut found, problem::CONFIG, action.place);
        broken.extend(found);
    }
    let Some(operation) = action.operation.filter(|_| broken.is_empty()) else {
        return Err(Error::invalid_input(broken));
    };
    let config = json::members(action.config);
    let client = Client::new(host, connection, host.now() + u64::from(deadline_ms));
    let mut answer = (operation.run)(&client, &config);
    match &mut answer {
        Ok(answer) if answer["results"].is_array() || operation.takes("explain") => {
            problem::repoint_answer(answer, action.place);
        }
        Ok(_) => {}
        Err(error) => repoint(&mut error.violations, problem::CONFIG, action.place),
    }
    answer
}

#[cfg(test)]
mod tests;
