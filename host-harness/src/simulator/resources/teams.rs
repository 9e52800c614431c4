//! Teams: members who share a scheduling page.

use serde_json::{Value, json};

use crate::simulator::account::Account;
use crate::simulator::answer::{Answer, Outcome};
use crate::simulator::call::{Call, Endpoint};
use crate::simulator::errors::{ApiError, Violations};
use crate::simulator::paging::{self, found, page};
use crate::simulator::sorting::{Key, Row, Sorting};
use crate::simulator::uris::uri;

const SCOPE: &str = "organizations:read";

pub(crate) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::get("/teams", SCOPE, list).query(&["user", "page_token", "count"]),
    Endpoint::get("/teams/{uuid}", SCOPE, show),
];

/// A team of the organization.
#[derive(Debug)]
pub(crate) struct Team {
    pub(crate) id: String,
    pub(crate) name: &'static str,
    pub(crate) slug: &'static str,
    /// The ids of the users in it.
    pub(crate) members: Vec<String>,
}

impl Row for Team {
    fn id(&self) -> &str {
        &self.id
    }

    fn key(&self, _field: &str) -> Key<'_> {
        Key::Text(self.name)
    }
}

impl Team {
    fn resource(&self, account: &Account) -> Value {
        json!({
            "uri": uri("teams", &self.id),
            "name": self.name,
            "organization": uri("organizations", &account.organization.id),
            "scheduling_url": format!("https://calendly.com/northwind-traders/{}", self.slug),
        })
    }

    fn has(&self, user: &str) -> bool {
        self.members.iter().any(|member| member == user)
    }
}

/// The documentation does not say who sees which teams. Here it is as with event types: who is no
/// admin has to ask for their own.
fn list(call: &Call, account: &mut Account) -> Outcome {
    let mut violations = Violations::default();
    let user = call.reference("user", "users", &mut violations);
    paging::check(call, &mut violations);
    violations.check()?;
    if let Some(user) = user {
        account.check_member(user)?;
    }
    if user != Some(call.caller.as_str()) && !account.is_admin(&call.caller) {
        return Err(ApiError::NO_PERMISSION);
    }

    let rows = account.teams.iter().filter(|team| user.is_none_or(|user| team.has(user)));
    let sorting = Sorting::ascending("name");
    page(call, Violations::default(), rows, &sorting, |team| team.resource(account))
}

fn show(call: &Call, account: &mut Account) -> Outcome {
    let team = found(account.teams.iter().find(|team| team.id == call.id()))?;
    if !team.has(&call.caller) && !account.is_admin(&call.caller) {
        return Err(ApiError::NO_ACCESS);
    }
    Ok(Answer::resource(team.resource(account)))
}
