//! Redirect URIs: HTTPS, or HTTP on this machine (RFC 8252 section 8.3), no fragment (RFC 6749
//! section 3.1.2), no user information.

/// Says whether an OAuth app could have registered the text as its redirect URI.
///
/// Narrower than RFC 3986: the scheme is written in lower case, host names are ASCII
/// (internationalised ones in punycode), and an IPv6 address can only be the loopback.
#[must_use]
pub fn is_redirect_uri(text: &str) -> bool {
    let (rest, https) = match (text.strip_prefix("https://"), text.strip_prefix("http://")) {
        (Some(rest), _) => (rest, true),
        (_, Some(rest)) => (rest, false),
        _ => return false,
    };
    let (rest, query) = rest.split_once('?').map_or((rest, ""), |(rest, query)| (rest, query));
    let authority = rest.split('/').next().unwrap_or_default();
    let path = rest.strip_prefix(authority).unwrap_or_default();
    // The brackets of an IPv6 address hold colons of their own.
    let host = if authority.starts_with('[') {
        authority.split_inclusive(']').next()
    } else {
        authority.split(':').next()
    };
    let host = host.unwrap_or_default();
    let port = authority.strip_prefix(host).unwrap_or_default();
    let loopback = matches!(host, "localhost" | "127.0.0.1" | "[::1]");
    let host_fits = loopback || https && (is_name(host) || is_ipv4(host));
    host_fits
        && (port.is_empty() || port.strip_prefix(':').is_some_and(is_port))
        && is_escaped(path, b"")
        && is_escaped(query, b"?")
}

/// Dotted labels, the last of which begins with a letter, so that it is not an address.
fn is_name(host: &str) -> bool {
    let mut labels = host.split('.');
    let last = labels.next_back().unwrap_or_default();
    let is_label = |label: &str| {
        !label.is_empty()
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
    };
    is_label(last)
        && last.starts_with(|first: char| first.is_ascii_alphabetic())
        && labels.all(is_label)
}

fn is_ipv4(host: &str) -> bool {
    let is_byte =
        |part: &str| part.parse::<u8>().is_ok() && (part == "0" || !part.starts_with(['0', '+']));
    host.split('.').count() == 4 && host.split('.').all(is_byte)
}

fn is_port(digits: &str) -> bool {
    !digits.starts_with(['0', '+']) && digits.parse::<u16>().is_ok()
}

/// Unreserved characters, sub-delimiters, `:`, `@`, `/`, percent escapes, and `more`.
fn is_escaped(text: &str, more: &[u8]) -> bool {
    let mut bytes = text.bytes();
    let is_hex = |digit: Option<u8>| digit.is_some_and(|digit| digit.is_ascii_hexdigit());
    while let Some(byte) = bytes.next() {
        let fits = if byte == b'%' {
            is_hex(bytes.next()) && is_hex(bytes.next())
        } else {
            byte.is_ascii_alphanumeric()
                || b"._~!$&'()*+,;=:@/-".contains(&byte)
                || more.contains(&byte)
        };
        if !fits {
            return false;
        }
    }
    true
}
