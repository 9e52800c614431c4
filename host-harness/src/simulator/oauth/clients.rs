//! The apps that are registered.

use url::Url;

/// The client id of the simulator's own app.
pub(crate) const CLIENT_ID: &str = "sim_client_7f3a";
/// Its secret, which protects nothing.
pub(crate) const CLIENT_SECRET: &str = "sim_secret_for_the_simulator_only";
/// The client id that examples use.
pub(crate) const EXAMPLE_CLIENT_ID: &str = "calendly_client_xyz789";
/// Its secret, which protects nothing either.
pub(crate) const EXAMPLE_CLIENT_SECRET: &str = "secret_calendly_abc123";

/// What webhooks of both apps are signed with, unless the simulator is set up otherwise.
pub(crate) const WEBHOOK_SIGNING_KEY: &str = "sim_webhook_signing_key_for_the_simulator_only";

/// A registered app.
pub(crate) struct Client {
    pub(crate) id: &'static str,
    pub(crate) secret: &'static str,
    pub(crate) name: &'static str,
}

const CLIENTS: [Client; 2] = [
    Client { id: CLIENT_ID, secret: CLIENT_SECRET, name: "Simulator Test App" },
    Client { id: EXAMPLE_CLIENT_ID, secret: EXAMPLE_CLIENT_SECRET, name: "Sovrium" },
];

/// The app with this id.
pub(crate) fn find(id: &str) -> Option<&'static Client> {
    CLIENTS.iter().find(|client| client.id == id)
}

/// The app with this id, if the secret is its.
pub(crate) fn authenticate(id: &str, secret: &str) -> Option<&'static Client> {
    find(id).filter(|client| client.secret == secret)
}

/// Whether a redirect URI is registered. Without a list, those count that a sandbox app could have.
pub(crate) fn redirect_uri_is_registered(uri: &str, registered: Option<&[String]>) -> bool {
    if let Some(registered) = registered {
        return registered.iter().any(|known| known == uri);
    }
    let Ok(url) = Url::parse(uri) else {
        return false;
    };
    let loopback = matches!(url.host_str(), Some("localhost" | "127.0.0.1"));
    url.fragment().is_none() && (url.scheme() == "https" || (url.scheme() == "http" && loopback))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_list_loopback_and_https_are_registered() {
        for uri in ["http://localhost/cb", "http://127.0.0.1:8099/cb", "https://app.example/cb"] {
            assert!(redirect_uri_is_registered(uri, None), "{uri}");
        }
        for uri in ["http://app.example/cb", "javascript:alert(1)", "https://app.example/#x", "/cb"]
        {
            assert!(!redirect_uri_is_registered(uri, None), "{uri}");
        }
        let list = ["https://app.example/cb".to_owned()];
        assert!(redirect_uri_is_registered("https://app.example/cb", Some(&list)));
        assert!(!redirect_uri_is_registered("https://app.example/cb/", Some(&list)));
    }
}
