//! How many meetings somebody wants to have at most. Everybody sees and sets only their own.

use serde_json::{Value, json};

use crate::simulator::account::Account;
use crate::simulator::answer::{Answer, Outcome};
use crate::simulator::call::{Call, Endpoint};
use crate::simulator::errors::{ApiError, Violations};
use crate::simulator::fields::Fields;
use crate::simulator::paging::unpaged;

const PATH: &str = "/user_meeting_limits";
const MOST: i64 = 9_999;

pub(crate) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::get(PATH, "availability:read", list).query(&["user"]),
    Endpoint::patch(PATH, "availability:write", update).query(&["user"]),
];

/// The limits of a user; `None` is no limit.
#[derive(Clone, Debug, Default)]
pub(crate) struct MeetingLimits {
    pub(crate) user: String,
    /// Days are those of the booked event type's time zone.
    pub(crate) daily: Option<i64>,
    /// From Sunday to Saturday.
    pub(crate) weekly: Option<i64>,
    /// Of a month of the calendar.
    pub(crate) monthly: Option<i64>,
}

impl MeetingLimits {
    /// The limits of a user: none unless they were set.
    pub(crate) fn of(account: &Account, user: &str) -> Self {
        let known = account.availability.limits.iter().find(|limits| limits.user == user);
        known.cloned().unwrap_or_else(|| Self { user: user.to_owned(), ..Self::default() })
    }

    fn resource(&self) -> Value {
        json!({
            "daily_limit": self.daily,
            "weekly_limit": self.weekly,
            "monthly_limit": self.monthly,
        })
    }
}

fn list(call: &Call, account: &mut Account) -> Outcome {
    check_own(call, account)?;
    unpaged(vec![MeetingLimits::of(account, &call.caller).resource()])
}

fn update(call: &Call, account: &mut Account) -> Outcome {
    check_own(call, account)?;
    let body = call.object()?;
    let mut fields = Fields::new(&body);
    let mut limits = MeetingLimits::of(account, &call.caller);
    let mut sent = false;
    for (name, limit) in [
        ("daily_limit", &mut limits.daily),
        ("weekly_limit", &mut limits.weekly),
        ("monthly_limit", &mut limits.monthly),
    ] {
        if fields.has(name) {
            sent = true;
            *limit = fields.number_in(name, 1, MOST);
        }
    }
    if !sent {
        fields.refuse("body", "must include at least one supported field");
    }
    fields.violations.check()?;
    let resource = limits.resource();
    let known = &mut account.availability.limits;
    known.retain(|other| other.user != limits.user);
    known.push(limits);
    Ok(Answer::resource(resource))
}

fn check_own(call: &Call, account: &Account) -> Result<(), ApiError> {
    let mut violations = Violations::default();
    let user = call.required_reference("user", "users", &mut violations);
    violations.check()?;
    account.check_member(user)?;
    if user == call.caller { Ok(()) } else { Err(ApiError::NO_PERMISSION) }
}
