//! A field of a table, as data.

use serde_json::Value;

use crate::instant::{Date, Instant};
use crate::json::{self, object, texts};
use crate::text::list;

/// A field.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Calendly's name of the attribute.
    pub name: &'static str,
    /// The label people see.
    pub label: &'static str,
    /// What kind of value it has.
    pub kind: Kind,
    /// Whether the value can be null.
    pub nullable: bool,
    /// Whether a new record may or must have it.
    pub on_create: Need,
    /// Whether a change may or must have it.
    pub on_update: Need,
    /// What Calendly itself filters by it.
    pub pushdown: &'static [Pushdown],
    /// Whether Calendly itself sorts by it.
    pub sorts: bool,
    /// Where it stands in the resource: a JSON pointer, none when the resource does not have it
    /// (it is then for filters or for writing alone).
    pub read: Option<&'static str>,
    /// Whether it stands in the parent's resource instead. Such a field is read only when it is
    /// named in `fields`, a filter or an order, because the parent may have to be asked for.
    pub of_parent: bool,
    /// Whether a listing has it too; when not, only a read of the single record does. A query can
    /// then neither answer it nor filter or sort by it.
    pub listed: bool,
    /// Where it goes in a request's body: the names to go down through.
    pub write: &'static [&'static str],
    /// How its value looks at Calendly.
    pub codec: Codec,
}

impl Field {
    /// A field that can be read, as it stands in the resource.
    #[must_use]
    pub const fn new(name: &'static str, label: &'static str, kind: Kind) -> Self {
        Self {
            name,
            label,
            kind,
            nullable: false,
            on_create: Need::No,
            on_update: Need::No,
            pushdown: &[],
            sorts: false,
            read: Some(""),
            of_parent: false,
            listed: true,
            write: &[],
            codec: Codec::Plain,
        }
    }

    /// A field that names another resource, by its URI or by its id. The table has the name of
    /// Calendly's collection.
    #[must_use]
    pub const fn reference(name: &'static str, label: &'static str, table: &'static str) -> Self {
        Self::new(name, label, Kind::Reference(table)).coded(Codec::Uri)
    }

    /// It can be null.
    #[must_use]
    pub const fn nullable(self) -> Self {
        Self { nullable: true, ..self }
    }

    /// A new record may have it.
    #[must_use]
    pub const fn creatable(self) -> Self {
        Self { on_create: Need::Optional, ..self }
    }

    /// A new record must have it.
    #[must_use]
    pub const fn required(self) -> Self {
        Self { on_create: Need::Required, ..self }
    }

    /// It can be changed.
    #[must_use]
    pub const fn updatable(self) -> Self {
        Self { on_update: Need::Optional, ..self }
    }

    /// Every change must have it.
    #[must_use]
    pub const fn needed_on_update(self) -> Self {
        Self { on_update: Need::Required, ..self }
    }

    /// Calendly filters by it.
    #[must_use]
    pub const fn filtered(self, pushdown: &'static [Pushdown]) -> Self {
        Self { pushdown, ..self }
    }

    /// Calendly sorts by it.
    #[must_use]
    pub const fn sorted(self) -> Self {
        Self { sorts: true, ..self }
    }

    /// It stands elsewhere in the resource.
    #[must_use]
    pub const fn at(self, pointer: &'static str) -> Self {
        Self { read: Some(pointer), ..self }
    }

    /// It stands there in the parent's resource.
    #[must_use]
    pub const fn of_parent(self, pointer: &'static str) -> Self {
        Self { read: Some(pointer), of_parent: true, ..self }
    }

    /// It is not in the resource.
    #[must_use]
    pub const fn unread(self) -> Self {
        Self { read: None, ..self }
    }

    /// It is not in a listing's resources.
    #[must_use]
    pub const fn unlisted(self) -> Self {
        Self { listed: false, ..self }
    }

    /// It goes elsewhere in a request's body.
    #[must_use]
    pub const fn written_to(self, path: &'static [&'static str]) -> Self {
        Self { write: path, ..self }
    }

    /// The collection that its URIs, given by their last segments, point into.
    #[must_use]
    pub const fn collection(&self) -> Option<&'static str> {
        match (self.codec, self.kind) {
            (Codec::Uri, Kind::Reference(collection)) => Some(collection),
            (Codec::ContactUris, _) => Some("contacts"),
            (Codec::UserUris, _) => Some("users"),
            _ => None,
        }
    }

    /// Its value looks different at Calendly.
    #[must_use]
    pub const fn coded(self, codec: Codec) -> Self {
        Self { codec, ..self }
    }
}

/// A table's own fields, then those that it shares with another one.
pub(super) const fn join<const N: usize>(own: &[Field], shared: &[Field]) -> [Field; N] {
    assert!(own.len() + shared.len() == N, "as many as there are");
    let mut fields = [Field::new("", "", Kind::Text); N];
    let mut index = 0;
    while index < N {
        let is_own = index < own.len();
        fields[index] = if is_own { own[index] } else { shared[index - own.len()] };
        index += 1;
    }
    fields
}

/// The fields of a table that can be written and listed, as those of one that can only be read.
pub(super) const fn read_only<const N: usize>(fields: [Field; N]) -> [Field; N] {
    let mut fields = fields;
    let mut index = 0;
    while index < N {
        let of = fields[index];
        fields[index] = Field {
            on_create: Need::No,
            on_update: Need::No,
            pushdown: &[],
            sorts: false,
            write: &[],
            ..of
        };
        index += 1;
    }
    fields
}

/// Whether a write has a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// It cannot be given.
    No,
    /// It may be given.
    Optional,
    /// It must be given.
    Required,
}

