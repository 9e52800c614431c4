//! A person with a browser, for tests: opens the consent page and answers it.

use std::sync::Arc;

use anyhow::{Context, Result, bail};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode};
use url::{Url, form_urlencoded};

/// What the person answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Allow everything that is asked for.
    Allow,
    /// Allow, with only these scopes ticked.
    AllowOnly(Vec<String>),
    /// Deny.
    Deny,
}

/// Opens an authorize URL on the simulator, answers the page, and returns the address that the
/// browser is sent to then. Nobody goes there.
///
/// # Errors
///
/// If the simulator cannot be reached or shows an error page.
pub async fn decide(authorize_url: &str, decision: Decision) -> Result<String> {
    let client = client()?;
    let page = client.get(authorize_url).send().await.context("opening the consent page")?;
    // What is wrong with a request can be told to the app without asking anybody.
    if page.status() == StatusCode::FOUND {
        return location(&page);
    }
    let status = page.status();
    let html = page.text().await.context("reading the consent page")?;
    if !status.is_success() {
        bail!("the simulator shows an error page: {}", text_of_alert(&html));
    }
    let form = filled_form(&html, &decision).context("the page has no consent form")?;
    let action = Url::parse(authorize_url)?.join("/oauth/authorize")?;
    let answer = client
        .post(action)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form)
        .send()
        .await
        .context("answering the consent page")?;
    if answer.status() != StatusCode::FOUND {
        bail!("the simulator answered {} to the consent form", answer.status());
    }
    location(&answer)
}

/// A client that follows nothing. It brings its own TLS settings, because `reqwest` would look for
/// a process-wide one, and because the simulator is never asked over TLS.
fn client() -> Result<Client> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    let builder = Client::builder().tls_backend_preconfigured(tls).redirect(Policy::none());
    Ok(builder.no_proxy().build()?)
}

fn location(response: &Response) -> Result<String> {
    let location = response.headers().get("location").context("a redirect without a location")?;
    Ok(location.to_str()?.to_owned())
}

/// The form as the person would send it.
fn filled_form(html: &str, decision: &Decision) -> Option<String> {
    let request = values_of(html, "request").next()?;
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("request", request);
    for scope in values_of(html, "scope") {
        let ticked = match decision {
            Decision::AllowOnly(only) => only.iter().any(|wanted| wanted == scope),
            Decision::Allow | Decision::Deny => true,
        };
        if ticked {
            form.append_pair("scope", scope);
        }
    }
    let answer = if *decision == Decision::Deny { "deny" } else { "allow" };
    Some(form.append_pair("decision", answer).finish())
}

/// The values of the inputs called `name`. The page is our own, so its form is known.
fn values_of<'a>(html: &'a str, name: &str) -> impl Iterator<Item = &'a str> {
    let start = format!("name=\"{name}\" value=\"");
    let mut rest = html;
    std::iter::from_fn(move || {
        let from = rest.find(&start)? + start.len();
        let (value, after) = rest.get(from..)?.split_once('"')?;
        rest = after;
        Some(value)
    })
}

fn text_of_alert(html: &str) -> &str {
    let text = html.split_once("role=\"alert\">").and_then(|(_, rest)| rest.split_once('<'));
    text.map_or("no reason is given", |(text, _)| text)
}
