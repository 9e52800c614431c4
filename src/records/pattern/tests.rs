use proptest::collection::vec;
use proptest::prelude::*;
use regex::RegexBuilder;

use super::*;

fn pattern(text: &str) -> Pattern {
    Pattern::parse(text).unwrap_or_else(|refusal| panic!("{text}: {refusal:?}"))
}

#[track_caller]
fn check(text: &str, matching: &[&str], others: &[&str]) {
    let pattern = pattern(text);
    for text in matching {
        assert!(pattern.is_match(text), "{pattern:?} should match {text:?}");
    }
    for text in others {
        assert!(!pattern.is_match(text), "{pattern:?} should not match {text:?}");
    }
}

#[track_caller]
fn refused(text: &str, at: usize, part: &str) {
    let refusal = Pattern::parse(text).err();
    let refusal = refusal.unwrap_or_else(|| panic!("{text} should be refused"));
    assert!(refusal.what.contains(part) && refusal.at == at, "{text}: {refusal:?}");
}

#[test]
fn matches_anywhere() {
    check("", &["", "a", "é\n"], &[]);
    check("b", &["b", "abc"], &["", "a", "B"]);
    check("bc", &["abcd", "bbc"], &["b", "cb", "b c"]);
    check("Zoë 🚀", &["for Zoë 🚀!"], &["Zoe 🚀"]);
    check("a]}-,:=!<>/b", &["a]}-,:=!<>/b"], &["ab"]);
}

#[test]
fn knows_alternatives_and_groups() {
    check("ab|cd|", &["ab", "cd", ""], &[]);
    check("^(ab|cd|e)$", &["ab", "cd", "e"], &["", "abcd", "abd", "acd", "cde"]);
    check("^(?:a|b(c|d)|)f$", &["af", "bcf", "bdf", "f"], &["abf", "bf", "cf"]);
    check("^a|b$", &["ac", "cb"], &["ca", "bc"]);
    check("^()(|)a$", &["a"], &["", "b"]);
}

#[test]
fn repeats() {
    check("^ab*c$", &["ac", "abc", "abbbc"], &["bc", "abab"]);
    check("^ab+c$", &["abc", "abbbc"], &["ac"]);
    check("^ab?c$", &["ac", "abc"], &["abbc"]);
    check("^a{2}$", &["aa"], &["a", "aaa"]);
    check("^a{2,}$", &["aa", "aaaaa"], &["", "a"]);
    check("^a{0,}b$", &["b", "aaab"], &["a"]);
    check("^a{1,3}$", &["a", "aa", "aaa"], &["", "aaaa"]);
    check("^a{0}b{0,0}c$", &["c"], &["ac", "bc"]);
    check("^(ab|c){2,3}$", &["abc", "cab", "cabc", "ccc"], &["ab", "c", "abcabc"]);
    check("^(a{2}){2}$", &["aaaa"], &["aaa", "aaaaa"]);
    check("^(a*|b)*$", &["", "abba"], &["c"]);
    check("^(a|b?)+c{2,}?d*?e+?f??$", &["abccdef", "cce"], &["ce"]);
    check("^[é]{2}.{2}$", &["éé🚀🚀"], &["éé🚀"]);
}

#[test]
fn knows_classes() {
    check("^[a-cx]$", &["a", "b", "c", "x"], &["d", "-", "", "é"]);
    check("^[^a-cx]$", &["d", "-", "\n", "🚀"], &["a", "x", ""]);
    check("^[-a]$", &["-", "a"], &["b"]);
    check("^[a-]$", &["-", "a"], &["b"]);
    check("^[a-c-e]$", &["b", "-", "e"], &["d"]);
    check("^[\\w.-]+@[\\w-.]+$", &["a.b-c_1@d-e.f"], &["a b@c", "a@"]);
    check(r"^[\]\\\^\-[(*.$]$", &["]", "\\", "^", "-", "[", "(", "*", ".", "$"], &["a"]);
    check(r"^[a^]$", &["a", "^"], &["b"]);
    check(r"^[^\d\s]$", &["a", "é"], &["1", " ", "\u{3000}"]);
    check(r"^[\D]$", &["a", "🚀", "\0"], &["1"]);
    check(r"^[^\W_]$", &["a", "Z", "9"], &["_", "-", "é"]);
    check(r"^[\x41-\u0043]$", &["A", "B", "C"], &["D"]);
}

