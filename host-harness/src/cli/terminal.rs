//! What is written where: answers to standard output, errors and, with `--json`, everything else
//! to standard error. No control character gets there but the line feeds that are ours.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::process::ExitCode;

use serde::Serialize;
use serde_json::Value;

use crate::error::{ErrorCode, HostError, Retry};
use crate::printable::{on_one_line, on_several_lines};

/// What a command has to say, in both forms.
#[derive(Debug)]
pub(super) struct Answer {
    json: Value,
    text: String,
}

impl Answer {
    /// The same for programs and for people.
    pub(super) fn new(json: impl Serialize, text: impl Into<String>) -> Result<Self, HostError> {
        let json = serde_json::to_value(json).map_err(|error| {
            HostError::new(
                ErrorCode::Internal,
                format!("An answer is not JSON: {error}."),
                "Report this as a defect.",
            )
        })?;
        Ok(Self { json, text: text.into() })
    }

    /// Nothing more.
    pub(super) fn nothing() -> Self {
        Self { json: Value::Null, text: String::new() }
    }

    /// A document that people read as it is.
    pub(super) fn document(json: Value) -> Self {
        let text = format!("{json:#}");
        Self { json, text }
    }
}

/// Standard output and standard error.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terminal {
    json: bool,
}

impl Terminal {
    pub(super) fn new(json: bool) -> Self {
        Self { json }
    }

    /// Writes the answer, the one thing on standard output with `--json`.
    pub(super) fn answer(&mut self, answer: &Answer) -> ExitCode {
        if answer.text.is_empty() {
            return ExitCode::SUCCESS;
        }
        let text = if self.json { format!("{:#}", answer.json) } else { answer.text.clone() };
        write_line(io::stdout().lock(), &text)
    }

    /// Writes something that is not the answer, while the command goes on.
    pub(super) fn say(&mut self, text: &str) {
        // Nobody listens any more: the command goes on all the same.
        let _ = if self.json {
            write_line(io::stderr().lock(), text)
        } else {
            write_line(io::stdout().lock(), text)
        };
    }

    /// Writes an error.
    pub(super) fn error(&mut self, error: &HostError) -> ExitCode {
        let text = if self.json {
            serde_json::to_string_pretty(error).unwrap_or_else(|_| error.to_string())
        } else {
            in_words(error)
        };
        let _ = write_line(io::stderr().lock(), &text);
        ExitCode::FAILURE
    }
}

/// Writes a line. That nobody reads it (a closed pipe, `| head`) is no error.
fn write_line(mut stream: impl Write, text: &str) -> ExitCode {
    let text = on_several_lines(text.trim_end_matches('\n'));
    match writeln!(stream, "{text}").and_then(|()| stream.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => ExitCode::FAILURE,
        _ => ExitCode::SUCCESS,
    }
}

fn in_words(error: &HostError) -> String {
    let mut text = format!("error: {}: {}", error.code, on_one_line(&error.message));
    for violation in &error.violations {
        let place =
            if violation.pointer.is_empty() { "(the document)" } else { &violation.pointer };
        let [place, message, rule] = [place, &violation.message, &violation.rule].map(on_one_line);
        // Writing to a String cannot fail.
        let _ = write!(text, "\n  {place}: {message} [{rule}]");
    }
    if !error.next_step.is_empty() {
        let _ = write!(text, "\nwhat to do: {}", on_one_line(&error.next_step));
    }
    if let Retry::AfterMs(wait) = error.retry {
        let _ = write!(text, "\ntry again: in {} s", wait.div_ceil(1_000));
    }
    if let Some(detail) = &error.detail {
        let _ = write!(text, "\ndetail: {detail}");
    }
    if let Some(request_id) = &error.request_id {
        let _ = write!(text, "\nrequest: {}", on_one_line(request_id));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Violation;

    #[test]
    fn an_error_says_what_where_and_what_to_do() {
        let error = HostError::new(ErrorCode::InvalidConnection, "It is not valid.", "Mend it.")
            .with_violations(vec![Violation {
                pointer: "/name".to_owned(),
                rule: "unique".to_owned(),
                message: "Connection name must be unique".to_owned(),
            }]);
        assert_eq!(
            in_words(&error),
            "error: invalid-connection: It is not valid.\n  \
             /name: Connection name must be unique [unique]\nwhat to do: Mend it."
        );
    }

    #[test]
    fn what_comes_from_outside_stays_on_its_line_and_steers_nothing() {
        let evil = "a\nerror: b\u{1b}[2J\u{9b}2J";
        let error =
            HostError::new(ErrorCode::Rejected, evil, evil).with_violations(vec![Violation {
                pointer: evil.to_owned(),
                rule: evil.to_owned(),
                message: evil.to_owned(),
            }]);
        let mut written = Vec::new();
        let _ = write_line(&mut written, &in_words(&error));
        let written = String::from_utf8(written).unwrap();
        assert_eq!(written.lines().count(), 3, "{written}");
        assert!(written.chars().all(|letter| letter == '\n' || !letter.is_control()));

        let mut written = Vec::new();
        let _ = write_line(&mut written, &Answer::document(evil.into()).text);
        assert_eq!(serde_json::from_slice::<Value>(&written).unwrap(), evil);
        assert!(!String::from_utf8(written).unwrap().contains('\u{9b}'));
    }

    #[test]
    fn a_closed_pipe_is_no_error() {
        struct Closed;
        impl Write for Closed {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        assert_eq!(write_line(Closed, "text"), ExitCode::SUCCESS);
    }
}
