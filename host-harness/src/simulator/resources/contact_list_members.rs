//! Who is put on a contact list, and who is taken off.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::contact_lists::{Content, own, own_mut};
use crate::simulator::account::Account;
use crate::simulator::answer::{Answer, Outcome};
use crate::simulator::call::Call;
use crate::simulator::errors::ApiError;
use crate::simulator::fields::Fields;
use crate::simulator::uris::{id_of, uri};

/// How many contacts one call may name.
const MOST_PER_CALL: usize = 500;

/// Adds a contact's id, or takes it away, and says whether that changed anything.
type Change = fn(&mut BTreeSet<String>, &str) -> bool;

pub(super) fn add(call: &Call, account: &mut Account) -> Outcome {
    change(call, account, "added", put_on)
}

/// The contacts themselves stay.
pub(super) fn remove(call: &Call, account: &mut Account) -> Outcome {
    change(call, account, "removed", |ids, id| ids.remove(id))
}

pub(super) fn put_on(ids: &mut BTreeSet<String>, id: &str) -> bool {
    ids.insert(id.to_owned())
}

/// `{"contacts": [uri, …]}`. The keys are a guess.
fn change(call: &Call, account: &mut Account, done: &str, change: Change) -> Outcome {
    own(call, account)?;
    let body = call.object()?;
    let mut fields = Fields::new(&body);
    fields.allow_only(&["contacts"]);
    fields.required("contacts");
    let ids = contact_ids(&mut fields);
    if ids.is_empty() {
        fields.refuse("contacts", "must be filled");
    }
    fields.violations.check()?;

    let named = Named::among(account, &call.caller, &ids);
    let list = own_mut(call, account)?;
    let Content::Chosen(members) = &mut list.content else {
        return Err(ApiError::Conflict("The contacts of a view are decided by its filters."));
    };
    let (changed, result) = named.apply(members, done, change);
    if changed {
        list.updated_at = call.now;
    }
    Ok(Answer::resource(list.resource()).beside("membership_result", result))
}

/// The ids in the URIs that a body names.
pub(super) fn contact_ids<'a>(fields: &mut Fields<'a>) -> Vec<&'a str> {
    let list = fields.list("contacts", MOST_PER_CALL).unwrap_or_default();
    let mut ids = Vec::new();
    for (index, item) in list.iter().enumerate() {
        match item.as_str().and_then(|uri| id_of(uri, "contacts")) {
            Some(id) => ids.push(id),
            None => fields.refuse(&format!("contacts[{index}]"), "is invalid"),
        }
    }
    ids
}

/// The contacts that a body names.
pub(super) struct Named {
    known: Vec<String>,
    /// The URIs of those that do not exist, or are somebody else's.
    invalid: Vec<String>,
}

impl Named {
    pub(super) fn among(account: &Account, user: &str, ids: &[&str]) -> Self {
        let is_own = |id: &str| account.contacts.get(id).is_some_and(|one| one.owner == user);
        let (known, others): (Vec<&str>, Vec<&str>) =
            ids.iter().copied().partition(|id| is_own(id));
        Self {
            known: known.into_iter().map(str::to_owned).collect(),
            invalid: others.into_iter().map(|id| uri("contacts", id)).collect(),
        }
    }

    /// Applies a change to a list: whether it is another than before, and what to answer.
    ///
    /// The documentation says that contacts which do not exist are counted in `invalid`, and that
    /// the URIs of those that were not handled are listed. The other keys are a guess. Nothing but
    /// what is invalid fails here.
    pub(super) fn apply(
        &self,
        members: &mut BTreeSet<String>,
        done: &str,
        change: Change,
    ) -> (bool, Value) {
        let changed = self.known.iter().filter(|id| change(members, id)).count();
        let mut result = json!({
            "unchanged": self.known.len() - changed,
            "invalid": self.invalid.len(),
            "failed": 0,
            "invalid_contacts": self.invalid,
            "failed_contacts": [],
        });
        result[done] = changed.into();
        (changed > 0, result)
    }
}
