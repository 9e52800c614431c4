//! The authorize URL (RFC 6749 section 4.1.1).

use url::form_urlencoded;

use super::pending::Pending;
use super::{AUTHORIZE_URL, AuthorizeRequest, PendingAuthorization, scopes};
use crate::catalog;
use crate::connection::{Connection, is_redirect_uri};
use crate::error::{Error, ErrorCode, Result, Violation, violation};
use crate::host::Host;
use crate::operations;
use crate::text::join;

/// Begins an authorization and builds the URL that a person opens. Sends nothing.
///
/// # Errors
/// `invalid-input` with everything that is wrong with the request; `unsupported` when the
/// connection has a personal access token.
pub fn authorize(
    host: &dyn Host,
    connection: &Connection,
    request: &AuthorizeRequest,
) -> Result<PendingAuthorization> {
    if connection.personal_access_token.is_some() {
        return Err(Error::new(
            ErrorCode::Unsupported,
            "The connection has a personal access token, so there is nothing to authorize.",
            "Connect it with its token.",
        ));
    }
    let mut broken = Vec::new();
    let scopes = scopes_of(connection, request, &mut broken);
    let redirect_uri = request.redirect_uri.as_ref().or(connection.redirect_uri.as_ref());
    match redirect_uri {
        None => broken.push(violation(
            "/redirectUri",
            "required",
            "A redirect URI is required: set redirectUri on the connection, or give one here",
        )),
        Some(uri) if !is_redirect_uri(uri) => broken.push(violation(
            "/redirectUri",
            "pattern",
            "Redirect URI must be an HTTPS URL, or an HTTP URL on localhost, without user name, password or fragment",
        )),
        Some(_) => {}
    }
    let Some(redirect_uri) = redirect_uri.filter(|_| broken.is_empty()) else {
        return Err(Error::invalid_input(broken));
    };
    let pending = Pending::begin(host, connection.id, redirect_uri.clone(), scopes)?;
    Ok(PendingAuthorization {
        url: url(connection, &pending),
        state: pending.state.clone(),
        pending: pending.seal(host, connection.id)?,
        scopes: pending.scopes.clone(),
        redirect_uri: pending.redirect_uri.clone(),
        expires_at: pending.expires_at,
    })
}

fn url(connection: &Connection, pending: &Pending) -> String {
    let start = format!("{AUTHORIZE_URL}?");
    form_urlencoded::Serializer::for_suffix(start.clone(), start.len())
        .append_pair("response_type", "code")
        .append_pair("client_id", &connection.client_id)
        .append_pair("redirect_uri", &pending.redirect_uri)
        .append_pair("scope", &join(pending.scopes.iter().map(String::as_str), " "))
        .append_pair("state", &pending.state)
        .append_pair("code_challenge", &pending.challenge())
        .append_pair("code_challenge_method", "S256")
        .finish()
}

/// What to ask for: what the request says, else what its operations need, else what the
/// connection says, else reading; and the account itself, by which a connection is tested.
fn scopes_of(
    connection: &Connection,
    request: &AuthorizeRequest,
    broken: &mut Vec<Violation>,
) -> Vec<String> {
    let tables = resolve(&request.tables, "/tables", "table", catalog::table, broken);
    let operations =
        resolve(&request.operations, "/operations", "operation", operations::operation, broken);
    let known = |name: &str| scopes::ALL_NAMES.iter().find(|scope| **scope == name);
    resolve(&request.scopes, "/scopes", "scope", known, broken);
    let asked = if !request.scopes.is_empty() {
        scopes::expand(&request.scopes, &tables)
    } else if !operations.is_empty() {
        scopes::least(&operations, &tables)
    } else if connection.scopes.is_empty() || !tables.is_empty() {
        scopes::reading(&tables)
    } else {
        scopes::expand(&connection.scopes, &[])
    };
    scopes::with_account(asked)
}

fn resolve<T>(
    names: &[String],
    pointer: &str,
    kind: &str,
    find: impl Fn(&str) -> Option<T>,
    broken: &mut Vec<Violation>,
) -> Vec<T> {
    let mut found = Vec::new();
    for (index, name) in names.iter().enumerate() {
        match find(name) {
            Some(known) => found.push(known),
            None => broken.push(violation(
                &format!("{pointer}/{index}"),
                "enum",
                &format!("There is no {kind} '{name}'; the manifest lists them"),
            )),
        }
    }
    found
}
