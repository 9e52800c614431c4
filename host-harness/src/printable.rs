//! Text from outside (names, messages, answers) as it may be written to a terminal or a log.

use std::borrow::Cow;
use std::fmt::Write as _;

/// The text on one line, with every control character escaped as JSON does it (`\u001b`), so that
/// none makes a line of its own or steers the terminal.
pub(crate) fn on_one_line(text: &str) -> Cow<'_, str> {
    escaped(text, char::is_control)
}

/// The same for a text of several lines that are known to be ours.
pub(crate) fn on_several_lines(text: &str) -> Cow<'_, str> {
    escaped(text, |letter| letter.is_control() && letter != '\n')
}

fn escaped(text: &str, is_dangerous: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&is_dangerous) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 8);
    for letter in text.chars() {
        if is_dangerous(letter) {
            // All control characters are below U+00A0. Writing to a String cannot fail.
            let _ = write!(escaped, "\\u{:04x}", u32::from(letter));
        } else {
            escaped.push(letter);
        }
    }
    Cow::Owned(escaped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_shown_and_do_nothing() {
        assert_eq!(on_one_line("Zoë 🚀"), "Zoë 🚀");
        assert_eq!(on_one_line("a\u{1b}[2J\nb\u{9b}c"), "a\\u001b[2J\\u000ab\\u009bc");
        assert_eq!(on_several_lines("a\u{7f}\nb\r"), "a\\u007f\nb\\u000d");
    }

    #[test]
    fn a_json_document_stays_the_same_document() {
        let document = serde_json::json!({ "name": "a\u{1b}\n\u{9b}b" });
        let shown = format!("{document:#}");
        let shown = on_several_lines(&shown);
        assert!(!shown.contains('\u{9b}'));
        assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).unwrap(), document);
    }
}
