//! Shapes of JSON documents, written once: a shape publishes itself as JSON Schema (2020-12) and
//! checks a value, so that what is published and what is checked cannot differ.

mod check;
mod publish;

/// What a JSON value has to look like.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// Anything at all.
    Any,
    /// `true` or `false`.
    Boolean,
    /// A whole number within bounds.
    Integer {
        /// The least one allowed.
        minimum: i64,
        /// The greatest one allowed.
        maximum: i64,
    },
    /// A text.
    Text(Text),
    /// A list whose items have one shape.
    List(List),
    /// An object with known properties.
    Object(&'static Object),
    /// An object with any properties, at least so many.
    Map {
        /// The fewest properties allowed.
        min_properties: usize,
    },
    /// The shape, or null.
    Nullable(&'static Shape),
    /// A filter; [`crate::records`] checks it in full, because it depends on the table.
    Filter,
}

/// The rules for a text. Lengths count Unicode characters.
#[derive(Clone, Copy, Debug)]
pub struct Text {
    /// The only value allowed.
    pub constant: Option<&'static str>,
    /// The only values allowed; empty for any.
    pub choices: &'static [&'static str],
    /// The fewest characters.
    pub min_length: usize,
    /// The most characters.
    pub max_length: usize,
    /// A further rule.
    pub rule: Option<TextRule>,
}

/// A rule for texts that is published as a pattern and checked by a function.
#[derive(Clone, Copy, Debug)]
pub struct TextRule {
    /// The pattern (ECMA-262).
    pub pattern: &'static str,
    /// Says of a text what the pattern says of it.
    pub holds: fn(&str) -> bool,
    /// What the text has to be, to follow "must be ".
    pub demand: &'static str,
}

/// The rules for a list.
#[derive(Clone, Copy, Debug)]
pub struct List {
    /// The shape of every item.
    pub items: &'static Shape,
    /// The fewest items.
    pub min_items: usize,
    /// The most items.
    pub max_items: usize,
    /// Whether no item may stand in it twice.
    pub unique: bool,
}

/// The rules for an object.
#[derive(Clone, Copy, Debug)]
pub struct Object {
    /// Its properties.
    pub properties: &'static [Property],
    /// Whether it may have properties besides; what the connector reads may not, what it answers
    /// may gain some.
    pub open: bool,
}

/// A property of an object.
#[derive(Clone, Copy, Debug)]
pub struct Property {
    /// Its name.
    pub name: &'static str,
    /// What its value has to look like.
    pub shape: Shape,
    /// Whether it has to be there.
    pub required: bool,
    /// What it means, in a sentence.
    pub description: &'static str,
    /// Sentences to use instead of the general ones, by rule.
    pub wording: &'static [(&'static str, &'static str)],
}

impl Property {
    /// A property that has to be there.
    #[must_use]
    pub const fn required(name: &'static str, shape: Shape, description: &'static str) -> Self {
        Self { name, shape, required: true, description, wording: &[] }
    }

    /// A property that may be left out.
    #[must_use]
    pub const fn optional(name: &'static str, shape: Shape, description: &'static str) -> Self {
        Self { required: false, ..Self::required(name, shape, description) }
    }

    /// The same property with its own sentences.
    #[must_use]
    pub const fn worded(self, wording: &'static [(&'static str, &'static str)]) -> Self {
        Self { wording, ..self }
    }
}

impl List {
    /// Any list of that shape.
    #[must_use]
    pub const fn of(items: &'static Shape) -> Self {
        Self { items, min_items: 0, max_items: usize::MAX, unique: false }
    }
}

impl Text {
    /// Any text.
    pub const ANY: Self =
        Self { constant: None, choices: &[], min_length: 0, max_length: usize::MAX, rule: None };
    /// A text that is not empty.
    pub const FILLED: Self = Self { min_length: 1, ..Self::ANY };
}

/// Any text.
pub const TEXT: Shape = Shape::Text(Text::ANY);
/// A text that is not empty.
pub const FILLED: Shape = Shape::Text(Text::FILLED);

/// One of these texts.
#[must_use]
pub const fn one_of(choices: &'static [&'static str]) -> Shape {
    Shape::Text(Text { choices, ..Text::ANY })
}

/// A list of that shape.
#[must_use]
pub const fn list_of(items: &'static Shape) -> Shape {
    Shape::List(List::of(items))
}

#[cfg(test)]
mod tests;
