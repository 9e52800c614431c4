//! Invitations to the organization.

use serde_json::{Value, json};

use crate::simulator::account::Account;
use crate::simulator::answer::{Answer, Outcome};
use crate::simulator::call::{Call, Endpoint};
use crate::simulator::errors::{ApiError, Violations};
use crate::simulator::fields::{Fields, is_email};
use crate::simulator::paging::{self, found, page};
use crate::simulator::sorting::{Key, Row, Sorting};
use crate::simulator::timestamp::Timestamp;
use crate::simulator::uris::uri;

const READ: &str = "organizations:read";
const WRITE: &str = "organizations:write";

/// How many people the organization pays for. Who is invited takes a seat until they decline.
const SEATS: usize = 25;

pub(crate) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::get("/organizations/{uuid}/invitations", READ, list).query(&[
        "count",
        "page_token",
        "sort",
        "email",
        "status",
    ]),
    Endpoint::post("/organizations/{uuid}/invitations", WRITE, create),
    Endpoint::get("/organizations/{uuid}/invitations/{invitation}", READ, show),
    Endpoint::delete("/organizations/{uuid}/invitations/{invitation}", WRITE, revoke),
];

/// That somebody was asked to join.
#[derive(Debug)]
pub(crate) struct Invitation {
    pub(crate) id: String,
    pub(crate) email: String,
    pub(crate) status: Status,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
    pub(crate) last_sent_at: Option<Timestamp>,
}

/// What became of an invitation.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Status {
    Pending,
    /// The id of the user who joined.
    Accepted(String),
    Declined,
}

impl Status {
    fn name(&self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Accepted(_) => "accepted",
            Self::Declined => "declined",
        }
    }
}

impl Row for Invitation {
    fn id(&self) -> &str {
        &self.id
    }

    fn key(&self, _field: &str) -> Key<'_> {
        Key::Number(self.created_at.micros())
    }
}

impl Invitation {
    pub(crate) fn resource(&self, account: &Account) -> Value {
        let organization = uri("organizations", &account.organization.id);
        let mut resource = json!({
            "uri": format!("{organization}/invitations/{}", self.id),
            "organization": organization,
            "email": self.email,
            "status": self.status.name(),
            "created_at": self.created_at,
            "updated_at": self.updated_at,
            "last_sent_at": self.last_sent_at,
        });
        // The key is absent until there is a user.
        if let Status::Accepted(user) = &self.status {
            resource["user"] = uri("users", user).into();
        }
        resource
    }

    fn is_to(&self, email: &str) -> bool {
        self.email.eq_ignore_ascii_case(email)
    }
}

fn list(call: &Call, account: &mut Account) -> Outcome {
    let mut violations = Violations::default();
    let default = Sorting::ascending("created_at");
    let sorting = Sorting::of(call, &["created_at"], default, &mut violations);
    let status = call.choice("status", &["pending", "accepted", "declined"], &mut violations);
    paging::check(call, &mut violations);
    violations.check()?;
    check_organization(call, account)?;

    let email = call.parameter("email");
    let rows = account.invitations.values().filter(|invitation| {
        status.is_none_or(|status| invitation.status.name() == status)
            && email.is_none_or(|email| invitation.is_to(email))
    });
    page(call, Violations::default(), rows, &sorting, |invitation| invitation.resource(account))
}

/// A "Race Condition" cannot happen here, a trial account's limit neither, and SCIM is off.
fn create(call: &Call, account: &mut Account) -> Outcome {
    let body = call.object()?;
    let mut fields = Fields::new(&body);
    let email = fields.required_text("email").unwrap_or_default();
    fields.violations.check()?;
    check_organization(call, account)?;
    check_address(email, account)?;
    let pending = account.invitations.values().filter(|one| one.status == Status::Pending);
    if account.memberships.len() + pending.count() >= SEATS {
        return Err(ApiError::PermissionDenied(
            "You already sent all the invitations you're allotted based upon the number of seats \
             purchased with your account. Please purchase more seats to send more invitations.",
        ));
    }

    let invitation = Invitation {
        id: account.random.uuid(),
        email: email.to_owned(),
        status: Status::Pending,
        created_at: call.now,
        updated_at: call.now,
        last_sent_at: Some(call.now),
    };
    let resource = invitation.resource(account);
    account.invitations.insert(invitation.id.clone(), invitation);
    Ok(Answer::created(resource))
}

/// Refuses addresses that cannot be invited. Who has declined can be asked again.
fn check_address(email: &str, account: &Account) -> Result<(), ApiError> {
    let refused = |title, message| Err(ApiError::Refused { title, message });
    if !is_email(email) {
        return refused("Invalid Email", format!("{email} is an invalid email format"));
    }
    let mut members = account.memberships.iter().filter_map(|one| account.user(&one.user));
    if members.any(|user| user.email.eq_ignore_ascii_case(email)) {
        return refused(
            "Already Organization Member",
            format!("{email} is already in the organization"),
        );
    }
    let mut invitations = account.invitations.values();
    if invitations.any(|one| one.status == Status::Pending && one.is_to(email)) {
        return refused("Already Invited", format!("{email} has already been invited"));
    }
    Ok(())
}

fn show(call: &Call, account: &mut Account) -> Outcome {
    Ok(Answer::resource(invitation(call, account)?.resource(account)))
}

fn revoke(call: &Call, account: &mut Account) -> Outcome {
    let invitation = invitation(call, account)?;
    if matches!(invitation.status, Status::Accepted(_)) {
        return Err(ApiError::Refused {
            title: "Invitation Already Accepted",
            message: "The invitation has already been accepted.".to_owned(),
        });
    }
    let id = invitation.id.clone();
    account.group_relationships.retain(|one| !one.owner.is_invitation(&id));
    account.invitations.remove(&id);
    Ok(Answer::none())
}

/// The invitation in the path, for those who may see it. The documentation names the refusals of
/// the deletion only; reading is refused likewise here.
fn invitation<'a>(call: &Call, account: &'a Account) -> Result<&'a Invitation, ApiError> {
    check_admin(call, account)?;
    let invitation = found(account.invitations.get(call.path_parameter("invitation")))?;
    if call.id() != account.organization.id {
        return Err(ApiError::NO_PERMISSION);
    }
    Ok(invitation)
}

/// Refuses an organization that does not exist, and members who are no admins of this one.
fn check_organization(call: &Call, account: &Account) -> Result<(), ApiError> {
    found((call.id() == account.organization.id).then_some(()))?;
    check_admin(call, account)
}

fn check_admin(call: &Call, account: &Account) -> Result<(), ApiError> {
    if account.is_admin(&call.caller) { Ok(()) } else { Err(ApiError::NO_ACCESS) }
}
