//! Origins (RFC 6454): where the connector may send requests, and where they really go.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use url::{Position, Url};

/// Scheme, host and port, and nothing else.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin {
    scheme: String,
    host: String,
    port: u16,
}

/// Why a text or URL has no origin that the host can use.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OriginError {
    /// Not an absolute URL of a host.
    #[error("not an absolute http or https URL")]
    NotAUrl,
    /// The URL carries a user name or password.
    #[error("a URL must not carry a user name or password")]
    UserInfo,
    /// There is more than scheme, host and port.
    #[error("an origin has no path, query or fragment")]
    MoreThanOrigin,
    /// Secrets would travel in the clear.
    #[error("plain http is only for this machine (localhost, 127.0.0.1, [::1]); use https")]
    Insecure,
    /// A mapping is not `FROM=TO`.
    #[error("a mapping is two origins, FROM=TO")]
    NotAMapping,
}

impl Origin {
    /// The origin of a URL.
    pub fn of(url: &Url) -> Result<Self, OriginError> {
        if !url.username().is_empty() || url.password().is_some() {
            return Err(OriginError::UserInfo);
        }
        if !matches!(url.scheme(), "http" | "https") {
            return Err(OriginError::NotAUrl);
        }
        match (url.host_str(), url.port_or_known_default()) {
            (Some(host), Some(port)) => {
                Ok(Self { scheme: url.scheme().to_owned(), host: host.to_owned(), port })
            }
            _ => Err(OriginError::NotAUrl),
        }
    }

    /// Whether nobody between here and there can listen.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.scheme == "https" || self.is_loopback()
    }

    /// Whether it is on this machine.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        matches!(self.host.as_str(), "localhost" | "[::1]") || is_loopback_v4(&self.host)
    }

    /// The port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }
}

fn is_loopback_v4(host: &str) -> bool {
    host.parse::<std::net::Ipv4Addr>().is_ok_and(|address| address.is_loopback())
}

impl FromStr for Origin {
    type Err = OriginError;

    fn from_str(text: &str) -> Result<Self, OriginError> {
        let url = Url::parse(text).map_err(|_| OriginError::NotAUrl)?;
        let origin = Self::of(&url)?;
        if url.path() == "/" && url.query().is_none() && url.fragment().is_none() {
            Ok(origin)
        } else {
            Err(OriginError::MoreThanOrigin)
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}://{}", self.scheme, self.host)?;
        match (self.scheme.as_str(), self.port) {
            ("https", 443) | ("http", 80) => Ok(()),
            (_, port) => write!(formatter, ":{port}"),
        }
    }
}

/// Which origin stands in for which, so that a simulator or a test server can take the place of
/// the service without the connector knowing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OriginMap(BTreeMap<Origin, Origin>);

impl OriginMap {
    /// A map from `FROM=TO` texts.
    pub fn parse<S: AsRef<str>>(
        mappings: impl IntoIterator<Item = S>,
    ) -> Result<Self, OriginError> {
        let mut map = Self::default();
        for mapping in mappings {
            let (from, to) = mapping.as_ref().split_once('=').ok_or(OriginError::NotAMapping)?;
            map.insert(from.parse()?, to.parse()?)?;
        }
        Ok(map)
    }

    /// Sends what is for `from` to `to`.
    pub fn insert(&mut self, from: Origin, to: Origin) -> Result<(), OriginError> {
        if !to.is_secure() {
            return Err(OriginError::Insecure);
        }
        self.0.insert(from, to);
        Ok(())
    }

    /// The origins that others stand in for.
    pub fn mapped(&self) -> impl Iterator<Item = &Origin> {
        self.0.keys()
    }

    /// Whether nothing is mapped.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The URL with its origin mapped; path, query and fragment stay.
    pub fn apply(&self, url: &Url) -> Result<Url, OriginError> {
        match self.0.get(&Origin::of(url)?) {
            Some(to) => Url::parse(&format!("{to}{}", &url[Position::BeforePath..]))
                .map_err(|_| OriginError::NotAUrl),
            None => Ok(url.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn scheme_host_and_port_make_an_origin() {
        let expected: Origin = "https://api.calendly.com".parse().unwrap();
        for same in ["https://API.calendly.com:443/users/me?x=1", "https://api.calendly.com/#a"] {
            assert_eq!(Origin::of(&url(same)).unwrap(), expected, "{same}");
        }
        for other in [
            "http://api.calendly.com/",
            "https://api.calendly.com:444/",
            "https://api.calendly.com.evil.example/",
            "https://api.calendly.com./",
        ] {
            assert_ne!(Origin::of(&url(other)).unwrap(), expected, "{other}");
        }
        let disguised = url("https://api.calendly.com@evil.example/");
        assert_eq!(Origin::of(&disguised), Err(OriginError::UserInfo));
        assert_eq!(Origin::of(&url("file:///etc/passwd")), Err(OriginError::NotAUrl));
    }

    #[test]
    fn a_mapping_keeps_path_and_query() {
        let map = OriginMap::parse(["https://api.calendly.com=http://127.0.0.1:8080"]).unwrap();
        let mapped = map.apply(&url("https://api.calendly.com/a%20b?c=d%26e")).unwrap();
        assert_eq!(mapped.as_str(), "http://127.0.0.1:8080/a%20b?c=d%26e");
        let untouched = url("https://auth.calendly.com/oauth/token");
        assert_eq!(map.apply(&untouched).unwrap(), untouched);
    }

    #[test]
    fn a_mapping_never_sends_secrets_in_the_clear() {
        let insecure = OriginMap::parse(["https://api.calendly.com=http://example.com"]);
        assert_eq!(insecure, Err(OriginError::Insecure));
        for bad in ["https://api.calendly.com", "a=b", "https://a.example=https://b.example/path"] {
            assert!(OriginMap::parse([bad]).is_err(), "{bad}");
        }
    }
}
