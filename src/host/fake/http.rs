//! Scripted HTTP.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use serde_json::Value;
use url::{Url, form_urlencoded};
use zeroize::Zeroizing;

use super::FakeHost;
use crate::api::API_ORIGIN;
use crate::host::{Http, Method, Request, Response, TransportError};

type Outcome = Result<Response, TransportError>;
type Handler = Rc<dyn Fn(&FakeHost, &Sent) -> Outcome>;

/// What the test expects to be sent, in order, and what was.
#[derive(Default)]
pub(super) struct Script {
    expected: RefCell<VecDeque<Exchange>>,
    /// Answers whatever comes when nothing is expected by itself.
    server: RefCell<Option<Handler>>,
    sent: RefCell<Vec<Sent>>,
    batches: RefCell<Vec<usize>>,
}

impl Script {
    /// The requests that did not come yet.
    pub(super) fn left(&self) -> Vec<String> {
        self.expected.borrow().iter().map(|exchange| exchange.line.clone()).collect()
    }
}

/// What the host does with a request.
type Answer = Box<dyn FnOnce(&FakeHost, &Sent) -> Outcome>;

struct Exchange {
    line: String,
    outcome: Answer,
}

impl FakeHost {
    /// Expects a request next, such as `GET /users/me` or `POST https://auth.calendly.com/…`, and
    /// says how it ends. A line with a `?` expects exactly that query, unescaped; one without
    /// leaves the query to the test.
    pub(crate) fn on(
        &self,
        line: &str,
        outcome: impl FnOnce(&Self, &Sent) -> Outcome + 'static,
    ) -> &Self {
        let exchange = Exchange { line: line.to_owned(), outcome: Box::new(outcome) };
        self.script.expected.borrow_mut().push_back(exchange);
        self
    }

    /// Expects a request next, and answers it.
    pub(crate) fn answer(&self, line: &str, status: u16, body: Value) -> &Self {
        self.on(line, move |_, _| Ok(reply(status, body)))
    }

    /// Expects a request next, which gets no answer.
    pub(crate) fn fail(&self, line: &str, error: TransportError) -> &Self {
        self.on(line, move |_, _| Err(error))
    }

    /// Answers every request that is not expected by itself.
    pub(crate) fn serve(&self, server: impl Fn(&Self, &Sent) -> Outcome + 'static) {
        *self.script.server.borrow_mut() = Some(Rc::new(server));
    }

    /// All requests so far.
    pub(crate) fn sent(&self) -> Vec<Sent> {
        self.script.sent.borrow().clone()
    }

    /// All requests so far, a line each, with their queries unescaped.
    pub(crate) fn sent_lines(&self) -> Vec<String> {
        self.script.sent.borrow().iter().map(Sent::line).collect()
    }

    /// How many requests were sent together, each time that several could be.
    pub(crate) fn batches(&self) -> Vec<usize> {
        self.script.batches.borrow().clone()
    }

    fn exchange(&self, request: Request) -> Outcome {
        let sent = Sent(request);
        self.script.sent.borrow_mut().push(sent.clone());
        let next = self.script.expected.borrow_mut().pop_front();
        let Some(exchange) = next else {
            let server = self.script.server.borrow().clone();
            let server = server.unwrap_or_else(|| panic!("not expected: {}", sent.line()));
            return server(self, &sent);
        };
        let line =
            if exchange.line.contains('?') { sent.line() } else { sent.line_without_query() };
        assert_eq!(line, exchange.line, "another request was expected");
        (exchange.outcome)(self, &sent)
    }
}

impl Http for FakeHost {
    fn send(&self, request: Request) -> Outcome {
        self.exchange(request)
    }

    fn send_all(&self, requests: Vec<Request>) -> Vec<Outcome> {
        self.script.batches.borrow_mut().push(requests.len());
        requests.into_iter().map(|request| self.exchange(request)).collect()
    }
}

/// A request that was sent.
#[derive(Clone)]
pub(crate) struct Sent(Request);

impl Sent {
    /// `GET /path?name=value`, the query unescaped.
    pub(crate) fn line(&self) -> String {
        let query: Vec<_> =
            self.query().into_iter().map(|(name, value)| format!("{name}={value}")).collect();
        let line = self.line_without_query();
        if query.is_empty() { line } else { format!("{line}?{}", query.join("&")) }
    }

    /// `/path` at the API, a whole URL elsewhere.
    pub(crate) fn path(&self) -> &str {
        let url = self.0.url.split('?').next().unwrap();
        url.strip_prefix(API_ORIGIN).unwrap_or(url)
    }

    /// The query's pairs, unescaped.
    pub(crate) fn query(&self) -> Vec<(String, String)> {
        Url::parse(&self.0.url).unwrap().query_pairs().into_owned().collect()
    }

    /// The body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(self.0.body.as_deref().expect("a body")).expect("JSON")
    }

    /// The body as a form's pairs.
    pub(crate) fn form(&self) -> Vec<(String, String)> {
        form_urlencoded::parse(self.0.body.as_deref().expect("a body")).into_owned().collect()
    }

    /// The value of a header field.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.0.headers.iter().find(|(of, _)| *of == name).map(|(_, value)| value.expose())
    }

    /// The request as it is.
    pub(crate) const fn request(&self) -> &Request {
        &self.0
    }

    fn line_without_query(&self) -> String {
        let method = match self.0.method {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Patch => "PATCH",
            Method::Delete => "DELETE",
        };
        format!("{method} {}", self.path())
    }
}

/// An answer; without a body when it is null.
pub(crate) fn reply(status: u16, body: Value) -> Response {
    let body = if body.is_null() { Vec::new() } else { serde_json::to_vec(&body).unwrap() };
    Response { status, headers: Vec::new(), body: Zeroizing::new(body) }
}

/// The same answer with a header field.
pub(crate) fn with_header(mut response: Response, name: &str, value: &str) -> Response {
    response.headers.push((name.to_owned(), value.to_owned()));
    response
}