#[test]
fn knows_the_sets_with_a_name() {
    check(r"^\d$", &["0", "9"], &["/", ":", "٣", ""]);
    check(r"^\D$", &["/", ":", "٣", "\u{10FFFF}"], &["0", "9", ""]);
    check(r"^\w$", &["a", "z", "A", "Z", "0", "9", "_"], &["@", "[", "`", "{", "é"]);
    check(r"^\W$", &["@", "[", "`", "{", "é"], &["a", "z", "A", "Z", "0", "9", "_"]);
    let (space, other) = (pattern(r"^\s$"), pattern(r"^\S$"));
    for character in (0..=0xFFFF).filter_map(char::from_u32) {
        // Unicode has one more, ECMAScript another one.
        let is_space =
            character != '\u{85}' && character.is_whitespace() || character == '\u{FEFF}';
        let text = character.to_string();
        assert_eq!(space.is_match(&text), is_space, "{text:?}");
        assert_eq!(other.is_match(&text), !is_space, "{text:?}");
    }
    check("^.$", &["a", "\u{85}", "🚀", "\0"], &["\n", "\r", "\u{2028}", "\u{2029}", ""]);
}

#[test]
fn knows_escapes() {
    check(r"^\n\t\r\f\v$", &["\n\t\r\x0C\x0B"], &[]);
    check(r"^\x41\u00e9\u00E9\ $", &["Aéé "], &[]);
    for character in (0..=0x7F).filter_map(char::from_u32).filter(char::is_ascii_punctuation) {
        let text = character.to_string();
        check(&format!(r"^\{text}$"), &[&text], &["", "a"]);
        check(&format!(r"^[\{text}]$"), &[&text], &["", "a"]);
    }
}

#[test]
fn knows_places() {
    check("^$", &[""], &["\n", "a"]);
    check("^a", &["ab"], &["ba", "\na"]);
    check("a$", &["ba"], &["ab", "a\n"]);
    check(r"\bab\b", &["ab", "c ab-", "éabé"], &["abc", "cab", "ab_"]);
    check(r"a\Bb\B", &["abc"], &["ab", "ab-"]);
    check(r"é\B[é🚀]\B", &["éé", "é🚀-"], &["éa", "aé", "ééa"]);
    check(r"^\B$|^(\b|-)a", &["", "a", "-a"], &["-", "ba"]);
}

#[test]
fn ignores_case_if_asked() {
    check("(?i)straße É", &["STRAßE é", "Straße É"], &["strasse é"]);
    check("(?i)^[a-cÀ]$", &["B", "b", "À", "à"], &["d"]);
    check("(?i)^[A-CŸ]$", &["B", "b", "ÿ", "Ÿ"], &["D"]);
    check("(?i)^[^б]$", &["в"], &["б", "Б"]);
    check(r"(?i)^\x4A\W$", &["j-", "J-"], &["jj"]);
    check("(?i)", &[""], &[]);
}

#[test]
fn knows_both_cases_of_every_character() {
    let pattern = pattern("(?i)");
    for character in (0..=u32::from(char::MAX)).filter_map(char::from_u32) {
        let cases = pattern.cases(character);
        assert_eq!(cases.0, lower(character), "{character}");
        assert!(character == cases.0 || character == cases.1, "{character}");
        assert_eq!(lower(cases.1), cases.0, "{character}");
    }
}

#[test]
fn says_what_is_wrong_and_where() {
    refused("(a", 1, "group is not closed");
    refused("é(b(c)", 2, "group is not closed");
    refused("a)*", 2, "no group");
    refused("(?i))", 5, "no group");
    for text in ["[", "[^", "[a", "[a-", r"[\]"] {
        refused(text, text.len(), "class is");
    }
    refused("[]a]", 2, "empty");
    refused("[^]", 3, "empty");
    refused("[b-a]", 4, "range");
    refused(r"[a-\d]", 5, "range");
    for text in ["*", "a|+", "(?", "a**", "a+??", "a{2}{", "^*", r"\b+", r"\B?", "$?", "(?i)?"] {
        let part = if text == "(?" { "a group opens" } else { "repeated" };
        refused(text, text.len(), part);
    }
    // The count is read up to where the bar is.
    for text in ["a{|", "a{|}", "a{,2|", "a{2|", "a{2,|", "a{|x}", "a{1|f}", "a{3,2|}", "a{1001|}"]
    {
        refused(&text.replace('|', ""), text.find('|').unwrap(), "a count is");
    }
    refused("a{0,1001}", 8, "a count is");
    refused("a{99999999999999999999}", 6, "a count is");
}

