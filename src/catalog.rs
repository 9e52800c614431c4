//! What Calendly has, as data: one file per table. Adding a table is adding one file, and its
//! name to [`TABLES`].

mod activity_log;
mod availability_schedules;
mod available_times;
mod busy_times;
mod contact_custom_fields;
mod contact_lists;
mod contact_notes;
mod contacts;
mod event_type_availability;
mod event_type_hosts;
mod event_types;
mod field;
mod group_relationships;
mod groups;
mod invitee_no_shows;
mod invitees;
mod locations;
mod meeting_limits;
mod meeting_recaps;
mod one_off_event_types;
mod organization_invitations;
mod organization_memberships;
mod outgoing_communications;
mod routing_form_submissions;
mod routing_forms;
mod scheduled_events;
mod scheduling_links;
mod shares;
mod teams;
mod users;
mod webhook_subscriptions;

pub use field::{Codec, Field, Kind, Need, Pushdown};

/// The tables, by name.
pub const TABLES: &[&Table] = &[
    &activity_log::TABLE,
    &availability_schedules::TABLE,
    &available_times::TABLE,
    &busy_times::TABLE,
    &contact_custom_fields::TABLE,
    &contact_lists::TABLE,
    &contact_notes::TABLE,
    &contacts::TABLE,
    &event_type_availability::TABLE,
    &event_type_hosts::TABLE,
    &event_types::TABLE,
    &group_relationships::TABLE,
    &groups::TABLE,
    &invitee_no_shows::TABLE,
    &invitees::TABLE,
    &locations::TABLE,
    &meeting_limits::TABLE,
    &meeting_recaps::TABLE,
    &one_off_event_types::TABLE,
    &organization_invitations::TABLE,
    &organization_memberships::TABLE,
    &outgoing_communications::TABLE,
    &routing_form_submissions::TABLE,
    &routing_forms::TABLE,
    &scheduled_events::TABLE,
    &scheduling_links::TABLE,
    &shares::TABLE,
    &teams::TABLE,
    &users::TABLE,
    &webhook_subscriptions::TABLE,
];

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
    /// What can be done, by kind of base.
    pub bases: &'static [InBase],
    /// The fields, in the order they are shown.
    pub fields: &'static [Field],
    /// Whether the account adds fields of its own (contacts do).
    pub fields_are_discovered: bool,
    /// What a record is told apart by.
    pub identity: Identity,
    /// Where its records are listed; none where Calendly lists none.
    pub listing: Option<Listing>,
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
    /// The least plan that has it.
    pub plan: Plan,
}

impl Table {
    /// What can be done in bases of that kind; nothing where the table does not exist.
    #[must_use]
    pub fn verbs_in(&self, kind: BaseKind) -> Verbs {
        let base = self.bases.iter().find(|base| base.kind == kind);
        base.map_or(Verbs::NONE, |base| base.verbs)
    }

    /// Whether the table has that verb in any base.
    #[must_use]
    pub fn offers(&self, verb: Verb) -> bool {
        self.bases.iter().any(|base| base.verbs.has(verb))
    }

    /// Calendly's scopes that a verb needs.
    #[must_use]
    pub const fn scopes(&self, verb: Verb) -> &'static [&'static str] {
        match verb {
            Verb::Query | Verb::Get => self.read_scopes,
            Verb::Create | Verb::Update | Verb::Delete => self.write_scopes,
        }
    }

    /// What its records are listed below, when they are.
    #[must_use]
    pub fn parent(&self) -> Option<&'static Parent> {
        match self.listing.as_ref()?.anchor {
            Anchor::Parent(parent) => Some(parent),
            _ => None,
        }
    }
}

/// What can be done with a table in one kind of base.
#[derive(Debug)]
pub struct InBase {
    /// The kind of base.
    pub kind: BaseKind,
    /// What can be done there.
    pub verbs: Verbs,
    /// The least role in the organization that Calendly asks for.
    pub role: Role,
    /// The least role for creating, changing and deleting.
    pub write_role: Role,
}

impl InBase {
    /// In a user's base.
    #[must_use]
    pub const fn user(verbs: &[Verb]) -> Self {
        let (kind, verbs) = (BaseKind::User, Verbs::of(verbs));
        Self { kind, verbs, role: Role::User, write_role: Role::User }
    }

    /// In an organization's base.
    #[must_use]
    pub const fn organization(verbs: &[Verb]) -> Self {
        Self { kind: BaseKind::Organization, ..Self::user(verbs) }
    }

    /// In a group's base.
    #[must_use]
    pub const fn group(verbs: &[Verb]) -> Self {
        Self { kind: BaseKind::Group, ..Self::user(verbs) }
    }

