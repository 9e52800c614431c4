//! Values that come from a file, from standard input or from the environment.

use std::fs;
use std::io::{self, IsTerminal as _, Read as _};

use serde_json::Value;

use crate::error::{ErrorCode, HostError};

/// The text that an argument stands for: itself, `@FILE`, or `-` for standard input.
pub(super) fn text(argument: &str) -> Result<String, HostError> {
    match argument.strip_prefix('@') {
        Some(path) => fs::read_to_string(path)
            .map_err(|error| unreadable(&format!("Cannot read {path}: {error}."))),
        None if argument == "-" => standard_input(),
        None => Ok(argument.to_owned()),
    }
}

/// The JSON document that an argument stands for.
pub(super) fn json(argument: &str) -> Result<Value, HostError> {
    serde_json::from_str(&text(argument)?).map_err(|error| {
        HostError::new(
            ErrorCode::InvalidInput,
            format!("What was given is not JSON: {error}."),
            "Give a JSON document, @FILE, or - for standard input.",
        )
    })
}

/// All of standard input.
pub(super) fn standard_input() -> Result<String, HostError> {
    let mut text = String::new();
    io::stdin()
        .read_to_string(&mut text)
        .map_err(|error| unreadable(&format!("Cannot read standard input: {error}.")))?;
    Ok(text)
}

/// A secret from standard input: all of it, or what a person types at a terminal, which does not
/// show it.
pub(super) fn secret(what: &str) -> Result<String, HostError> {
    if !io::stdin().is_terminal() {
        return standard_input();
    }
    rpassword::prompt_password(format!("{what}: "))
        .map_err(|error| unreadable(&format!("Cannot read from the terminal: {error}.")))
}

/// One line of standard input, for a person who pastes something.
pub(super) fn line() -> Result<String, HostError> {
    let mut text = String::new();
    io::stdin()
        .read_line(&mut text)
        .map_err(|error| unreadable(&format!("Cannot read standard input: {error}.")))?;
    Ok(text.trim().to_owned())
}

/// A secret without the line end that editors and `echo` add.
pub(super) fn without_line_end(mut secret: String) -> String {
    secret.truncate(secret.trim_end_matches(['\r', '\n']).len());
    secret
}

pub(super) fn unreadable(message: &str) -> HostError {
    HostError::new(ErrorCode::InvalidInput, message, "Give something that can be read.")
}
