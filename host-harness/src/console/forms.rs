//! Forms as they come in: checked to be the console's own, and read.

use std::sync::Arc;

use axum::body::to_bytes;
use axum::extract::{FromRequest, FromRequestParts, Query, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Redirect, Response};
use url::form_urlencoded;

use super::notice::Notice;
use super::{Shared, layout};
use crate::error::HostError;

/// The most that a form may hold.
const LARGEST_FORM: usize = 1 << 20;

/// The field that shows that a form is the console's own.
pub(super) const CSRF_FIELD: &str = "csrf";

/// Somebody looks at a page.
pub(super) struct Visit {
    pub(super) shared: Arc<Shared>,
    /// What the page has to say first.
    pub(super) notice: Option<Notice>,
    /// The rest of the query.
    pub(super) query: Fields,
}

impl FromRequestParts<Arc<Shared>> for Visit {
    type Rejection = Response;

    async fn from_request_parts(
        parts: &mut Parts,
        shared: &Arc<Shared>,
    ) -> Result<Self, Self::Rejection> {
        let Query(mut query) = Query::<Vec<(String, String)>>::from_request_parts(parts, shared)
            .await
            .map_err(axum::response::IntoResponse::into_response)?;
        let number =
            query.iter().find(|(name, _)| name == "notice").map(|(_, value)| value.parse());
        query.retain(|(name, _)| name != "notice");
        let notice = number.and_then(|number| shared.notices.take(number.ok()?));
        Ok(Self { shared: Arc::clone(shared), notice, query: Fields(query) })
    }
}

/// Somebody sent a form of the console's.
pub(super) struct Posted {
    pub(super) shared: Arc<Shared>,
    pub(super) fields: Fields,
}

impl FromRequest<Arc<Shared>> for Posted {
    type Rejection = Response;

    async fn from_request(request: Request, shared: &Arc<Shared>) -> Result<Self, Self::Rejection> {
        let Ok(body) = to_bytes(request.into_body(), LARGEST_FORM).await else {
            return Err(layout::plain(
                StatusCode::PAYLOAD_TOO_LARGE,
                "The form is too large",
                "A form holds 1 MB at most. Go back and enter less.",
            ));
        };
        let fields = Fields(form_urlencoded::parse(&body).into_owned().collect());
        if !shared.access.is_own_form(fields.text(CSRF_FIELD)) {
            return Err(layout::plain(
                StatusCode::FORBIDDEN,
                "This form is out of date",
                "The console was started anew since the form was opened. Nothing was changed. Go \
                 back, load the page again, and repeat it.",
            ));
        }
        Ok(Self { shared: Arc::clone(shared), fields })
    }
}

impl Posted {
    /// Goes on to another page, which says what was done.
    pub(super) fn done(&self, path: &str, text: impl Into<String>) -> Response {
        self.lead(path, Notice::Done(text.into()))
    }

    /// Goes on to another page, which says what was not done.
    pub(super) fn failed(&self, path: &str, error: HostError) -> Response {
        self.lead(path, Notice::Failed(error))
    }

    fn lead(&self, path: &str, notice: Notice) -> Response {
        lead(&self.shared, path, notice)
    }
}

/// A redirect to a page that shows the notice.
pub(super) fn lead(shared: &Shared, path: &str, notice: Notice) -> Response {
    let number = shared.notices.put(notice);
    let separator = if path.contains('?') { '&' } else { '?' };
    Redirect::to(&format!("{path}{separator}notice={number}")).into_response()
}

/// Names and values, in order; a name may stand several times.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Fields(pub(super) Vec<(String, String)>);

impl Fields {
    /// The first value of that name.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The same, empty when it is not there.
    pub(super) fn text(&self, name: &str) -> &str {
        self.get(name).unwrap_or_default()
    }

    /// All values of that name.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The fields of that name replaced by one, as a query.
    pub(super) fn with(&self, name: &str, value: Option<&str>) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (known, value) in
            self.0.iter().filter(|(known, value)| known != name && !value.is_empty())
        {
            query.append_pair(known, value);
        }
        if let Some(value) = value {
            query.append_pair(name, value);
        }
        query.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_and_replaced() {
        let pairs = [("a", "1"), ("b", ""), ("a", "2"), ("c", "x y")];
        let fields = Fields(pairs.map(|(name, value)| (name.into(), value.into())).to_vec());
        assert_eq!((fields.get("a"), fields.get("z"), fields.text("z")), (Some("1"), None, ""));
        assert_eq!(fields.all("a").collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!(fields.with("a", Some("3")), "c=x+y&a=3");
        assert_eq!(fields.with("c", None), "a=1&a=2");
    }
}
