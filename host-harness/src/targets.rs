//! Targets: whom events are handed over to.

use std::fmt;
use std::process::Stdio;
use std::time::Duration;

use reqwest::{Client, redirect};
use serde_json::Value;
use sha2::{Digest, Sha256};
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;
use url::Url;

use crate::http::HttpClientError;
use crate::keyring::{KEY_VARIABLE, PLATFORM_KEY_VARIABLE};

/// How long an HTTP target may take.
const HTTP_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a command may take.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(60);

/// What a target without a filter is told: what the connector makes of the service's own events.
const USUAL: [&str; 2] = ["booking.*", "record.*"];

/// Somebody who is told of events.
#[derive(Clone)]
pub struct Target {
    name: String,
    way: Way,
    /// The triggers, `*` at the end standing for anything.
    on: Vec<String>,
}

#[derive(Clone)]
enum Way {
    Http(Client, Url),
    Command(String, Vec<String>),
}

impl Target {
    /// A URL that events are posted to, as JSON; an answer of 2xx says that they arrived.
    ///
    /// # Errors
    /// When HTTPS cannot be set up.
    pub fn url(url: Url) -> Result<Self, HttpClientError> {
        // reqwest takes its cryptography from the process's default.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .redirect(redirect::Policy::none())
            .referer(false)
            .timeout(HTTP_TIMEOUT)
            .build()?;
        Ok(Self { name: shown(&url), way: Way::Http(client, url), on: usual() })
    }

    /// A program that gets each event on its standard input, as JSON; status 0 says that it
    /// arrived. No shell is in between. None when the line is empty.
    #[must_use]
    pub fn command(line: &str) -> Option<Self> {
        let mut words = line.split_whitespace().map(str::to_owned);
        let program = words.next()?;
        let arguments: Vec<_> = words.collect();
        // An argument may be a secret.
        let name = if arguments.is_empty() { program.clone() } else { marked(&program, line) };
        Some(Self { name, way: Way::Command(program, arguments), on: usual() })
    }

    /// The same target, told of these triggers; `*` at the end of one stands for anything.
    #[must_use]
    pub fn on(mut self, triggers: Vec<String>) -> Self {
        if !triggers.is_empty() {
            self.on = triggers;
        }
        self
    }

    /// What the target is called: a URL or a program, without what may be secret in it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether the target is told of events of this trigger.
    #[must_use]
    pub fn wants(&self, trigger: &str) -> bool {
        self.on.iter().any(|on| match on.strip_suffix('*') {
            Some(start) => trigger.starts_with(start),
            None => on == trigger,
        })
    }

    /// Tells the target.
    ///
    /// # Errors
    /// Why it did not take the event, in a sentence without secrets.
    pub(crate) async fn tell(&self, id: &str, event: &Value) -> Result<(), String> {
        match &self.way {
            Way::Http(client, url) => {
                let request = client
                    .post(url.clone())
                    .header("content-type", "application/json")
                    .header("x-sovrium-event-id", printable(id))
                    .body(event.to_string());
                match request.send().await {
                    Ok(answer) if answer.status().is_success() => Ok(()),
                    Ok(answer) => Err(format!("it answered {}", answer.status().as_u16())),
                    Err(error) if error.is_timeout() => Err("it took too long".to_owned()),
                    Err(error) if error.is_connect() => Err("it cannot be reached".to_owned()),
                    Err(_) => Err("the connection broke".to_owned()),
                }
            }
            Way::Command(program, arguments) => run(program, arguments, event).await,
        }
    }
}

async fn run(program: &str, arguments: &[String], event: &Value) -> Result<(), String> {
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::inherit())
        // The keys are the host's alone.
        .env_remove(KEY_VARIABLE)
        .env_remove(PLATFORM_KEY_VARIABLE)
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| format!("it cannot be started: {error}"))?;
    let ended = async {
        if let Some(mut input) = child.stdin.take() {
            // A program may end without reading all of it; its status says what it made of it.
            let _ = input.write_all(event.to_string().as_bytes()).await;
        }
        child.wait().await
    };
    match tokio::time::timeout(COMMAND_TIMEOUT, ended).await {
        Ok(Ok(status)) if status.success() => Ok(()),
        Ok(Ok(status)) => Err(format!("it ended with {status}")),
        Ok(Err(error)) => Err(format!("it cannot be waited for: {error}")),
        Err(_) => Err("it took too long".to_owned()),
    }
}

fn usual() -> Vec<String> {
    USUAL.map(str::to_owned).to_vec()
}

/// The URL without user, password and query, which tell targets apart all the same.
fn shown(url: &Url) -> String {
    let mut shown = url.clone();
    shown.set_query(None);
    shown.set_fragment(None);
    // Both fail only for URLs that have no such parts.
    let _ = shown.set_username("");
    let _ = shown.set_password(None);
    if shown == *url {
        return url.to_string();
    }
    marked(shown.as_str(), url.as_str())
}

/// What is shown of a name, with a mark that tells the whole apart from others.
fn marked(shown: &str, whole: &str) -> String {
    format!("{shown} ({})", hex::encode(&Sha256::digest(whole)[..4]))
}

/// An id as a header takes it.
fn printable(id: &str) -> String {
    id.chars().map(|letter| if letter.is_ascii_graphic() { letter } else { '?' }).collect()
}

impl fmt::Debug for Target {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Target").field("name", &self.name).field("on", &self.on).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_told_of_what_it_asked_for() {
        let target = Target::command("cat").unwrap();
        assert!(target.wants("booking.created") && target.wants("record.deleted"));
        assert!(!target.wants("invitee.created"));
        let target = target.on(vec!["invitee.*".to_owned(), "booking.created".to_owned()]);
        assert!(target.wants("invitee.canceled") && target.wants("booking.created"));
        assert!(!target.wants("booking.canceled") && !target.wants("invitee_no_show.created"));
        assert!(Target::command("  ").is_none());
        let secret = Target::command("curl --token hush").unwrap();
        assert!(secret.name().starts_with("curl (") && !secret.name().contains("hush"));
    }

    #[test]
    fn what_may_be_secret_in_a_url_is_in_no_name() {
        let name = |text: &str| Target::url(text.parse().unwrap()).unwrap().name().to_owned();
        assert_eq!(name("https://apps.example/hooks/1"), "https://apps.example/hooks/1");
        let secret = name("https://ada:hush@apps.example/hooks/1?token=hush2#part");
        assert!(secret.starts_with("https://apps.example/hooks/1 ("), "{secret}");
        assert!(!secret.contains("hush") && !secret.contains("ada"), "{secret}");
        assert_ne!(secret, name("https://apps.example/hooks/1?token=other"));
    }

    #[tokio::test]
    async fn a_command_gets_the_event_and_its_status_counts() {
        let event = serde_json::json!({ "id": "booking.created/E1/I1" });
        let tell = async |line: &str| Target::command(line).unwrap().tell("e", &event).await;
        assert_eq!(tell("grep -q booking.created/E1/I1").await, Ok(()));
        assert_eq!(tell("grep -q another").await, Err("it ended with exit status: 1".to_owned()));
        let missing = tell("/no/such/program").await.unwrap_err();
        assert!(missing.starts_with("it cannot be started"), "{missing}");
    }
}
