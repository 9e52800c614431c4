//! The URIs of resources. They name the real service, wherever the simulator listens.

/// What every resource URI starts with.
pub(crate) const API: &str = "https://api.calendly.com";
/// Where the OAuth endpoints are.
pub(crate) const AUTH: &str = "https://auth.calendly.com";

/// The URI of a resource.
pub(crate) fn uri(family: &str, id: &str) -> String {
    format!("{API}/{family}/{id}")
}

/// The id in a URI of a `family` resource.
pub(crate) fn id_of<'a>(uri: &'a str, family: &str) -> Option<&'a str> {
    let rest = uri.strip_prefix(API)?.strip_prefix('/')?.strip_prefix(family)?;
    let id = rest.strip_prefix('/')?;
    (!id.is_empty() && !id.contains(['/', '?', '#'])).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_full_uris_of_the_family_are_references() {
        assert_eq!(id_of("https://api.calendly.com/users/abc", "users"), Some("abc"));
        for wrong in
            ["abc", "https://api.calendly.com/users/", "https://api.calendly.com/users/a/b"]
        {
            assert_eq!(id_of(wrong, "users"), None, "{wrong}");
        }
        assert_eq!(id_of("https://api.calendly.com/groups/abc", "users"), None);
    }
}
