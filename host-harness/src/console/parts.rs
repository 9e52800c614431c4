//! Small parts that pages are made of.

use maud::{Markup, html};
use serde_json::Value;
use url::Url;

use super::Shared;
use super::forms::CSRF_FIELD;
use crate::error::{HostError, Retry, Violation};
use crate::host::ConnectionView;
use crate::timestamp;

/// An error: what happened, and what to do next.
pub(super) fn alert(error: &HostError) -> Markup {
    html! {
        div.alert role="alert" {
            p { strong { (error.message) } }
            p { (error.next_step) @if let Some(wait) = wait(error) { " " (wait) } }
            @if !error.violations.is_empty() {
                ul {
                    @for violation in &error.violations {
                        li {
                            @if !violation.pointer.is_empty() { code { (violation.pointer) } " " }
                            (violation.message)
                        }
                    }
                }
            }
            p.small.soft {
                "Code " code { (error.code) }
                @if let Some(id) = &error.request_id { ", Calendly's request " code { (id) } }
            }
        }
    }
}

fn wait(error: &HostError) -> Option<String> {
    match error.retry {
        Retry::AfterMs(wait) => Some(format!("Wait {} seconds.", wait.div_ceil(1_000).max(1))),
        Retry::Never | Retry::Backoff => None,
    }
}