#[test]
fn refuses_what_is_not_supported() {
    for text in ["(?=a)", "(?!a)", "(?<=a)", "(?<!a)"] {
        refused(text, text.len() - 2, "look-around");
    }
    for text in ["(?<a", "(?P", "(?i", "(?s", "a(?i"] {
        refused(&format!("{text}>:b)"), text.len(), "a group opens with");
    }
    refused(r"(a)\1", 5, "back-references");
    refused(r"(?:a)\k<a>", 7, "back-references");
    refused("[[:alpha:]]", 2, "named classes");
    for text in [r"\", r"\a", r"\p", r"\0", r"\c", r"\A", r"\z", r"\é", "\\\0", "\\\n", r"[\b"] {
        refused(text, text.chars().count(), "no such escape");
    }
    refused(r"\x4", 3, "code");
    refused(r"\x4g", 3, "code");
    refused(r"\u{41}", 2, "code");
    refused(r"\uD83D\uDE80", 6, "code");
}

#[test]
fn refuses_what_is_too_large() {
    check(&"é".repeat(500), &[&"é".repeat(500)], &[&"é".repeat(499)]);
    refused(&"é".repeat(501), 501, "500 characters");
    let nested = |levels| "(".repeat(levels) + "a" + &")".repeat(levels);
    check(&nested(50), &["a"], &["b"]);
    refused(&nested(51), 51, "50 groups");
    check("a{1000}b{999}", &[&("a".repeat(1_000) + &"b".repeat(999))], &[&"a".repeat(1_999)]);
    refused("a{1000}b{999}c", 14, "too large");
    refused("(a{1000}){3}", 12, "too large");
    refused("((a{1000}){1000}){1000}b", 16, "too large");
    refused("a{0,1000}b", 9, "too large");
    for text in ["((((a{9}){9}){9}){9}){9}", "(((){1000}){1000}){1000}"] {
        assert!(Pattern::parse(text).is_err());
    }
}

#[test]
fn bounds_the_program() {
    for text in ["a*|".repeat(166), "(a|b)+".repeat(83), "(a{0,9}|b{9,})".repeat(35)] {
        assert!(pattern(&text).program.len() <= MOST_STEPS, "{text}");
    }
}

#[test]
fn takes_a_time_linear_in_text_and_program() {
    let many_ways = "(".repeat(40) + "b" + &")?".repeat(40) + "a{400}c";
    let evil = [
        &many_ways,
        "(a*)*b",
        "(a|a)*b",
        "(.*)*x",
        "^(a+)+$",
        "(a|aa)+$",
        "(a?){50}a{50}b",
        "(.*a){20}b",
        "((a*)*)*c",
        "(|a|)+b",
        "([a-z]+)*[0-9]",
        "(?i)(a|A|[aA]|.)*b",
    ];
    for text in evil {
        let pattern = pattern(text);
        let steps = |length| {
            let mut steps = 0;
            assert!(!pattern.search(&("a".repeat(length) + "!"), &mut steps), "{text}");
            steps
        };
        // For each character, a step is taken by the first thread at it and by those that a fork,
        // the step before and the character before send there too.
        assert!(steps(10_000) <= 10_002 * (3 * pattern.program.len() + 1), "{text}");
        // Twice the text takes twice the steps, once all threads run.
        assert_eq!(steps(3_000) - steps(2_000), steps(2_000) - steps(1_000), "{text}");
    }
}

/// A part of a pattern, and the same for the oracle.
type Part = (String, String);

fn same(text: &str) -> Part {
    (text.to_owned(), text.to_owned())
}

/// The sets with a name. The oracle's are those of Unicode, and without Unicode it would match
/// bytes instead of characters: so they are written out for it, as ECMAScript has them.
fn sets() -> impl Strategy<Value = Part> {
    const SPACES: &str =
        r"\t-\r \u{a0}\u{1680}\u{2000}-\u{200a}\u{2028}\u{2029}\u{202f}\u{205f}\u{3000}\u{feff}";
    let sets = [
        (r"\d", "[0-9]".to_owned()),
        (r"\D", "[^0-9]".to_owned()),
        (r"\w", "[0-9A-Za-z_]".to_owned()),
        (r"\W", "[^0-9A-Za-z_]".to_owned()),
        (r"\s", format!("[{SPACES}]")),
        (r"\S", format!("[^{SPACES}]")),
    ];
    prop::sample::select(sets.map(|(set, theirs)| (set.to_owned(), theirs)).to_vec())
}

/// Few characters, so that patterns and texts have many in common.
const ALPHABET: [char; 16] =
    ['a', 'b', 'c', 'A', 'B', '0', '1', '_', '-', '.', ' ', '\n', 'é', 'É', '\u{A0}', '\u{2028}'];

fn character() -> impl Strategy<Value = char> {
    prop::sample::select(&ALPHABET)
}

/// A character, escaped in one of the ways there are.
fn escaped() -> impl Strategy<Value = Part> {
    (character(), 0..3).prop_map(|(character, way)| {
        let code = u32::from(character);
        let ours = match way {
            0 if code < 0x100 => format!(r"\x{code:02x}"),
            0 | 1 => format!(r"\u{code:04X}"),
            _ if character.is_ascii_punctuation() => format!(r"\{character}"),
            _ => character.to_string(),
        };
        (ours, format!(r"\x{{{code:x}}}"))
    })
}

fn class() -> impl Strategy<Value = Part> {
    let range = (character(), character()).prop_map(|(one, other)| {
        let (first, last) = (u32::from(one.min(other)), u32::from(one.max(other)));
        (format!(r"\u{first:04x}-\u{last:04x}"), format!(r"\x{{{first:x}}}-\x{{{last:x}}}"))
    });
    let member = prop_oneof![3 => escaped(), 2 => range, 1 => sets()];
    (any::<bool>(), vec(member, 1..4)).prop_map(|(negated, members)| {
        let (ours, theirs): (String, String) = members.into_iter().unzip();
        let not = if negated { "^" } else { "" };
        (format!("[{not}{ours}]"), format!("[{not}{theirs}]"))
    })
}

fn single() -> impl Strategy<Value = Part> {
    // The oracle's dot takes all but the line feed.
    let dot = (".".to_owned(), r"[^\n\r\u{2028}\u{2029}]".to_owned());
    prop_oneof![4 => escaped(), 1 => Just(dot), 1 => sets(), 2 => class()]
}

/// Words are those of ASCII, as in ECMAScript; the oracle has to be told so.
fn place() -> impl Strategy<Value = Part> {
    let boundary = |text: &str| (text.to_owned(), format!("(?-u:{text})"));
    prop::sample::select(vec![same("^"), same("$"), boundary(r"\b"), boundary(r"\B")])
}

fn terms<S: Strategy<Value = Part> + 'static>(repeatable: S) -> impl Strategy<Value = Part> {
    const COUNTS: [&str; 12] =
        ["", "", "", "*", "+", "?", "{0}", "{2}", "{1,}", "{0,2}", "{1,3}", "{2,}"];
    let repeated = (repeatable, prop::sample::select(&COUNTS), any::<bool>());
    let repeated = repeated.prop_map(|((ours, theirs), count, lazy)| {
        let lazy = if lazy && !count.is_empty() { "?" } else { "" };
        (format!("{ours}{count}{lazy}"), format!("{theirs}{count}{lazy}"))
    });
    let term = prop_oneof![8 => repeated, 1 => place(), 2 => Just(same("|"))];
    vec(term, 0..6).prop_map(|terms| terms.into_iter().unzip())
}

