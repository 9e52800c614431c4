//! `sovrium-host simulator`: what works without anybody asking for it.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, ensure};
use host_harness::simulator::Simulator;
use reqwest::Method;
use serde_json::{Value, json};

use crate::receiver::Receiver;
use crate::support::{Reply, client, send, text};

/// Ends the process whatever becomes of the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts a simulator, and answers it with what it says about itself.
fn start() -> Result<(Running, Value)> {
    let mut child = Command::new(env!("CARGO_BIN_EXE_sovrium-host"))
        .args(["simulator", "--port", "0", "--json"])
        .stdout(Stdio::piped())
        .spawn()?;
    let output = child.stdout.take().context("no output")?;
    let running = Running(child);
    let mut output = BufReader::new(output);
    let mut document = String::new();
    loop {
        ensure!(output.read_line(&mut document)? > 0, "it ended: {document}");
        if let Ok(facts) = serde_json::from_str(&document) {
            return Ok((running, facts));
        }
    }
}

async fn ask(facts: &Value, method: Method, path: &str, body: Option<&Value>) -> Result<Reply> {
    let url = format!("{}{path}", text(facts, "origin")?);
    let mut request =
        client()?.request(method, url).bearer_auth(text(facts, "personalAccessToken")?);
    if let Some(body) = body {
        request = request.header("content-type", "application/json").body(body.to_string());
    }
    send(request).await
}

#[tokio::test]
async fn webhooks_are_sent_as_soon_as_something_happens() -> Result<()> {
    let (_running, facts) = start()?;
    assert_eq!(facts["webhookSigningKey"], Simulator::WEBHOOK_SIGNING_KEY);
    let receiver = Receiver::new().await?;
    let me = ask(&facts, Method::GET, "/users/me", None).await?;
    let subscription = json!({
        "url": format!("{}/hook", receiver.origin),
        "events": ["contact.created"],
        "organization": me.resource()["current_organization"],
        "scope": "organization",
        "signing_key": "mine",
    });
    let reply = ask(&facts, Method::POST, "/webhook_subscriptions", Some(&subscription)).await?;
    assert_eq!(reply.status, 201, "{}", reply.text);
    let email = json!({ "email": "grace@home.example", "is_primary": true });
    let contact = json!({ "name": "Grace", "emails": [email] });
    let reply = ask(&facts, Method::POST, "/contacts", Some(&contact)).await?;
    assert_eq!(reply.status, 201, "{}", reply.text);
    let received = receiver.next().await;
    received.signed_at("mine")?;
    assert_eq!(received.payload()["contact"]["name"], "Grace");
    Ok(())
}
