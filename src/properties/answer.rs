//! What Calendly answers.

use std::cell::Cell;

use serde_json::{Value, json};

use super::filter::{base, table};
use super::run;
use crate::host::fake::{
    CLIENT_SECRET, FakeHost, HUSH, REFRESH, Sent, connected, reply, with_header,
};
use crate::host::{Method, Response, TransportError};
use crate::oauth::account;
use crate::vault::{Slot, open};

/// Any bytes as what Calendly answers to an operation. It ends in an answer of the operation's
/// shape or in an error of the contract. No secret is in an error, a log line or a URL, no header
/// that is sent falls apart into several, and no write is sent again that may have been done.
///
/// The input is lines. The first is a verb and a table, as `query contacts`. Then come the answers
/// in order: a status and a body, as `200 {"collection":[]}`, below lines `name: value` of its
/// header. A line of anything else is no answer. The last one is given again and again. In an answer
/// that is not a success, `$` stands for the secrets of the request: it repeats what it was sent.
pub fn decode_any_answer(bytes: &[u8]) {
    let mut lines = bytes.split(|byte| *byte == b'\n');
    let task = String::from_utf8_lossy(lines.next().unwrap_or_default()).into_owned();
    let answers = Answers::read(lines);

    let (host, connection) = connected();
    let (turn, written) = (Cell::new(0), Cell::new(false));
    host.serve(move |host, sent| {
        // Without this, reading what never ends would take forever.
        host.advance(1_000);
        check_request(sent);
        let outcome = answers.give(turn.replace(turn.get() + 1), sent);
        if sent.request().method == Method::Post && !is_for_tokens(sent) {
            assert!(!written.get(), "a write was sent again: {}", sent.line());
            let refused = outcome.as_ref().is_ok_and(|answer| (300..500).contains(&answer.status));
            written.set(!refused);
        }
        outcome
    });

    let (verb, name) = task.split_once(' ').unwrap_or((&task, &task));
    let table = table(name);
    let id = if table.name == "invitees" { "E1/I1" } else { "R1" };
    let mut config = json!({ "baseId": base(table), "tableId": table.name });
    match verb {
        "get" | "delete" => config["recordId"] = id.into(),
        "create" => config["fields"] = new_fields(table.name),
        "update" => {
            config["recordId"] = id.into();
            config["fields"] = json!({ "name": "Ada" });
        }
        _ => {}
    }
    let operation = match verb {
        "get" => "getRecord",
        "create" => "createRecord",
        "update" => "updateRecord",
        "delete" => "deleteRecord",
        "test" => "",
        _ => "queryRecords",
    };
    if operation.is_empty() {
        if let Err(error) = account::test(&host, &connection) {
            super::check_error(&error, &Value::Null);
        }
    } else {
        // What it ends in is checked there.
        let _ = run(&host, &connection, operation, &config);
    }
    check_grant(&host);
}

/// What Calendly answers, in order; none where an answer is lost.
struct Answers(Vec<Option<Response>>);

impl Answers {
    fn read<'a>(lines: impl Iterator<Item = &'a [u8]>) -> Self {
        let (mut answers, mut headers) = (Vec::new(), Vec::new());
        for line in lines {
            if let Some(answer) = answer(line) {
                let whole =
                    headers.drain(..).fold(answer, |answer, (name, value): (String, String)| {
                        with_header(answer, &name, &value)
                    });
                answers.push(Some(whole));
            } else if let Some(field) = header(line) {
                headers.push(field);
            } else {
                answers.push(None);
            }
        }
        Self(answers)
    }

    fn give(&self, turn: usize, sent: &Sent) -> Result<Response, TransportError> {
        let answer = self.0.get(turn).or(self.0.last()).cloned().flatten();
        let mut answer = answer.ok_or(TransportError::TimedOut)?;
        let secrets = match (is_for_tokens(sent), answer.status) {
            // New tokens.
            (true, 200) => "hush-token-2".to_owned(),
            (false, 200..300) => return Ok(answer),
            (true, _) => format!("{CLIENT_SECRET} {REFRESH}"),
            (false, _) => sent.header("authorization").unwrap_or_default().to_owned(),
        };
        answer.body = replaced(&answer.body, b"$", secrets.as_bytes()).into();
        Ok(answer)
    }
}

