//! What a host is made with.

use std::fmt;

use crate::budget::Ceilings;
use crate::http::HttpOptions;
use crate::keyring::Keyring;
use crate::origin::OriginMap;
use crate::random::{SharedRandom, system_random};

/// The only origins that the Calendly connector may reach.
const CALENDLY_ORIGINS: [&str; 2] = ["https://api.calendly.com", "https://auth.calendly.com"];

/// What a host is made with, besides component and store. The clock is the store's.
#[derive(Clone)]
pub struct HostOptions {
    /// The keys that secrets are sealed with.
    pub keyring: Keyring,
    /// Where the connector may go.
    pub http: HttpOptions,
    /// The rate limits.
    pub ceilings: Ceilings,
    /// Randomness.
    pub random: SharedRandom,
}

impl HostOptions {
    /// Calendly's origins and limits, the system's randomness.
    #[must_use]
    pub fn new(keyring: Keyring) -> Self {
        let origins = CALENDLY_ORIGINS.iter().filter_map(|text| text.parse().ok()).collect();
        Self {
            keyring,
            http: HttpOptions::new(origins),
            ceilings: Ceilings::default(),
            random: system_random(),
        }
    }

    /// With these origins standing in for others.
    #[must_use]
    pub fn with_origin_map(mut self, origin_map: OriginMap) -> Self {
        self.http.origin_map = origin_map;
        self
    }

    /// With this source of randomness.
    #[must_use]
    pub fn with_random(mut self, random: SharedRandom) -> Self {
        self.random = random;
        self
    }
}

impl fmt::Debug for HostOptions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("HostOptions").field("http", &self.http).finish_non_exhaustive()
    }
}
