//! Reads that go out together.

use super::*;

fn calls(count: usize) -> Vec<Call> {
    (0..count).map(|number| Call::get(format!("/items/{number}"))).collect()
}

/// Answers `/items/7` with 7.
fn number(path: &str) -> Value {
    path.rsplit('/').next().unwrap().parse::<u64>().unwrap().into()
}

#[test]
fn answers_come_in_the_order_of_the_calls_five_requests_at_once() {
    let (host, connection) = connected();
    host.serve(|_, sent| Ok(reply(200, number(sent.path()))));
    let client = Client::new(&host, &connection, START + 60_000);
    let answers = client.send_all(&calls(12)).unwrap();
    assert_eq!(answers, (0..12).map(Value::from).collect::<Vec<_>>());
    assert_eq!(host.batches(), [5, 5, 2]);
    assert_eq!(host.acquired().len(), 12);
    assert_eq!(client.send_all(&[]).unwrap(), Vec::<Value>::new());
}

#[test]
fn one_that_fails_is_sent_again_by_itself() {
    let (host, connection) = connected();
    let failed = std::cell::Cell::new(0);
    host.serve(move |_, sent| {
        if sent.path() == "/items/1" && failed.replace(failed.get() + 1) == 0 {
            return Err(interrupted());
        }
        Ok(reply(200, number(sent.path())))
    });
    let client = Client::new(&host, &connection, START + 60_000);
    assert_eq!(client.send_all(&calls(3)).unwrap(), [0, 1, 2].map(Value::from));
    let again = host.sent_lines();
    assert_eq!(again[3..], ["GET /items/1".to_owned()]);
}

#[test]
fn a_failure_that_remains_is_told() {
    let (host, connection) = connected();
    host.serve(|_, sent| match sent.path() {
        "/items/1" => Ok(reply(404, json!({}))),
        path => Ok(reply(200, number(path))),
    });
    let client = Client::new(&host, &connection, START + 60_000);
    assert_eq!(client.send_all(&calls(3)).unwrap_err().code, ErrorCode::NotFound);
}

#[test]
fn a_batch_of_refused_tokens_is_refreshed_once() {
    let (host, connection) = connected();
    host.serve(|_, sent| {
        Ok(match sent.header("authorization") {
            Some("Bearer hush-access-2") => reply(200, number(sent.path())),
            Some("Bearer hush-access-1") => reply(401, json!({})),
            _ => reply(200, json!({"access_token": "hush-access-2"})),
        })
    });
    let client = Client::new(&host, &connection, START + 60_000);
    assert_eq!(client.send_all(&calls(7)).unwrap(), (0..7).map(Value::from).collect::<Vec<_>>());
    let refreshes = host.sent_lines().iter().filter(|line| *line == TOKEN).count();
    assert_eq!(refreshes, 1);
}