/// `200 {…}`. The marks of secrets are taken out of it, so that what is left of them in what is told
/// can only have come from a secret.
fn answer(line: &[u8]) -> Option<Response> {
    let (status, body) = line.split_at_checked(3)?;
    let status = std::str::from_utf8(status).ok()?.parse().ok()?;
    let body = body.strip_prefix(b" ").unwrap_or(body);
    let mut body = replaced(body, HUSH.as_bytes(), b"HUSH");
    for digit in b'2'..=b'7' {
        // Letters that are spelled as codes.
        body =
            replaced(&body, &[b'\\', b'u', b'0', b'0', digit], &[b'\\', b'u', b'2', b'0', digit]);
    }
    Some(Response { body: body.into(), ..reply(status, Value::Null) })
}

/// `name: value`, as far as a host would hand it on.
fn header(line: &[u8]) -> Option<(String, String)> {
    let (name, value) = std::str::from_utf8(line).ok()?.split_once(": ")?;
    let is_name = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
    let is_value = value.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
    (is_name && is_value && !value.contains(HUSH)).then(|| (name.to_owned(), value.to_owned()))
}

fn replaced(text: &[u8], part: &[u8], other: &[u8]) -> Vec<u8> {
    let (mut replaced, mut rest) = (Vec::with_capacity(text.len()), text);
    while let Some((first, after)) = rest.split_first() {
        if let Some(after) = rest.strip_prefix(part) {
            replaced.extend_from_slice(other);
            rest = after;
        } else {
            replaced.push(*first);
            rest = after;
        }
    }
    replaced
}

fn check_request(sent: &Sent) {
    let request = sent.request();
    assert!(!request.url.contains(HUSH), "a secret in a URL: {}", request.url);
    for (name, value) in &request.headers {
        let fits = value.expose().bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
        assert!(fits, "{name} is no header field of its own");
    }
}

fn is_for_tokens(sent: &Sent) -> bool {
    sent.path().contains("auth.calendly.com")
}

/// Whatever happened, what is stored opens to an access and a refresh token.
fn check_grant(host: &FakeHost) {
    let stored = host.stored(1).expect("a grant").grant;
    let tokens = open(host, 1, Slot::Tokens, &stored.tokens).expect("tokens that open");
    let lines = tokens.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    assert_eq!(lines.count(), 2, "an access and a refresh token");
}

/// The fields of a new record that Calendly is asked to make; in other tables, of one that is
/// refused before.
fn new_fields(table: &str) -> Value {
    match table {
        "contacts" => json!({ "Name": "Ada", "Email": "ada@example.com", "Status": "Active" }),
        "contact_custom_fields" => json!({ "label": "Size", "field_type": "text" }),
        "contact_notes" => json!({ "contact": "R1", "body": "A note" }),
        "invitees" => json!({
            "name": "Ada", "email": "ada@example.com", "timezone": "Europe/Paris",
            "event_type": "R1", "start_time": "2026-12-01T09:00:00Z",
        }),
        "invitee_no_shows" => json!({ "invitee": "E1/I1" }),
        "scheduling_links" => json!({ "event_type": "R1" }),
        "one_off_event_types" => json!({
            "name": "Ada", "duration": 30,
            "date_setting": { "type": "days_in_future", "days": 5, "only_weekdays": false },
        }),
        "shares" => json!({ "event_type": "R1", "name": "Ada" }),
        "organization_invitations" => json!({ "email": "ada@example.com" }),
        "webhook_subscriptions" => json!({
            "callback_url": "https://example.com/hooks", "events": ["invitee.created"],
        }),
        _ => json!({ "name": "Ada" }),
    }
}
