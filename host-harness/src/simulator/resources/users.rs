//! Users.

use serde_json::{Value, json};

use crate::simulator::account::Account;
use crate::simulator::answer::{Answer, Outcome};
use crate::simulator::call::{Call, Endpoint};
use crate::simulator::paging::found;
use crate::simulator::timestamp::Timestamp;
use crate::simulator::uris::uri;

pub(crate) const ENDPOINTS: &[Endpoint] = &[Endpoint::get("/users/{uuid}", "users:read", show)];

/// A person with an account.
#[derive(Debug)]
pub(crate) struct User {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) slug: String,
    pub(crate) email: String,
    pub(crate) timezone: &'static str,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

impl User {
    pub(crate) fn uri(&self) -> String {
        uri("users", &self.id)
    }

    /// The user within a membership.
    pub(crate) fn embedded(&self) -> Value {
        json!({
            "uri": self.uri(),
            "name": self.name,
            "slug": self.slug,
            "email": self.email,
            "scheduling_url": format!("https://calendly.com/{}", self.slug),
            "timezone": self.timezone,
            "time_notation": "24h",
            "avatar_url": null,
            "locale": "en",
            "created_at": self.created_at,
            "updated_at": self.updated_at,
        })
    }

    fn resource(&self, organization: &str) -> Value {
        let mut resource = self.embedded();
        resource["current_organization"] = uri("organizations", organization).into();
        resource["resource_type"] = "User".into();
        resource
    }
}

fn show(call: &Call, account: &mut Account) -> Outcome {
    let id = if call.id() == "me" { &call.caller } else { call.id() };
    let user = found(account.user(id))?;
    Ok(Answer::resource(user.resource(&account.organization.id)))
}