    /// It needs that role.
    #[must_use]
    pub const fn by(self, role: Role) -> Self {
        Self { role, write_role: role, ..self }
    }

    /// Creating, changing and deleting needs that role.
    #[must_use]
    pub const fn written_by(self, role: Role) -> Self {
        Self { write_role: role, ..self }
    }

    /// The least role that Calendly asks for, to do that.
    #[must_use]
    pub const fn role_for(&self, verb: Verb) -> Role {
        match verb {
            Verb::Query | Verb::Get => self.role,
            Verb::Create | Verb::Update | Verb::Delete => self.write_role,
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

/// A set of verbs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verbs(u8);

impl Verbs {
    /// No verb.
    pub const NONE: Self = Self(0);

    /// These verbs.
    #[must_use]
    pub const fn of(verbs: &[Verb]) -> Self {
        let (mut set, mut rest) = (0, verbs);
        while let [verb, others @ ..] = rest {
            set |= 1 << *verb as u8;
            rest = others;
        }
        Self(set)
    }

    /// Whether the verb is among them.
    #[must_use]
    pub const fn has(self, verb: Verb) -> bool {
        self.0 & (1 << verb as u8) != 0
    }

    /// Their names.
    #[must_use]
    pub fn names(self) -> Vec<&'static str> {
        let mut names = Vec::new();
        for verb in Verb::ALL {
            if self.has(verb) {
                names.push(verb.name());
            }
        }
        names
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
    /// All of them.
    pub const ALL: [Self; 3] = [Self::User, Self::Organization, Self::Group];

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

/// A role in the organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Every member.
    User,
    /// An admin of the organization (or, in a group's base, of the group), or its owner.
    Admin,
}

impl Role {
    /// The role's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Admin => "admin",
        }
    }
}

/// A plan of Calendly's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plan {
    /// Every plan, the Free one too.
    Free,
    /// Every plan but the Free one.
    Paid,
    /// The Enterprise plan.
    Enterprise,
}

impl Plan {
    /// The plan's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::Paid => "paid",
            Self::Enterprise => "enterprise",
        }
    }
}

/// What a record is told apart by.
#[derive(Clone, Copy, Debug)]
pub enum Identity {
    /// The ids in its URI; these are the names that stand before each of them.
    Uri(&'static [&'static str]),
    /// It has no URI. The last segments of these attributes (JSON pointers), joined by `/`.
    Parts(&'static [&'static str]),
    /// It has neither: a digest of all of it.
    Digest,
}