/// A test that Calendly makes itself, and the query parameter for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pushdown {
    /// Equal, exactly so.
    Equals(&'static str),
    /// The parent has a record with that value: a parameter of the collection of parents.
    ParentEquals(&'static str),
    /// Equal to one of several, separated by commas.
    EqualsAny(&'static str),
    /// Contains, at least; Calendly may match more.
    Contains(&'static str),
    /// Not before, at least; Calendly may match more.
    NotBefore(&'static str),
    /// Not after, at least; Calendly may match more.
    NotAfter(&'static str),
}

/// How a field's value looks at Calendly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Codec {
    /// The same.
    Plain,
    /// The primary one of a contact's e-mail objects.
    PrimaryEmail,
    /// The other ones of a contact's e-mail objects, as a list of addresses.
    OtherEmails,
    /// A list of phone number objects, as a list of numbers.
    PhoneNumbers,
    /// An object or null, as true or false.
    Presence,
    /// A URI, given as such or by its last segment.
    Uri,
    /// A list of contacts' URIs, each given as such or by its last segment.
    ContactUris,
    /// The same of users.
    UserUris,
    /// An invitee's URI, given as such or by the ids of the event and the invitee.
    InviteeUri,
}

/// What kind of value a field has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A line of text.
    Text,
    /// Text of several lines.
    LongText,
    /// An e-mail address.
    Email,
    /// A URL.
    Url,
    /// A phone number.
    Phone,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// True or false.
    Boolean,
    /// A moment.
    DateTime,
    /// A day.
    Date,
    /// One of a few texts. Calendly adds to its lists, so others are passed on when read.
    Choice(&'static [&'static str]),
    /// Another resource's URI.
    Reference(&'static str),
    /// A list of texts.
    Texts,
    /// A list of whole numbers.
    Integers,
    /// A list of objects.
    Objects,
    /// An object.
    Object,
}

impl Kind {
    /// The JSON Schema of a value.
    #[must_use]
    pub fn json_schema(self, nullable: bool) -> Value {
        let kind = match self {
            Self::Integer => "integer",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Texts | Self::Integers | Self::Objects => "array",
            Self::Object => "object",
            _ => "string",
        };
        let kind = if nullable { texts(&[kind, "null"]) } else { Value::from(kind) };
        let (keyword, value) = match self {
            Self::Email => ("format", Value::from("email")),
            Self::Url | Self::Reference(_) => ("format", Value::from("uri")),
            Self::DateTime => ("format", Value::from("date-time")),
            Self::Date => ("format", Value::from("date")),
            Self::Texts => ("items", object! { "type": "string" }),
            Self::Integers => ("items", object! { "type": "integer" }),
            Self::Objects => ("items", object! { "type": "object" }),
            _ => return object! { "type": kind },
        };
        json::build_object(&mut [("type", kind), (keyword, value)])
    }

    /// The platform's field type, so that a table can be created from it.
    #[must_use]
    pub const fn platform_type(self) -> &'static str {
        match self {
            Self::Text | Self::Reference(_) => "single-line-text",
            Self::LongText => "long-text",
            Self::Email => "email",
            Self::Url => "url",
            Self::Phone => "phone-number",
            Self::Integer => "integer",
            Self::Number => "decimal",
            Self::Boolean => "checkbox",
            Self::DateTime => "datetime",
            Self::Date => "date",
            Self::Choice(_) => "single-select",
            Self::Texts | Self::Integers => "array",
            Self::Objects | Self::Object => "json",
        }
    }

    /// What a value has to be, when it is not: to follow "must be ".
    #[must_use]
    pub fn demand(self, value: &Value) -> Option<String> {
        let fits = match self {
            Self::Text | Self::LongText | Self::Phone | Self::Url | Self::Reference(_) => {
                value.is_string()
            }
            Self::Email => value.as_str().is_some_and(is_email),
            Self::Integer => is_whole(value),
            Self::Number => value.is_number(),
            Self::Boolean => value.is_boolean(),
            Self::DateTime => value.as_str().and_then(Instant::parse).is_some(),
            Self::Date => value.as_str().and_then(Date::parse).is_some(),
            Self::Choice(choices) => value.as_str().is_some_and(|text| choices.contains(&text)),
            Self::Texts => value.as_array().is_some_and(|items| items.iter().all(Value::is_string)),
            Self::Integers => value.as_array().is_some_and(|items| items.iter().all(is_whole)),
            Self::Objects => {
                value.as_array().is_some_and(|items| items.iter().all(Value::is_object))
            }
            Self::Object => value.is_object(),
        };
        if fits {
            return None;
        }
        Some(match self {
            Self::Email => "an e-mail address".to_owned(),
            Self::Integer => "a whole number".to_owned(),
            Self::Number => "a number".to_owned(),
            Self::Boolean => "true or false".to_owned(),
            Self::DateTime => "a date-time with an offset, such as 2026-12-01T09:00:00Z".to_owned(),
            Self::Date => "a date, such as 2026-12-01".to_owned(),
            Self::Choice(choices) => format!("one of {}", list(choices.iter().copied())),
            Self::Texts => "a list of texts".to_owned(),
            Self::Integers => "a list of whole numbers".to_owned(),
            Self::Objects => "a list of objects".to_owned(),
            Self::Object => "an object".to_owned(),
            _ => "a text".to_owned(),
        })
    }
}

/// As JSON Schema means it: `30.0` is a whole number too.
fn is_whole(value: &Value) -> bool {
    value.as_f64().is_some_and(|number| number.fract() == 0.0)
}

/// One @ between something and something; Calendly knows the rest better.
fn is_email(text: &str) -> bool {
    let sides: Vec<_> = text.split('@').collect();
    matches!(&*sides, [local, domain] if !local.is_empty() && !domain.is_empty())
        && !text.contains(char::is_whitespace)
}
