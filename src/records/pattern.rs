//! Regular expressions, in the syntax that ECMAScript and RE2 have in common. The smallest crate
//! for them would be 75 KB of the component; this is 6 KB.
//!
//! A pattern becomes a program, whose threads read a text together, character by character, and
//! never stay two at the same step. So a search takes a time linear in the length of the text times
//! that of the program, whatever the pattern, and both the pattern and the program have a limit.

use std::mem::{replace, take};
use std::str::Chars;

use crate::text::lower;

/// The most characters of a pattern.
const MOST_CHARACTERS: usize = 500;
/// The most groups inside one another.
const MOST_LEVELS: usize = 50;
/// The highest count of repetitions.
const MOST_REPETITIONS: u32 = 1_000;
/// The most steps of a program.
const MOST_STEPS: usize = 2_000;

/// A regular expression.
#[derive(Clone, Debug)]
pub(super) struct Pattern {
    /// A thread that gets past the last step has found a match.
    program: Vec<Step>,
    /// The ranges of all classes.
    ranges: Vec<Range>,
    /// How many classes there are.
    classes: usize,
    ignores_case: bool,
}

/// Why a text is no pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    /// What is wrong, as a clause.
    pub(super) what: &'static str,
    /// How many characters had been read when that was seen. Of a group that is not closed: up to
    /// its parenthesis.
    pub(super) at: usize,
}

/// A step of a program. Distances wrap around: those that lead back are near `usize::MAX`.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// Takes this character.
    Character(char),
    /// Takes a character of this class, or any that is not of it.
    Class { class: usize, negated: bool },
    /// Takes nothing, and goes on in such a place only.
    Place(Place),
    /// Goes on at this distance.
    Jump(usize),
    /// Goes on both at the next step and at this distance.
    Fork(usize),
}

/// A place in a text.
#[derive(Clone, Copy, Debug)]
enum Place {
    Start,
    End,
    /// Whether a word starts or ends there.
    Boundary(bool),
}

/// Characters that belong to a class, both ends included.
#[derive(Clone, Copy, Debug)]
struct Range {
    first: u32,
    last: u32,
    class: usize,
}

impl Pattern {
    /// Reads a pattern. With `(?i)` at its start it ignores case, as far as [`lower`] does.
    pub(super) fn parse(text: &str) -> Result<Self, Refusal> {
        let (rest, ignores_case) = match text.strip_prefix("(?i)") {
            Some(rest) => (rest, true),
            None => (text, false),
        };
        let pattern = Self { program: vec![], ranges: vec![], classes: 0, ignores_case };
        let at = text.len() - rest.len();
        let mut parser = Parser { rest: rest.chars(), at, pattern };
        match parser.group(0) {
            Ok(()) => Ok(parser.pattern),
            Err(what) => Err(Refusal { what, at: parser.at }),
        }
    }

    /// Whether the pattern matches anywhere in the text.
    pub(super) fn is_match(&self, text: &str) -> bool {
        self.search(text, &mut 0)
    }

    /// Searches, and counts the steps that the threads take.
    fn search(&self, text: &str, steps: &mut usize) -> bool {
        let mut threads = Threads { at: vec![], marks: [false; MOST_STEPS] };
        let mut characters = text.chars();
        let mut before = None;
        loop {
            let after = characters.next();
            // A match may start anywhere.
            threads.at.push(0);
            if self.spread(&mut threads, before, after, steps) {
                return true;
            }
            let Some(character) = after else {
                return false;
            };
            self.take(&mut threads, character);
            before = after;
        }
    }

    /// Sends the threads, and those they start, to steps that take a character. Returns whether
    /// one has found a match.
    fn spread(
        &self,
        threads: &mut Threads,
        before: Option<char>,
        after: Option<char>,
        steps: &mut usize,
    ) -> bool {
        let mut next = 0;
        while let Some(&at) = threads.at.get(next) {
            next += 1;
            *steps += 1;
            let (Some(step), Some(mark)) = (self.program.get(at), threads.marks.get_mut(at)) else {
                return true;
            };
            if replace(mark, true) {
                continue;
            }
            match *step {
                Step::Jump(distance) => threads.at.push(at.wrapping_add(distance)),
                Step::Fork(distance) => {
                    threads.at.push(at + 1);
                    threads.at.push(at.wrapping_add(distance));
                }
                Step::Place(place) if place.is_between(before, after) => threads.at.push(at + 1),
                _ => {}
            }
        }
        false
    }

