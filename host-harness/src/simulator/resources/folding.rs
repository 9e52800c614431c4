//! Names that differ only in case or accents.

/// Letters with what can be on or under them. There is no table of all of them here: in scripts
/// other than Latin, only case is folded.
const ACCENTED: [(char, &str); 19] = [
    ('a', "àáâãäåāăąǎ"),
    ('c', "çćĉċč"),
    ('d', "ďđ"),
    ('e', "èéêëēĕėęěẽ"),
    ('g', "ĝğġģ"),
    ('h', "ĥħ"),
    ('i', "ìíîïĩīĭįıǐ"),
    ('j', "ĵ"),
    ('k', "ķ"),
    ('l', "ĺļľŀł"),
    ('n', "ñńņňǹ"),
    ('o', "òóôõöøōŏőǒ"),
    ('r', "ŕŗř"),
    ('s', "śŝşšș"),
    ('t', "ţťŧț"),
    ('u', "ùúûüũūŭůűųǔ"),
    ('w', "ŵẁẃẅ"),
    ('y', "ýÿŷỳỹ"),
    ('z', "źżž"),
];

/// What two names have in common that differ in case, accents and blanks around them only.
pub(super) fn folded(name: &str) -> String {
    name.trim().chars().flat_map(char::to_lowercase).filter(|c| !is_mark(*c)).map(plain).collect()
}

/// An accent that is a character of its own.
fn is_mark(c: char) -> bool {
    ('\u{300}'..='\u{36f}').contains(&c)
}

fn plain(c: char) -> char {
    let letter = ACCENTED.iter().find(|(_, accented)| accented.contains(c));
    letter.map_or(c, |(plain, _)| *plain)
}