/// Where records are listed.
#[derive(Debug)]
pub struct Listing {
    /// The path of the collection; with [`By::Path`], what follows the parent's path.
    pub path: &'static str,
    /// What tells Calendly whose records are asked for.
    pub anchor: Anchor,
    /// Where in an item the resource stands: a JSON pointer, empty for the item itself.
    pub item: &'static str,
    /// The largest page; none for what Calendly does not page.
    pub largest_page: Option<usize>,
    /// The order to ask for when the query asks for none, so that a position can be found again: a
    /// field's name, and whether it descends. Where Calendly does not take `sort`, its documented
    /// order.
    pub order: Option<(&'static str, bool)>,
    /// Calendly lists no more than a stretch of time at once.
    pub window: Option<Window>,
    /// A parameter without which Calendly lists a part only: its name, and all of its values.
    pub each: Option<(&'static str, &'static [&'static str])>,
}

impl Listing {
    /// A collection in pages, each item a resource, in no documented order.
    #[must_use]
    pub const fn of(path: &'static str, anchor: Anchor) -> Self {
        let largest_page = Some(LARGEST_PAGE);
        Self { path, anchor, item: "", largest_page, order: None, window: None, each: None }
    }

    /// The resource stands there in an item.
    #[must_use]
    pub const fn item(self, pointer: &'static str) -> Self {
        Self { item: pointer, ..self }
    }

    /// All of it comes in one answer.
    #[must_use]
    pub const fn unpaged(self) -> Self {
        Self { largest_page: None, ..self }
    }

    /// In an order that ascends by that field.
    #[must_use]
    pub const fn ascending(self, field: &'static str) -> Self {
        Self { order: Some((field, false)), ..self }
    }

    /// In an order that descends by that field.
    #[must_use]
    pub const fn descending(self, field: &'static str) -> Self {
        Self { order: Some((field, true)), ..self }
    }
}

/// What tells Calendly whose records are asked for.
#[derive(Debug)]
pub enum Anchor {
    /// Nothing does: they are the connected account's own, whatever the base.
    Account,
    /// `user`, the connected account's: Calendly has them for itself alone.
    Caller,
    /// `user`, `organization` or `group`, by the base.
    Owner,
    /// `user` in a user's base, nothing in its organization's, of which Calendly then thinks itself.
    OwnerUser,
    /// `organization`, the connected account's or the base's, in every base.
    Organization,
    /// The organization's id stands in the path, as `{organization}`.
    InOrganization,
    /// `organization`, and the base as `scope` with `user` or `group`.
    Scope,
    /// The one user of a user's base (the path is a user's); an organization's members in its base.
    Members,
    /// They are listed below each of the resources of another collection.
    Parent(&'static Parent),
}

/// A collection whose resources have records listed below them.
#[derive(Debug)]
pub struct Parent {
    /// The field of the record that names its parent.
    pub field: &'static str,
    /// The collection of parents.
    pub path: &'static str,
    /// What tells Calendly whose parents are asked for.
    pub anchor: Anchor,
    /// Parameters that the collection of parents is always asked with.
    pub parameters: &'static [(&'static str, &'static str)],
    /// Where in an item the parent's URI stands: a JSON pointer.
    pub uri: &'static str,
    /// How a request names its parent.
    pub by: By,
    /// The scopes that listing parents needs.
    pub scopes: &'static [&'static str],
    /// The kind of base that is a parent itself, so that none has to be listed there.
    pub base: Option<BaseKind>,
}

/// How a request names the parent of the records that are asked for.
#[derive(Clone, Copy, Debug)]
pub enum By {
    /// Its path comes first: `/scheduled_events/{id}/invitees`.
    Path,
    /// A parameter of that name has its URI.
    Parameter(&'static str),
    /// A parameter of that name, repeated for as many parents as Calendly takes at once.
    Parameters(&'static str, usize),
}

/// A stretch of time that Calendly lists at once. Both bounds are required, and lie in the future.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    /// The field that the bounds are about.
    pub field: &'static str,
    /// The most days.
    pub days: u32,
}

/// How a record comes to be: POST to a path.
#[derive(Clone, Copy, Debug)]
pub struct Create {
    /// The path; `{organization}` stands for the id of the base's organization.
    pub path: &'static str,
    /// What goes into the body besides the fields.
    pub adds: Adds,
    /// Whether it books a meeting, which has a budget of its own.
    pub books: bool,
    /// How it is found again when the answer was lost.
    pub lost: Lost,
}

impl Create {
    /// POST of the fields alone.
    #[must_use]
    pub const fn post(path: &'static str) -> Self {
        Self { path, adds: Adds::Nothing, books: false, lost: Lost::NotFindable }
    }

    /// With something that goes into the body besides.
    #[must_use]
    pub const fn adding(self, adds: Adds) -> Self {
        Self { adds, ..self }
    }

    /// Found again so, when the answer was lost.
    #[must_use]
    pub const fn found(self, lost: Lost) -> Self {
        Self { lost, ..self }
    }
}

/// What goes into the body of a create besides the fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Adds {
    /// Nothing.
    Nothing,
    /// The base's user, under that name.
    User(&'static str),
    /// `organization` and `scope`, with `user` or `group` by the base.
    Scope,
    /// What Calendly wants to hear of a single-use link: `max_event_count` and `owner_type`.
    SingleUse,
}

/// How a create whose answer was lost is found again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lost {
    /// It cannot be found.
    NotFindable,
    /// A booking: by its invitee, time and event type.
    Booking,
    /// A contact: by its e-mail address.
    Contact,
    /// In the table's listing: the newest record with the same value of that attribute. The
    /// attribute's name is the same in the request and in the resource.
    Listed(&'static str),
    /// The same, of an attribute that is named differently: in the request, then in the resource.
    ListedAs(&'static str, &'static str),
    /// A no-show: its invitee tells.
    NoShow,
}

/// How a record is changed.
#[derive(Clone, Copy, Debug)]
pub enum Update {
    /// PATCH of the resource.
    Patch,
    /// PATCH of the path, which takes the first part of the record's id as a parameter.
    PatchOf {
        /// The path.
        path: &'static str,
        /// The parameter.
        parameter: &'static str,
        /// The collection that the parameter's URI points into.
        collection: &'static str,
        /// The field that takes the second part of the record's id, a user.
        user: Option<&'static [&'static str]>,
    },
    /// The one change there is, `status: canceled`, cancels the event.
    Cancel,
    /// The one change there is, `no_show`, marks the invitee or clears the mark.
    NoShow,
}

/// How a record is removed.
#[derive(Clone, Copy, Debug)]
pub enum Delete {
    /// DELETE of the resource.
    Remove,
    /// It cancels the event; the record stays, as canceled.
    Cancel,
}

/// Calendly's largest page but for the activity log.
const LARGEST_PAGE: usize = 100;

#[cfg(test)]
mod tests;