    /// Keeps one thread at each step that takes the character, and sends it to the next step.
    fn take(&self, threads: &mut Threads, character: char) {
        let cases = self.cases(character);
        // Whether each class has the character.
        let mut have = [false; MOST_CHARACTERS];
        for range in &self.ranges {
            if let Some(has) = have.get_mut(range.class) {
                *has |= range.has(cases.0) || range.has(cases.1);
            }
        }
        let (mut next, mut kept) = (0, 0);
        while let Some(&at) = threads.at.get(next) {
            next += 1;
            let takes = match self.program.get(at) {
                Some(Step::Character(this)) => *this == cases.0,
                Some(Step::Class { class, negated }) => have.get(*class) == Some(&!negated),
                _ => false,
            };
            // Only the first thread at the step finds the mark, and takes it away.
            let is_first = threads.marks.get_mut(at).is_some_and(take);
            if takes && is_first {
                if let Some(thread) = threads.at.get_mut(kept) {
                    *thread = at + 1;
                }
                kept += 1;
            }
        }
        threads.at.truncate(kept);
    }

    /// The character in lower and upper case, or as it is if case matters.
    fn cases(&self, character: char) -> (char, char) {
        if !self.ignores_case {
            return (character, character);
        }
        let small = lower(character);
        for distance in &CASE_DISTANCES {
            let large = char::from_u32(u32::from(small).wrapping_sub(*distance)).unwrap_or(small);
            if lower(large) == small {
                return (small, large);
            }
        }
        (small, small)
    }
}

/// The threads of a search.
struct Threads {
    /// The step that each is at.
    at: Vec<usize>,
    /// The steps at which there has been one since the last character.
    marks: [bool; MOST_STEPS],
}

impl Range {
    fn has(&self, character: char) -> bool {
        (self.first..=self.last).contains(&u32::from(character))
    }
}

impl Place {
    fn is_between(self, before: Option<char>, after: Option<char>) -> bool {
        match self {
            Self::Start => before.is_none(),
            Self::End => after.is_none(),
            Self::Boundary(is_there) => (is_word(before) != is_word(after)) == is_there,
        }
    }
}

fn is_word(side: Option<char>) -> bool {
    side.is_some_and(|character| character == '_' || character.is_ascii_alphanumeric())
}

/// Reads a pattern and writes its program.
struct Parser<'t> {
    rest: Chars<'t>,
    /// How many characters have been read.
    at: usize,
    pattern: Pattern,
}

/// What has been read, or what is wrong with it.
type Parsed<T> = Result<T, &'static str>;

