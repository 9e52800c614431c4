//! Paths without what they are about.

/// Every word in the paths of the API and of the authorization server. What is none of them is an
/// id, or something that has no place in a record; a word that is missing here costs detail, never
/// a secret.
const WORDS: &[&str] = &[
    "activity_log_entries",
    "cancellation",
    "contact_lists",
    "contacts",
    "custom_field_definitions",
    "data_compliance",
    "deletion",
    "event_type_availability_schedules",
    "event_type_available_times",
    "event_type_memberships",
    "event_types",
    "events",
    "group_relationships",
    "groups",
    "introspect",
    "invitations",
    "invitee_no_shows",
    "invitees",
    "locations",
    "me",
    "meeting_recaps",
    "memberships",
    "notes",
    "oauth",
    "one_off_event_types",
    "organization_memberships",
    "organizations",
    "outgoing_communications",
    "removal",
    "revoke",
    "routing_form_submissions",
    "routing_forms",
    "sample_webhook_data",
    "scheduled_events",
    "scheduling_links",
    "shares",
    "teams",
    "token",
    "transcript",
    "user_availability_schedules",
    "user_busy_times",
    "user_meeting_limits",
    "users",
    "webhook_subscriptions",
];

/// More segments than any path has.
const MOST_SEGMENTS: usize = 8;

/// The path of a URL with `{id}` for every segment that is no word of the API. What is no URL has
/// the path `?`.
pub(super) fn template(url: &str) -> String {
    let Ok(url) = url::Url::parse(url) else { return "?".to_owned() };
    let Some(segments) = url.path_segments() else { return "?".to_owned() };
    let mut template = String::new();
    for (index, segment) in segments.enumerate() {
        template.push('/');
        if index == MOST_SEGMENTS {
            template.push('…');
            break;
        }
        let known = WORDS.iter().find(|word| **word == segment).copied();
        template.push_str(known.unwrap_or(if segment.is_empty() { "" } else { "{id}" }));
    }
    template
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_replaced_and_nothing_else_of_the_url_is_kept() {
        for (url, path) in [
            ("https://api.calendly.com/users/me", "/users/me"),
            (
                "https://api.calendly.com/scheduled_events?user=u&invitee_email=a",
                "/scheduled_events",
            ),
            (
                "https://api.calendly.com/scheduled_events/0a1b-2c/invitees/INV?x#y",
                "/scheduled_events/{id}/invitees/{id}",
            ),
            ("https://auth.calendly.com/oauth/token", "/oauth/token"),
            ("https://api.calendly.com/contacts/jane%40example.com", "/contacts/{id}"),
            ("https://api.calendly.com/contacts/lowercase", "/contacts/{id}"),
            ("https://user:password@evil.example/token/secret", "/token/{id}"),
            ("https://api.calendly.com", "/"),
            ("https://api.calendly.com//a/", "//{id}/"),
            ("https://h/1/2/3/4/5/6/7/8/9", "/{id}/{id}/{id}/{id}/{id}/{id}/{id}/{id}/…"),
            ("data:secret", "?"),
            ("not a url", "?"),
        ] {
            assert_eq!(template(url), path, "{url}");
        }
    }

    #[test]
    fn every_path_of_the_service_is_known_word_by_word() {
        let mut paths = 0;
        for path in crate::simulator::endpoint_paths() {
            let segments: Vec<_> =
                path.split('/').map(|it| if it.starts_with('{') { "{id}" } else { it }).collect();
            let url = format!("https://api.calendly.com{}", path.replace(['{', '}'], "0"));
            assert_eq!(template(&url), segments.join("/"));
            paths += 1;
        }
        assert!(paths > 50, "{paths}");
    }
}
