//! Text, compared as people do. The standard library would do the same for every script of
//! Unicode, at 20 KB of tables and search code in the component.

use sha2::{Digest, Sha256};

/// The text without the difference of upper and lower case, in the Latin, Greek and Cyrillic
/// scripts.
pub(crate) fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for character in text.chars() {
        folded.push(lower(character));
    }
    folded
}

/// Whether two texts are the same but for case.
pub(crate) fn same(left: &str, right: &str) -> bool {
    left.chars().map(lower).eq(right.chars().map(lower))
}

/// Whether the text has the part in it.
pub(crate) fn contains(text: &str, part: &str) -> bool {
    part.is_empty() || text.as_bytes().windows(part.len()).any(|window| window == part.as_bytes())
}

/// What follows the last slash: the id in a URI.
#[inline(never)]
pub(crate) fn last_segment(text: &str) -> &str {
    text.rsplit('/').next().unwrap_or_default()
}

/// The items of a sentence's list.
pub(crate) fn list<'a>(items: impl IntoIterator<Item = &'a str>) -> String {
    join(items, ", ")
}

/// The items with the separator between them.
pub(crate) fn join<'a>(items: impl IntoIterator<Item = &'a str>, separator: &str) -> String {
    let mut joined = String::new();
    for item in items {
        add(&mut joined, item, separator);
    }
    joined.truncate(joined.len().saturating_sub(separator.len()));
    joined
}

/// In the component once, whatever the items come from.
#[inline(never)]
fn add(joined: &mut String, item: &str, separator: &str) {
    joined.push_str(item);
    joined.push_str(separator);
}

/// The texts, copied.
pub(crate) fn owned(texts: &[&str]) -> Vec<String> {
    let mut owned = Vec::with_capacity(texts.len());
    for text in texts {
        owned.push((*text).to_owned());
    }
    owned
}

/// The first eight bytes of the text's SHA-256.
pub(crate) fn hash(text: &str) -> u64 {
    let digest = Sha256::digest(text);
    let mut hash = 0;
    for byte in &digest[..8] {
        hash = hash << 8 | u64::from(*byte);
    }
    hash
}

/// The text with another one in place of a part, wherever that stands.
pub(crate) fn replaced(text: &str, part: &str, other: &str) -> String {
    let (mut replaced, mut rest) = (String::new(), text);
    while let Some(character) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix(part) {
            replaced.push_str(other);
            rest = after;
        } else {
            replaced.push(character);
            rest = rest.strip_prefix(character).unwrap_or_default();
        }
    }
    replaced
}

pub(crate) fn lower(character: char) -> char {
    let code = u32::from(character);
    let shifted = match code {
        // ASCII; Latin-1 but the multiplication sign; Greek; Cyrillic in its two blocks.
        0x41..=0x5A | 0xC0..=0xD6 | 0xD8..=0xDE | 0x391..=0x3A1 | 0x3A3..=0x3AB | 0x410..=0x42F => {
            code + 0x20
        }
        0x400..=0x40F => code + 0x50,
        // Latin Extended-A in pairs, upper case first; where the pairs begin changes on the way.
        0x100..=0x12F | 0x132..=0x137 | 0x14A..=0x177 | 0x460..=0x481 => code | 1,
        0x139..=0x148 | 0x179..=0x17E => code + (code & 1),
        0x178 => 0xFF,
        _ => code,
    };
    char::from_u32(shifted).unwrap_or(character)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_as_the_standard_library_does_in_its_scripts() {
        let ranges = [0x00..=0x12F, 0x132..=0x17F, 0x38E..=0x3CE, 0x400..=0x481];
        for character in ranges.into_iter().flatten().filter_map(char::from_u32) {
            let expected = match character {
                // Accented Greek capitals are left alone.
                'Ύ' | 'Ώ' => character.to_string(),
                _ => character.to_lowercase().collect(),
            };
            assert_eq!(fold(&character.to_string()), expected, "{character}");
        }
    }

    #[test]
    fn compares_without_case() {
        assert!(same("ÜBERSICHT Статус", "übersicht статус"));
        assert!(!same("Status", "State"));
        assert!(!same("Status", "Statu"));
    }

    #[test]
    fn finds_a_part_anywhere() {
        assert!(contains("abc", "") && contains("abc", "bc") && contains("abc", "abc"));
        assert!(!contains("abc", "ac") && !contains("ab", "abc"));
    }
}