impl Parser<'_> {
    /// Reads the alternatives of a group up to its end, or those of the whole pattern at level 0.
    fn group(&mut self, level: usize) -> Parsed<()> {
        let opened = self.at;
        // An alternative starts with a jump to its next step, which becomes a fork when there is
        // a further one, and then ends with a jump to the end of the group.
        let mut fork = self.push(Step::Jump(1));
        let mut jump = None;
        loop {
            let start = self.pattern.program.len();
            if self.at > MOST_CHARACTERS {
                return Err("it has more than 500 characters");
            }
            if start > MOST_STEPS {
                return Err("its repetitions make it too large");
            }
            let step = match self.read() {
                None if level == 0 => break,
                None => {
                    self.at = opened;
                    return Err("the group is not closed");
                }
                Some('(') => {
                    self.group_kind()?;
                    if level == MOST_LEVELS {
                        return Err("it has more than 50 groups inside one another");
                    }
                    self.group(level + 1)?;
                    self.repeat(start)?;
                    continue;
                }
                Some(')') if level == 0 => return Err("no group is open there"),
                Some(')') => break,
                Some('|') => {
                    // The jump before goes on with this one.
                    self.land(jump);
                    jump = Some(self.push(Step::Jump(1)));
                    self.set(fork, Step::Fork(start + 1 - fork));
                    fork = start + 1;
                    Step::Jump(1)
                }
                Some('^') => Step::Place(Place::Start),
                Some('$') => Step::Place(Place::End),
                Some('\\') if self.skip('b') => Step::Place(Place::Boundary(true)),
                Some('\\') if self.skip('B') => Step::Place(Place::Boundary(false)),
                Some('*' | '+' | '?' | '{') => {
                    return Err("nothing that can be repeated is before that");
                }
                Some(character) => {
                    let step = self.single(character)?;
                    self.push(step);
                    self.repeat(start)?;
                    continue;
                }
            };
            self.push(step);
        }
        self.land(jump);
        Ok(())
    }

    /// Reads what kind of group it is that opens.
    fn group_kind(&mut self) -> Parsed<()> {
        if !self.skip('?') || self.skip(':') {
            return Ok(());
        }
        self.skip('<');
        let what = match self.read() {
            Some('=' | '!') => "look-around is not supported",
            _ => "a group opens with ( or (?: and only the pattern starts with (?i)",
        };
        Err(what)
    }

    /// Reads what takes one character of a text: from its second character, given the first.
    fn single(&mut self, first: char) -> Parsed<Step> {
        let mut negated = false;
        let mut character = None;
        match first {
            '.' => self.add(&LINE_ENDS, true),
            '[' => {
                negated = self.skip('^');
                self.members()?;
            }
            '\\' => character = self.escape()?,
            _ => character = Some(first),
        }
        if let Some(character) = character {
            return Ok(Step::Character(self.pattern.cases(character).0));
        }
        let class = self.pattern.classes;
        self.pattern.classes += 1;
        Ok(Step::Class { class, negated })
    }

    /// Reads the members of a class up to its end.
    fn members(&mut self) -> Parsed<()> {
        if self.skip(']') {
            return Err("the class is empty");
        }
        while !self.skip(']') {
            let Some(first) = self.member()? else {
                continue;
            };
            let mut last = first;
            let mut ahead = self.rest.clone();
            if ahead.next() == Some('-') && ahead.next() != Some(']') {
                self.read();
                match self.member()? {
                    Some(end) if first <= end => last = end,
                    _ => return Err("the range does not end after its start"),
                }
            }
            self.range(first.into(), last.into());
        }
        Ok(())
    }

    /// Reads a character of a class; none if it is an escape for several, which are added.
    fn member(&mut self) -> Parsed<Option<char>> {
        match self.read() {
            None => Err("the class is not closed"),
            Some('\\') => self.escape(),
            Some('[') if self.peek() == Some(':') => Err("named classes are not supported"),
            character => Ok(character),
        }
    }

    /// Reads what follows a backslash; none if it stands for several characters, which are added.
    fn escape(&mut self) -> Parsed<Option<char>> {
        let character = self.read().unwrap_or('\0');
        let table: &[_] = match character {
            'd' | 'D' => &DIGITS,
            'w' | 'W' => &WORD,
            's' | 'S' => &SPACES,
            _ => return self.character(character).map(Some),
        };
        self.add(table, character.is_ascii_uppercase());
        Ok(None)
    }

    /// Reads the rest of an escape for one character.
    fn character(&mut self, escaped: char) -> Parsed<char> {
        match escaped {
            'n' => Ok('\n'),
            't' => Ok('\t'),
            'r' => Ok('\r'),
            'f' => Ok('\x0C'),
            'v' => Ok('\x0B'),
            'x' => self.hexadecimal(2),
            'u' => self.hexadecimal(4),
            '!'..='/' | ':'..='@' | '['..='`' | '{'..='~' | ' ' => Ok(escaped),
            '1'..='9' | 'k' => Err("back-references are not supported"),
            _ => Err("there is no such escape"),
        }
    }

    fn hexadecimal(&mut self, length: usize) -> Parsed<char> {
        let end = self.at + length;
        let code = self.number(16, length).filter(|_| self.at == end);
        code.and_then(char::from_u32).ok_or("a character's code is \\x and 2 or \\u and 4 digits")
    }

    /// Adds the characters of a table, or all others.
    fn add(&mut self, table: &[(u16, u16)], others: bool) {
        let mut next = 0;
        for &(first, last) in table {
            let (first, last) = (u32::from(first), u32::from(last));
            let (from, to) = if others { (next, first - 1) } else { (first, last) };
            self.range(from, to);
            next = last + 1;
        }
        if others {
            self.range(next, u32::MAX);
        }
    }

    /// Adds a range to the class that is read.
    fn range(&mut self, first: u32, last: u32) {
        self.pattern.ranges.push(Range { first, last, class: self.pattern.classes });
    }

    /// Reads how often the steps from this one on are repeated, and writes them so often.
    fn repeat(&mut self, start: usize) -> Parsed<()> {
        let (least, most) = match self.peek() {
            Some('*') => (0, None),
            Some('+') => (1, None),
            Some('?') => (0, Some(1)),
            Some('{') => self.counts()?,
            _ => return Ok(()),
        };
        // A count has been read up to its brace.
        self.read();
        // As few as possible, or as many: there is a match in both cases, or in neither.
        self.skip('?');

        let steps = self.pattern.program.get(start..).unwrap_or_default().to_vec();
        self.pattern.program.truncate(start);
        let length = steps.len();
        for copy in 0..most.unwrap_or(least.max(1)) {
            if self.pattern.program.len() > MOST_STEPS {
                // Refused as soon as the next character is read.
                break;
            }
            if copy >= least {
                self.push(Step::Fork(length + 1));
            }
            for step in &steps {
                self.push(*step);
            }
        }
        if most.is_none() {
            self.push(Step::Fork(length.wrapping_neg()));
        }
        Ok(())
    }

    /// Reads the least and the most repetitions, up to the brace that closes.
    fn counts(&mut self) -> Parsed<(u32, Option<u32>)> {
        self.read();
        let least = self.number(10, 4).unwrap_or(u32::MAX);
        let mut most = Some(least);
        if self.skip(',') {
            most = self.number(10, 4);
        }
        let highest = most.unwrap_or(least);
        if self.peek() != Some('}') || least > highest || highest > MOST_REPETITIONS {
            return Err("a count is {2}, {2,} or {2,5}, up to 1000");
        }
        Ok((least, most))
    }

    /// Reads a number of so many digits at most; none if there is no digit.
    fn number(&mut self, radix: u32, most: usize) -> Option<u32> {
        let mut number = None;
        for _ in 0..most {
            let digit = self.peek().and_then(|next| next.to_digit(16));
            let Some(digit) = digit.filter(|digit| *digit < radix) else {
                break;
            };
            self.read();
            number = Some(number.unwrap_or(0) * radix + digit);
        }
        number
    }

    fn peek(&self) -> Option<char> {
        self.rest.clone().next()
    }

    fn read(&mut self) -> Option<char> {
        let character = self.rest.next()?;
        self.at += 1;
        Some(character)
    }

    /// Reads the character if it is the next.
    fn skip(&mut self, character: char) -> bool {
        let is_next = self.peek() == Some(character);
        if is_next {
            self.read();
        }
        is_next
    }

    /// Writes the step, and returns where it is.
    fn push(&mut self, step: Step) -> usize {
        let index = self.pattern.program.len();
        self.pattern.program.push(step);
        index
    }

    fn set(&mut self, index: usize, step: Step) {
        if let Some(place) = self.pattern.program.get_mut(index) {
            *place = step;
        }
    }

    /// Makes a jump lead to the step that is written next.
    fn land(&mut self, jump: Option<usize>) {
        if let Some(jump) = jump {
            self.set(jump, Step::Jump(self.pattern.program.len() - jump));
        }
    }
}

/// How far lower case is from upper case, each distance of [`lower`]; the last one is that of ÿ.
const CASE_DISTANCES: [u32; 4] = [0x20, 0x50, 1, 0xFF_u32.wrapping_sub(0x178)];

// The sets with a name are those of ECMAScript, their ranges in ascending order.

/// `\d`
const DIGITS: [(u16, u16); 1] = [(0x30, 0x39)];
/// `\w`
const WORD: [(u16, u16); 4] = [(0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A)];
/// `\s`
const SPACES: [(u16, u16); 10] = [
    (0x09, 0x0D),
    (0x20, 0x20),
    (0xA0, 0xA0),
    (0x1680, 0x1680),
    (0x2000, 0x200A),
    (0x2028, 0x2029),
    (0x202F, 0x202F),
    (0x205F, 0x205F),
    (0x3000, 0x3000),
    (0xFEFF, 0xFEFF),
];
/// What `.` does not take.
const LINE_ENDS: [(u16, u16); 3] = [(0x0A, 0x0A), (0x0D, 0x0D), (0x2028, 0x2029)];

#[cfg(test)]
mod tests;