fn patterns() -> impl Strategy<Value = Part> {
    terms(single()).prop_recursive(4, 40, 4, |inner| {
        let group = (inner, any::<bool>()).prop_map(|((ours, theirs), captures)| {
            let open = if captures { "(" } else { "(?:" };
            (format!("{open}{ours})"), format!("{open}{theirs})"))
        });
        terms(prop_oneof![single(), group])
    })
}

fn texts() -> impl Strategy<Value = Vec<String>> {
    let text = vec(character(), 0..10).prop_map(String::from_iter);
    vec(text, 8)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// The `regex` crate is the oracle: it has the same syntax, but for what is said above.
    #[test]
    fn agrees_with_the_oracle(
        (ours, theirs) in patterns(),
        ignores_case in any::<bool>(),
        texts in texts(),
    ) {
        let ours = if ignores_case { format!("(?i){ours}") } else { ours };
        let oracle = RegexBuilder::new(&theirs).case_insensitive(ignores_case).build().unwrap();
        match Pattern::parse(&ours) {
            Ok(pattern) => {
                for mut text in texts {
                    if theirs.contains(r"\B") {
                        // The oracle's `is_match` sees such a place in the middle of a character,
                        // and then misses other matches.
                        text.retain(|character| character.is_ascii());
                    }
                    let expected = oracle.is_match(&text);
                    prop_assert_eq!(pattern.is_match(&text), expected, "{} in {:?}", ours, text);
                }
            }
            Err(refusal) => {
                // Grown too large by chance.
                let is_large = refusal.what.contains("large") || refusal.at > MOST_CHARACTERS;
                prop_assert!(is_large, "{}: {:?}", ours, refusal);
            }
        }
    }

    #[test]
    fn never_panics(pattern in any::<String>(), text in any::<String>()) {
        let _ = Pattern::parse(&pattern).map(|pattern| pattern.is_match(&text));
    }

    /// Made of the characters that mean something, and so more often a pattern than not.
    #[test]
    fn never_panics_with_syntax(
        pattern in r"(\(\?i\))?[()\[\]{}|*+?.^$\\,:=!<\-019abdDwWsSBxuk]{0,40}",
        text in "[ab0 \n\u{e9}]{0,20}",
    ) {
        match Pattern::parse(&pattern) {
            Ok(pattern) => {
                prop_assert!(pattern.program.len() <= MOST_STEPS);
                pattern.is_match(&text);
            }
            Err(refusal) => prop_assert!(refusal.at <= pattern.chars().count()),
        }
    }
}
