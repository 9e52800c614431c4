//! What Calendly has, as data: one file per table. Adding a table is adding one file, and its
//! name to [`TABLES`].

mod contacts;
mod event_types;
mod field;
mod invitees;
mod scheduled_events;

pub use field::{Codec, Field, Kind, Need, Pushdown};

/// The tables, by name.
pub const TABLES: &[&Table] =
    &[&contacts::TABLE, &event_types::TABLE, &invitees::TABLE, &scheduled_events::TABLE];

/// The table of that name.
#[must_use]
pub fn table(name: &str) -> Option<&'static Table> {
    TABLES.iter().copied().find(|table| table.name == name)
}

/// A kind of record.
#[derive(Debug)]
pub struct Table {
    /// Calendly's own name of the collection.
    pub name: &'static str,
    /// The label people see.
    pub label: &'static str,
    /// What a record is, in a sentence.
    pub description: &'static str,
    /// The kinds of base that have the table.
    pub bases: &'static [BaseKind],
    /// The fields, in the order they are shown.
    pub fields: &'static [Field],
    /// Whether the account adds fields of its own (contacts do).
    pub fields_are_discovered: bool,
    /// Where its records are listed.
    pub collection: Collection,
    /// The paths of a resource's URI: what stands before each id in it.
    pub uri: &'static [&'static str],
    /// How a record comes to be.
    pub create: Option<Create>,
    /// How a record is changed.
    pub update: Option<Update>,
    /// How a record is removed.
    pub delete: Option<Delete>,
    /// For a verb the table lacks: what to do instead.
    pub way_out: &'static str,
    /// Calendly's scopes that reading needs.
    pub read_scopes: &'static [&'static str],
    /// Calendly's scopes that writing needs.
    pub write_scopes: &'static [&'static str],
}

impl Table {
    /// Whether the table has that verb.
    #[must_use]
    pub const fn offers(&self, verb: Verb) -> bool {
        match verb {
            Verb::Query | Verb::Get => true,
            Verb::Create => self.create.is_some(),
            Verb::Update => self.update.is_some(),
            Verb::Delete => self.delete.is_some(),
        }
    }

    /// The verbs the table has.
    pub fn verbs(&self) -> impl Iterator<Item = Verb> + '_ {
        Verb::ALL.into_iter().filter(|verb| self.offers(*verb))
    }

    /// Calendly's scopes that a verb needs.
    #[must_use]
    pub const fn scopes(&self, verb: Verb) -> &'static [&'static str] {
        match verb {
            Verb::Query | Verb::Get => self.read_scopes,
            Verb::Create | Verb::Update | Verb::Delete => self.write_scopes,
        }
    }
}

/// What can be done with a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// List records.
    Query,
    /// Read one record.
    Get,
    /// Make a record.
    Create,
    /// Change a record.
    Update,
    /// Remove a record.
    Delete,
}

impl Verb {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Query, Self::Get, Self::Create, Self::Update, Self::Delete];

    /// The verb's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::Get => "get",
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }
}

/// Whose records a base holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BaseKind {
    /// One user's.
    User,
    /// An organization's.
    Organization,
    /// A group's.
    Group,
}

impl BaseKind {
    /// The kind's name, which is also Calendly's query parameter.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Organization => "organization",
            Self::Group => "group",
        }
    }
}

/// Where records are listed.
#[derive(Clone, Copy, Debug)]
pub enum Collection {
    /// One collection that belongs to the account; the base changes nothing.
    OfAccount(&'static str),
    /// One collection that has to be told whose records it is asked for.
    OfOwner(&'static str),
    /// A collection below each scheduled event: `/scheduled_events/{id}` and this.
    OfEvents(&'static str),
}

/// How a record comes to be.
#[derive(Clone, Copy, Debug)]
pub enum Create {
    /// POST to the path.
    Post(&'static str),
    /// POST to the path, with the base's user as `owner`.
    PostOwned(&'static str),
    /// POST to the path; it books a meeting, out of a budget of its own.
    Book(&'static str),
}

/// How a record is changed.
#[derive(Clone, Copy, Debug)]
pub enum Update {
    /// PATCH of the resource.
    Patch,
    /// The one change there is, `status: canceled`, cancels the event.
    Cancel,
}

/// How a record is removed.
#[derive(Clone, Copy, Debug)]
pub enum Delete {
    /// DELETE of the resource.
    Remove,
    /// It cancels the event; the record stays, as canceled.
    Cancel,
}

#[cfg(test)]
mod tests;
