//! What a handler answers.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value};

use super::errors::ApiError;

/// What a handler comes to.
pub(crate) type Outcome = Result<Answer, ApiError>;

/// A success.
#[derive(Debug)]
pub(crate) struct Answer {
    status: u16,
    body: Option<Value>,
}

impl Answer {
    /// 200 with one resource.
    pub(crate) fn resource(resource: Value) -> Self {
        Self { status: 200, body: Some(wrapped(resource)) }
    }

    /// 201 with the new resource.
    pub(crate) fn created(resource: Value) -> Self {
        Self { status: 201, body: Some(wrapped(resource)) }
    }

    /// 202 with an empty object: it will be done.
    pub(crate) fn accepted() -> Self {
        Self { status: 202, body: Some(Value::Object(Map::new())) }
    }

    /// 200 with a body of its own shape.
    pub(crate) fn body(body: Value) -> Self {
        Self { status: 200, body: Some(body) }
    }

    /// The same with another key beside the resource.
    pub(crate) fn beside(mut self, name: &str, value: Value) -> Self {
        if let Some(Value::Object(body)) = &mut self.body {
            body.insert(name.to_owned(), value);
        }
        self
    }

    /// 204 without a body.
    pub(crate) fn none() -> Self {
        Self { status: 204, body: None }
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        match self.body {
            Some(body) => json_response(self.status, &body),
            None => with_status(self.status, Response::new(Body::empty())),
        }
    }
}

/// `{"resource": …}`.
fn wrapped(resource: Value) -> Value {
    Value::Object(Map::from_iter([("resource".to_owned(), resource)]))
}

/// A JSON response with the content type of the real service.
pub(crate) fn json_response(status: u16, body: &Value) -> Response {
    text_response(status, "application/json; charset=utf-8", body.to_string())
}

/// A response with any text.
pub(crate) fn text_response(status: u16, content_type: &'static str, body: String) -> Response {
    let mut response = with_status(status, Response::new(Body::from(body)));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

fn with_status(status: u16, mut response: Response) -> Response {
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
    response
}
