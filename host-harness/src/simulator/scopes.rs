//! The scope catalog, with the words the consent page uses.

/// A scope and what it lets an app do.
#[derive(Debug)]
pub(crate) struct Scope {
    pub(crate) name: &'static str,
    pub(crate) meaning: &'static str,
}

const fn scope(name: &'static str, meaning: &'static str) -> Scope {
    Scope { name, meaning }
}

/// Every scope there is.
pub(crate) const CATALOG: &[Scope] = &[
    scope("users:read", "See your name, e-mail address and time zone"),
    scope("organizations:read", "See your organization and its members"),
    scope("organizations:write", "Invite and remove members of your organization"),
    scope("groups:read", "See the groups of your organization"),
    scope("event_types:read", "See your event types"),
    scope("event_types:write", "Create and change your event types"),
    scope("availability:read", "See when you are available or busy"),
    scope("availability:write", "Change when you are available"),
    scope("locations:read", "See your meeting locations"),
    scope("scheduled_events:read", "See your scheduled events and who is invited"),
    scope("scheduled_events:write", "Book and cancel events, and mark no-shows"),
    scope("scheduling_links:write", "Create single-use scheduling links"),
    scope("shares:read", "See your customized event types"),
    scope("shares:write", "Create and change customized event types"),
    scope("routing_forms:read", "See your routing forms and their submissions"),
    scope("webhooks:read", "See who is told about changes in your account"),
    scope("webhooks:write", "Have itself told about changes in your account"),
    scope("contacts:read", "See your contacts and their details"),
    scope("contacts:write", "Add, change and delete your contacts"),
    scope("meeting_recaps:read", "See the recaps and transcripts of your meetings"),
    scope("meeting_recaps:write", "Change and delete the recaps of your meetings"),
    scope("activity_log:read", "See your organization's activity log"),
    scope("data_compliance:write", "Delete invitee and event data for good"),
    scope("outgoing_communications:read", "See the messages sent on your behalf"),
];

/// The scope of apps from before there were scopes. It covers everything and cannot be asked for.
pub(crate) const LEGACY: &str = "default";

/// The scope called `name`, if it can be asked for.
pub(crate) fn find(name: &str) -> Option<&'static Scope> {
    CATALOG.iter().find(|scope| scope.name == name)
}

/// Whether a token with `granted` may do what asks for `required`.
pub(crate) fn covers(granted: &[&str], required: &str) -> bool {
    // `contacts:write` includes `contacts:read`.
    let writing = required.strip_suffix(":read").map(|domain| format!("{domain}:write"));
    granted
        .iter()
        .any(|&scope| scope == required || scope == LEGACY || writing.as_deref() == Some(scope))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writing_includes_reading_of_the_same_domain_only() {
        assert!(covers(&["contacts:write"], "contacts:read"));
        assert!(!covers(&["contacts:read"], "contacts:write"));
        assert!(!covers(&["event_types:write"], "contacts:read"));
        assert!(covers(&["default"], "contacts:write"));
    }

    #[test]
    fn the_catalog_has_the_24_documented_scopes() {
        assert_eq!(CATALOG.len(), 24);
        assert!(find("invitees:read").is_none());
        assert!(find(LEGACY).is_none());
    }
}
