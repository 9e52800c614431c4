//! The search of the activity log: `|` or, `+` and, `"…"` exact, `-` omit, `( )` precedence,
//! `*` prefix.
//!
//! Beyond the meaning of the operators nothing is documented. Here words are compared without
//! regard to case, `+` binds tighter than `|`, words side by side all have to be found, and what
//! cannot be read (an open bracket, an operator without words) is refused.

/// What is searched for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Search {
    /// Words one after the other; of the last only the beginning, if so.
    Words(Vec<String>, Beginning),
    Not(Box<Self>),
    All(Vec<Self>),
    Any(Vec<Self>),
}

/// Whether the beginning of a word is enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Beginning {
    Suffices,
    DoesNot,
}

impl Search {
    /// Reads a search term.
    pub(crate) fn parse(term: &str) -> Option<Self> {
        let mut reader = Reader { rest: term };
        let search = reader.any()?;
        reader.rest.trim_start().is_empty().then_some(search)
    }

    /// Whether it is found in one of the texts.
    pub(crate) fn finds(&self, texts: &[String]) -> bool {
        let texts: Vec<_> = texts.iter().map(|text| words(text)).collect();
        self.finds_words(&texts)
    }

    fn finds_words(&self, texts: &[Vec<String>]) -> bool {
        match self {
            Self::Words(words, beginning) => {
                texts.iter().any(|text| contains(text, words, *beginning))
            }
            Self::Not(search) => !search.finds_words(texts),
            Self::All(searches) => searches.iter().all(|search| search.finds_words(texts)),
            Self::Any(searches) => searches.iter().any(|search| search.finds_words(texts)),
        }
    }
}

/// The words of a text: what is between other characters than letters and digits.
fn words(text: &str) -> Vec<String> {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect()
}

fn contains(text: &[String], words: &[String], beginning: Beginning) -> bool {
    let Some((last, others)) = words.split_last() else {
        return false;
    };
    text.windows(words.len()).any(|window| {
        window.split_last().is_some_and(|(end, start)| {
            let fits = match beginning {
                Beginning::Suffices => end.starts_with(last),
                Beginning::DoesNot => end == last,
            };
            fits && start == others
        })
    })
}

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    /// Alternatives with `|` between them.
    fn any(&mut self) -> Option<Search> {
        let mut searches = vec![self.all()?];
        while self.take('|') {
            searches.push(self.all()?);
        }
        Some(single(searches, Search::Any))
    }

    /// What all has to be found, with or without `+` between.
    fn all(&mut self) -> Option<Search> {
        let mut searches = vec![self.one()?];
        loop {
            let more = self.take('+');
            let rest = self.rest.trim_start();
            if !more && (rest.is_empty() || rest.starts_with(['|', ')'])) {
                return Some(single(searches, Search::All));
            }
            searches.push(self.one()?);
        }
    }

    fn one(&mut self) -> Option<Search> {
        if self.take('-') {
            return Some(Search::Not(Box::new(self.one()?)));
        }
        if self.take('(') {
            let search = self.any()?;
            return self.take(')').then_some(search);
        }
        if self.take('"') {
            let (exact, rest) = self.rest.split_once('"')?;
            self.rest = rest;
            return found(words(exact), Beginning::DoesNot);
        }
        self.word()
    }

    /// A word goes on until a blank or an operator; `-` within one is no operator.
    fn word(&mut self) -> Option<Search> {
        let text = self.rest.trim_start();
        let end = text.find(|c: char| c.is_whitespace() || "|+\"()*".contains(c));
        let (word, rest) = text.split_at_checked(end.unwrap_or(text.len()))?;
        let starred = rest.strip_prefix('*');
        self.rest = starred.unwrap_or(rest);
        let beginning = if starred.is_some() { Beginning::Suffices } else { Beginning::DoesNot };
        found(words(word), beginning)
    }

    /// Whether `operator` comes next; then it is passed over.
    fn take(&mut self, operator: char) -> bool {
        let after = self.rest.trim_start().strip_prefix(operator);
        self.rest = after.unwrap_or(self.rest);
        after.is_some()
    }
}

fn found(words: Vec<String>, beginning: Beginning) -> Option<Search> {
    (!words.is_empty()).then_some(Search::Words(words, beginning))
}

fn single(mut searches: Vec<Search>, several: fn(Vec<Search>) -> Search) -> Search {
    if searches.len() == 1 { searches.remove(0) } else { several(searches) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finds(term: &str) -> Option<bool> {
        let texts = ["Ada O'Brien", "EventType.Update", "ada@northwind.example", "New York office"];
        Some(Search::parse(term)?.finds(&texts.map(str::to_owned)))
    }

    #[test]
    fn operators_mean_what_is_documented() {
        for (term, expected) in [
            ("ADA", true),
            ("ad", false),
            ("ad*", true),
            ("eventtype.up*", true),
            ("bob | ada", true),
            ("bob + ada", false),
            ("ada + update", true),
            ("ada update", true),
            ("ada create", false),
            ("\"New York\"", true),
            ("\"york new\"", false),
            ("york new", true),
            ("-bob", true),
            ("update -ada", false),
            ("ada@northwind.example", true),
            ("bob + ada | update", true),
            ("bob + (ada | update)", false),
            ("-(bob | create) office", true),
            ("o'brien", true),
        ] {
            assert_eq!(finds(term), Some(expected), "{term}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        for term in ["(ada", "ada)", "\"ada", "ada |", "+ ada", "-", "*", "\"\"", "()", "ada + "] {
            assert_eq!(finds(term), None, "{term}");
        }
    }
}
