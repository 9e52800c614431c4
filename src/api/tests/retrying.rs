use super::*;

/// Makes the next pauses as long as they can get.
fn no_luck(host: &FakeHost) {
    for ceiling in [500_u64, 1_000, 2_000] {
        host.prepare_random(&ceiling.to_le_bytes());
    }
}

#[test]
fn a_rate_limit_is_waited_for_as_long_as_the_service_says() {
    let headers: [(&[(&str, &str)], u32); 3] = [
        (&[("x-ratelimit-reset", "7")], 7_000),
        (&[("retry-after", "3")], 3_000),
        (&[("x-ratelimit-reset", "50"), ("retry-after", " 4 ")], 4_000),
    ];
    let calls = idempotent().into_iter().chain([(post(), POST)]);
    for (call, line) in calls {
        for (fields, pause) in headers {
            let (host, connection) = connected();
            host.on(line, move |_, _| {
                let start = reply(429, json!({}));
                let add = |answer, (name, value): &(&str, &str)| with_header(answer, name, value);
                Ok(fields.iter().fold(start, add))
            });
            host.answer(line, 200, json!({}));
            send(&host, &connection, &call).unwrap();
            assert_eq!(host.pauses(), [pause], "{line}");
            assert_eq!(host.observed()[0].1.pause_ms, Some(pause));
        }
    }
}

#[test]
fn a_rate_limit_that_says_nothing_is_backed_off_from() {
    let (host, connection) = connected();
    no_luck(&host);
    for _ in 0..4 {
        host.answer(POST, 429, json!({}));
    }
    let error = send(&host, &connection, &post()).unwrap_err();
    assert_eq!((error.code, error.retry), (ErrorCode::RateLimited, Retry::AfterMs(60_000)));
    assert_eq!(host.pauses(), [500, 1_000, 2_000]);
}

#[test]
fn a_failing_service_is_tried_four_times_with_growing_pauses() {
    for (call, line) in idempotent() {
        for status in [500, 502, 503, 504, 424] {
            let (host, connection) = connected();
            no_luck(&host);
            for _ in 0..4 {
                host.answer(line, status, json!({}));
            }
            let error = send(&host, &connection, &call).unwrap_err();
            assert_eq!(error.code, ErrorCode::UpstreamUnavailable, "{line} {status}");
            assert_eq!(error.retry, Retry::Backoff);
            assert_eq!(host.pauses(), [500, 1_000, 2_000], "{line} {status}");
            assert_eq!(host.acquired().len(), 4, "every try takes from the budget");
        }
    }
}

#[test]
fn pauses_are_spread_over_all_of_their_range() {
    let mut pauses = [Vec::new(), Vec::new(), Vec::new()];
    let (host, connection) = connected();
    for round in 1..=200 {
        for _ in 0..4 {
            host.fail("GET /contacts", not_sent());
        }
        send(&host, &connection, &Call::get("/contacts")).unwrap_err();
        for (of, pause) in pauses.iter_mut().zip(&host.pauses()[(round - 1) * 3..]) {
            of.push(*pause);
        }
    }
    for (of, ceiling) in pauses.iter().zip([500, 1_000, 2_000]) {
        assert!(of.iter().all(|pause| *pause <= ceiling));
        assert!(of.iter().any(|pause| *pause < ceiling / 10), "no full jitter");
        assert!(of.iter().any(|pause| *pause > ceiling / 10 * 9), "no full jitter");
    }
}

#[test]
fn without_randomness_the_pauses_are_the_longest() {
    let (host, connection) = connected();
    host.break_random();
    for _ in 0..4 {
        host.fail("GET /contacts", not_sent());
    }
    send(&host, &connection, &Call::get("/contacts")).unwrap_err();
    assert_eq!(host.pauses(), [500, 1_000, 2_000]);
}

#[test]
fn an_unavailable_service_that_says_when_to_come_back_is_believed() {
    let (host, connection) = connected();
    host.on("GET /contacts", |_, _| Ok(with_header(reply(503, json!({})), "retry-after", "9")));
    host.on("GET /contacts", |_, _| {
        // The end of the rate window, which every answer tells, has no say in this.
        Ok(with_header(reply(503, json!({})), "x-ratelimit-reset", "40"))
    });
    host.answer("GET /contacts", 200, json!({}));
    host.prepare_random(&1_000_u64.to_le_bytes());
    send(&host, &connection, &Call::get("/contacts")).unwrap();
    assert_eq!(host.pauses(), [9_000, 1_000]);
}

#[test]
fn what_is_idempotent_is_sent_again_after_a_lost_answer() {
    for (call, line) in idempotent() {
        for error in [interrupted(), TransportError::TimedOut, not_sent()] {
            let (host, connection) = connected();
            host.fail(line, error).answer(line, 200, json!({"resource": 1}));
            assert_eq!(send(&host, &connection, &call).unwrap(), json!({"resource": 1}));
        }
        let (host, connection) = connected();
        for _ in 0..4 {
            host.fail(line, interrupted());
        }
        let error = send(&host, &connection, &call).unwrap_err();
        assert_eq!((error.code, error.retry), (ErrorCode::Network, Retry::Backoff));
    }
}

