//! The error bodies of the API, word for word.

use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::answer::json_response;
use super::rates::RateStatus;

/// An answer other than success.
#[derive(Clone, Debug)]
pub(crate) enum ApiError {
    InvalidArgument(Vec<Violation>),
    /// A 400 that is about no parameter: it has a title of its own and no details.
    Refused {
        title: &'static str,
        message: String,
    },
    Unauthenticated,
    /// All that are needed.
    InsufficientScope(Vec<&'static str>),
    PermissionDenied(&'static str),
    NotFound,
    AlreadyExists,
    /// A webhook subscription with the same URL.
    HookExists,
    /// What is there does not allow it.
    Conflict(&'static str),
    TooManyRequests(RateStatus),
}

/// One thing that is wrong with the parameters.
#[derive(Clone, Debug)]
pub(crate) struct Violation {
    pub(crate) parameter: String,
    pub(crate) message: String,
}

impl ApiError {
    /// An error about a single parameter.
    pub(crate) fn invalid(parameter: &str, message: &str) -> Self {
        Self::InvalidArgument(vec![Violation {
            parameter: parameter.to_owned(),
            message: message.to_owned(),
        }])
    }

    /// The generic refusal of a resource.
    pub(crate) const NO_ACCESS: Self =
        Self::PermissionDenied("You do not have permission to access this resource.");

    /// The refusal of something that needs another role.
    pub(crate) const NO_PERMISSION: Self = Self::PermissionDenied("You do not have permission");

    /// The refusal of a person from elsewhere.
    pub(crate) const OTHER_ORGANIZATION: Self =
        Self::PermissionDenied("This user is not in your organization");

    pub(crate) fn status(&self) -> u16 {
        match self {
            Self::InvalidArgument(_) | Self::Refused { .. } => 400,
            Self::Unauthenticated => 401,
            Self::InsufficientScope(_) | Self::PermissionDenied(_) => 403,
            Self::NotFound => 404,
            Self::AlreadyExists | Self::HookExists | Self::Conflict(_) => 409,
            Self::TooManyRequests(_) => 429,
        }
    }

    pub(crate) fn body(&self) -> Value {
        let (title, message) = match self {
            Self::InvalidArgument(_) => {
                ("Invalid Argument", "The supplied parameters are invalid.")
            }
            Self::Refused { title, message } => (*title, message.as_str()),
            Self::Unauthenticated => ("Unauthenticated", "The access token is invalid"),
            Self::InsufficientScope(_) => (
                "Insufficient scope",
                "This operation requires the scopes listed in the 'required_scopes' array.",
            ),
            Self::PermissionDenied(message) => ("Permission Denied", *message),
            Self::NotFound => {
                ("Resource Not Found", "The server could not find the requested resource.")
            }
            Self::AlreadyExists => ("Already Exists", "The resource already exists"),
            Self::HookExists => ("Already Exists", "Hook with this url already exists"),
            // Not documented; only the status is.
            Self::Conflict(message) => ("Conflict", *message),
            // Not documented; only the status and the headers are.
            Self::TooManyRequests(_) => ("Too Many Requests", "The rate limit has been exceeded."),
        };
        let mut body = json!({ "title": title, "message": message });
        match self {
            Self::InvalidArgument(violations) => {
                body["details"] = violations
                    .iter()
                    .map(|one| json!({ "parameter": one.parameter, "message": one.message }))
                    .collect();
            }
            Self::InsufficientScope(scopes) => body["required_scopes"] = json!(scopes),
            _ => {}
        }
        body
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = json_response(self.status(), &self.body());
        if let Self::TooManyRequests(status) = self {
            response.extensions_mut().insert(status);
        }
        response
    }
}

/// The violations found so far: all parameters are named at once, each with the first thing that
/// is wrong with it.
#[derive(Debug, Default)]
pub(crate) struct Violations(Vec<Violation>);

impl Violations {
    pub(crate) fn add(&mut self, parameter: impl Into<String>, message: impl Into<String>) {
        let (parameter, message) = (parameter.into(), message.into());
        if self.0.iter().all(|known| known.parameter != parameter) {
            self.0.push(Violation { parameter, message });
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The error that names them.
    pub(crate) fn into_error(self) -> ApiError {
        ApiError::InvalidArgument(self.0)
    }

    /// Fails if anything was found.
    pub(crate) fn check(self) -> Result<(), ApiError> {
        if self.is_empty() { Ok(()) } else { Err(self.into_error()) }
    }
}
