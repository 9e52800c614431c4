//! What the organization pays for, and what that allows.

use clap::ValueEnum;

use super::errors::ApiError;
use super::rates::Limit;

/// The plan of the organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Plan {
    /// Free.
    #[value(alias = "free")]
    Basic,
    /// Essentials.
    Essentials,
    /// Standard.
    Standard,
    /// Professional.
    Professional,
    /// Teams.
    Teams,
    /// Enterprise, which has everything.
    Enterprise,
}

/// What `POST /invitees` allows a user on Enterprise.
const ENTERPRISE_BOOKINGS: [Limit; 1] = [Limit::per_minute(500)];

/// What it allows on the other paid plans.
const PAID_BOOKINGS: [Limit; 3] = [Limit::per_minute(10), Limit::per_hour(50), Limit::per_day(100)];

/// What it allows on Free. The figure is not known; this is that of a trial, the smallest that is.
const FREE_BOOKINGS: [Limit; 1] = [Limit::per_day(5)];

impl Plan {
    /// What the API calls it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Basic => "basic",
            Self::Essentials => "essentials",
            Self::Standard => "standard",
            Self::Professional => "professional",
            Self::Teams => "teams",
            Self::Enterprise => "enterprise",
        }
    }

    /// The stage of an organization, which is also the tier in the headers about rates.
    pub(crate) fn stage(self) -> &'static str {
        if self == Self::Basic { "free" } else { "paid" }
    }

    /// API requests per client, user and minute.
    pub(crate) fn requests_per_minute(self) -> u32 {
        if self == Self::Basic { 50 } else { 500 }
    }

    /// Bookings over the API per user.
    pub(crate) fn bookings(self) -> &'static [Limit] {
        match self {
            Self::Basic => &FREE_BOOKINGS,
            Self::Enterprise => &ENTERPRISE_BOOKINGS,
            _ => &PAID_BOOKINGS,
        }
    }

    /// Refuses what only Enterprise has.
    pub(crate) fn require_enterprise(self) -> Result<(), ApiError> {
        self.require(Self::Enterprise, "Please upgrade your Calendly account to Enterprise.")
    }

    /// Refuses what Free does not have. The service words it differently here and there.
    pub(crate) fn require_paid(self, message: &'static str) -> Result<(), ApiError> {
        self.require(Self::Essentials, message)
    }

    fn require(self, least: Self, message: &'static str) -> Result<(), ApiError> {
        if self >= least { Ok(()) } else { Err(ApiError::PermissionDenied(message)) }
    }
}