#[test]
fn a_post_whose_answer_was_lost_is_not_sent_again() {
    let lost = [interrupted(), TransportError::TimedOut, TransportError::TooLarge(99)];
    for error in lost {
        let (host, connection) = connected();
        host.fail(POST, error);
        let error = send(&host, &connection, &post()).unwrap_err();
        assert_eq!((error.code, error.retry), (ErrorCode::OutcomeUnknown, Retry::Never));
        assert!(error.detail.as_ref().unwrap()["cause"].is_string());
    }
    for status in [500, 502, 503, 504] {
        let (host, connection) = connected();
        host.on(POST, move |_, _| Ok(with_header(reply(status, json!({})), "x-request-id", "r-1")));
        let error = send(&host, &connection, &post()).unwrap_err();
        assert_eq!(error.code, ErrorCode::OutcomeUnknown, "{status}");
        assert_eq!(error.request_id.as_deref(), Some("r-1"));
    }
}

#[test]
fn a_post_that_was_not_handled_is_sent_again() {
    let (host, connection) = connected();
    host.fail(POST, not_sent());
    host.answer(POST, 429, json!({}));
    host.answer(POST, 400, json!({"title": "Race Condition", "message": "try again"}));
    host.answer(POST, 201, json!({}));
    send(&host, &connection, &post()).unwrap();
    assert_eq!(host.pauses().len(), 3);
}

#[test]
fn a_delete_that_finds_nothing_after_a_lost_answer_is_done() {
    let call = || Call::delete("/contacts/C1");
    let line = "DELETE /contacts/C1";
    let (host, connection) = connected();
    host.fail(line, interrupted()).answer(line, 404, json!({}));
    assert_eq!(send(&host, &connection, &call()).unwrap(), Value::Null);
    host.answer(line, 503, json!({})).answer(line, 404, json!({}));
    assert_eq!(send(&host, &connection, &call()).unwrap(), Value::Null);
    // Nothing was sent before, so there never was such a thing.
    host.fail(line, not_sent()).answer(line, 404, json!({}));
    assert_eq!(send(&host, &connection, &call()).unwrap_err().code, ErrorCode::NotFound);
    host.answer(line, 404, json!({}));
    assert_eq!(send(&host, &connection, &call()).unwrap_err().code, ErrorCode::NotFound);
    host.fail("GET /contacts/C1", interrupted()).answer("GET /contacts/C1", 404, json!({}));
    let error = send(&host, &connection, &Call::get("/contacts/C1")).unwrap_err();
    assert_eq!(error.code, ErrorCode::NotFound);
}

#[test]
fn what_trying_again_does_not_mend_is_not_tried_again() {
    for status in [400, 403, 404, 409, 422] {
        let (host, connection) = connected();
        host.answer("GET /contacts", status, json!({}));
        send(&host, &connection, &Call::get("/contacts")).unwrap_err();
    }
    let (host, connection) = connected();
    host.fail("GET /contacts", TransportError::Denied("not on the list".to_owned()));
    let error = send(&host, &connection, &Call::get("/contacts")).unwrap_err();
    assert_eq!(error.code, ErrorCode::Internal);
    host.fail("GET /contacts", TransportError::TooLarge(99));
    let error = send(&host, &connection, &Call::get("/contacts")).unwrap_err();
    assert_eq!(error.code, ErrorCode::UpstreamUnavailable);
}

#[test]
fn an_answer_that_is_not_json_is_asked_for_again_but_not_by_a_post() {
    let page = || {
        let mut answer = reply(200, Value::Null);
        answer.body.extend(b"<html>Hello</html>");
        Ok(answer)
    };
    let (host, connection) = connected();
    for _ in 0..4 {
        host.on("GET /contacts", move |_, _| page());
    }
    let error = send(&host, &connection, &Call::get("/contacts")).unwrap_err();
    assert_eq!(error.code, ErrorCode::UpstreamUnavailable);
    host.on(POST, move |_, _| page());
    let error = send(&host, &connection, &post()).unwrap_err();
    assert_eq!(error.code, ErrorCode::OutcomeUnknown);
}

#[test]
fn a_post_that_can_be_repeated_is_sent_again_after_a_lost_answer() {
    for error in [interrupted(), TransportError::TimedOut] {
        let (host, connection) = connected();
        host.fail(POST, error).answer(POST, 200, json!({"resource": 1}));
        let answer = send(&host, &connection, &post().repeatable()).unwrap();
        assert_eq!(answer, json!({"resource": 1}));
    }
}