/// All that is wrong with a form, each linked to its field.
pub(super) fn summary(
    error: &HostError,
    field_of: impl Fn(&Violation) -> Option<String>,
) -> Markup {
    html! {
        div.alert role="alert" {
            p { strong { (error.message) } }
            @if error.violations.is_empty() {
                p { (error.next_step) }
            } @else {
                ul {
                    @for violation in &error.violations {
                        li {
                            @match field_of(violation) {
                                Some(field) => a href={ "#" (field) } { (violation.message) },
                                None => {
                                    @if !violation.pointer.is_empty() {
                                        code { (violation.pointer) } " "
                                    }
                                    (violation.message)
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// A connection's state.
pub(super) fn badge(state: &str) -> Markup {
    html! { span.badge data-state=(state) { (state) } }
}

/// A moment, as far as it is away.
pub(super) fn moment(at: u64, now: u64) -> Markup {
    let exact = timestamp::rfc3339(at);
    html! { time datetime=(exact) title=(exact) { (timestamp::relative(at, now)) } }
}

/// What shows that a form is ours.
pub(super) fn csrf(shared: &Shared) -> Markup {
    html! { input type="hidden" name=(CSRF_FIELD) value=(shared.access.csrf()); }
}

/// A button that does something. `about` is for those who do not see what it stands beside.
pub(super) fn action(shared: &Shared, path: &str, label: &str, about: &str, class: &str) -> Markup {
    html! {
        form method="post" action=(path) {
            (csrf(shared))
            button class=(class) type="submit" {
                (label) @if !about.is_empty() { span.hidden { " " (about) } }
            }
        }
    }
}

/// A button that copies a text; without the script there is none.
pub(super) fn copy(label: &str, about: &str, text: &str) -> Markup {
    html! {
        button.quiet type="button" data-copy=(text) hidden {
            (label) @if !about.is_empty() { span.hidden { " " (about) } }
        }
    }
}

/// A field of a form.
pub(super) struct Field<'a> {
    pub(super) id: &'a str,
    pub(super) name: &'a str,
    pub(super) label: &'a str,
    pub(super) hint: &'a str,
    pub(super) required: bool,
    pub(super) errors: &'a [String],
}

impl Field<'_> {
    /// The field around its control.
    pub(super) fn around(&self, control: &Markup) -> Markup {
        html! {
            div.field.wrong[!self.errors.is_empty()] {
                label for=(self.id) {
                    (self.label)
                    @if !self.required { span.soft { " (optional)" } }
                }
                @if !self.hint.is_empty() { p.hint id={ (self.id) "-hint" } { (self.hint) } }
                (control)
                @if !self.errors.is_empty() {
                    p.error id={ (self.id) "-error" } { (self.errors.join(". ")) }
                }
            }
        }
    }

    /// What describes the control to those who do not see it.
    pub(super) fn described_by(&self) -> Option<String> {
        let hint = (!self.hint.is_empty()).then(|| format!("{}-hint", self.id));
        let error = (!self.errors.is_empty()).then(|| format!("{}-error", self.id));
        let both: Vec<_> = hint.into_iter().chain(error).collect();
        (!both.is_empty()).then(|| both.join(" "))
    }

    /// Whether the control holds something wrong.
    pub(super) fn invalid(&self) -> Option<&'static str> {
        (!self.errors.is_empty()).then_some("true")
    }

    /// A field for a line of text.
    pub(super) fn text(&self, value: &str) -> Markup {
        self.around(&html! {
            input type="text" id=(self.id) name=(self.name) value=(value) autocomplete="off"
                spellcheck="false" aria-describedby=[self.described_by()]
                aria-invalid=[self.invalid()];
        })
    }

    /// A field for a secret, which is never filled in.
    pub(super) fn secret(&self) -> Markup {
        self.around(&html! {
            input type="password" id=(self.id) name=(self.name) autocomplete="new-password"
                aria-describedby=[self.described_by()] aria-invalid=[self.invalid()];
        })
    }

    /// A field to choose from; each option is its value and its label.
    pub(super) fn select(&self, options: &[(String, String)], value: &str) -> Markup {
        self.around(&html! {
            select id=(self.id) name=(self.name) aria-describedby=[self.described_by()]
                aria-invalid=[self.invalid()] {
                @for (option, label) in options {
                    option value=(option) selected[option == value] { (label) }
                }
            }
        })
    }

    /// A field for several lines.
    pub(super) fn lines(&self, value: &str, class: &str, rows: usize) -> Markup {
        self.around(&html! {
            textarea class=(class) id=(self.id) name=(self.name) rows=(rows) spellcheck="false"
                aria-describedby=[self.described_by()] aria-invalid=[self.invalid()] { (value) }
        })
    }
}

/// The messages about what a pointer leads to, and about what is below it.
pub(super) fn messages(violations: &[Violation], pointer: &str) -> Vec<String> {
    let below = |violation: &&Violation| {
        violation
            .pointer
            .strip_prefix(pointer)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    violations.iter().filter(below).map(|violation| violation.message.clone()).collect()
}

/// A text as one segment of a path.
pub(super) fn segment(text: &str) -> String {
    let Ok(mut url) = Url::parse("http://localhost") else { return String::new() };
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.push(text);
    }
    url.path().trim_start_matches('/').to_owned()
}

/// A value as people read it, on one line.
pub(super) fn value(value: &Value) -> Markup {
    match value {
        Value::Null => html! { span.soft { "–" } },
        Value::Bool(true) => html! { "yes" },
        Value::Bool(false) => html! { "no" },
        Value::String(text) => words(text),
        Value::Array(items) if items.iter().all(Value::is_string) => {
            let items: Vec<_> = items.iter().filter_map(Value::as_str).collect();
            html! { (shortened(&items.join(", "))) }
        }
        Value::Number(number) => html! { (number) },
        Value::Array(_) | Value::Object(_) => html! { code { (shortened(&value.to_string())) } },
    }
}

/// A text, shorter where it is one that only machines read to its end: a moment to the minute, the
/// URI of a resource without what all of them begin with.
fn words(text: &str) -> Markup {
    if let Some(moment) = minute(text) {
        return html! { time datetime=(text) title=(text) { (moment) } };
    }
    match text.strip_prefix("https://api.calendly.com/").and_then(|path| path.split_once('/')) {
        Some((kind, id)) => html! {
            span title=(text) { (kind) " " code { (id.chars().take(8).collect::<String>()) } }
        },
        None => html! { (shortened(text)) },
    }
}

/// `2026-11-24T09:30:00.000000Z` as `2026-11-24 09:30`; None if it is none such.
fn minute(text: &str) -> Option<String> {
    let (date, time) = text.split_once('T')?;
    let time = time.strip_suffix('Z')?;
    let digits = |text: &str, pattern: &str| {
        text.len() >= pattern.len()
            && text
                .bytes()
                .zip(pattern.bytes())
                .all(|(is, should)| if should == b'0' { is.is_ascii_digit() } else { is == should })
    };
    let fits = date.len() == 10 && digits(date, "0000-00-00") && digits(time, "00:00:00");
    fits.then(|| format!("{date} {}", time.get(..5).unwrap_or_default()))
}

/// No more than fits into a cell.
fn shortened(text: &str) -> String {
    const LONGEST: usize = 80;
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    text.chars().take(LONGEST - 1).chain(['…']).collect()
}

/// The places of a connection's pages.
pub(super) fn tabs(connection: &ConnectionView, here: &str) -> Markup {
    let path = format!("/connections/{}", connection.id);
    let tabs = [
        ("", "Overview"),
        ("/data", "Data"),
        ("/operations", "Operations"),
        ("/events", "Events"),
        ("/activity", "Activity"),
    ];
    html! {
        nav.tabs aria-label="Connection" {
            @for (tail, label) in tabs {
                a href={ (path) (tail) } aria-current=[(here == tail).then_some("page")] { (label) }
            }
        }
    }
}

/// The head of a connection's pages.
pub(super) fn heading(connection: &ConnectionView, here: &str) -> Markup {
    html! {
        p.crumbs { a href="/connections" { "Connections" } }
        div.heading {
            h1 { (connection.name) }
            div data-live="badge" { (badge(connection.state)) }
        }
        (tabs(connection, here))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_leads_to_one_place() {
        assert_eq!(segment("user:1"), "user:1");
        assert_eq!(segment("a/b?c#d e"), "a%2Fb%3Fc%23d%20e");
    }

    #[test]
    fn messages_are_of_a_field_and_what_is_in_it() {
        let violation = |pointer: &str, message: &str| Violation {
            pointer: pointer.to_owned(),
            rule: String::new(),
            message: message.to_owned(),
        };
        let all = [violation("/name", "a"), violation("/name/0", "b"), violation("/names", "c")];
        assert_eq!(messages(&all, "/name"), ["a", "b"]);
    }

    #[test]
    fn what_machines_read_is_shorter() {
        let shown = |text: &str| value(&Value::from(text)).into_string();
        assert!(shown("2026-11-24T09:30:05.123456Z").contains(">2026-11-24 09:30<"));
        assert!(
            shown("https://api.calendly.com/users/71c18690-ee42").contains("<code>71c18690</code>")
        );
        for other in ["T", "2026-11-24T", "2026-11-24Tü9:30:00Z", "https://api.calendly.com/x"] {
            assert_eq!(shown(other), other);
        }
    }

    #[test]
    fn what_is_long_is_shortened() {
        assert_eq!(value(&Value::from("é".repeat(81))).into_string().chars().count(), 80);
        assert_eq!(value(&Value::from("<b>")).into_string(), "&lt;b&gt;");
    }
}
