//! The catalog against Calendly's documentation of its API: what is listed for whom, what Calendly
//! filters and sorts by, what its request bodies take, what its resources have.

mod availability;
mod choices;
mod contacts;
mod enterprise;
mod event_types;
mod events;
mod links;
mod organization;
mod routing;

use super::*;

/// What the documentation has about a table, in short.
struct Documented {
    table: &'static str,
    /// The verbs by kind of base; with `!` those that an admin alone can do.
    bases: &'static str,
    /// What stands before each id in a resource's URI, or the members that take its place.
    identity: &'static str,
    /// The endpoint and whose records it lists.
    listing: &'static str,
    /// What reading and writing needs.
    scopes: &'static str,
    plan: Plan,
    /// The query parameters for tests, each with how it compares.
    filters: &'static str,
    /// What `sort` takes.
    sorts: &'static str,
    /// The body of POST; with `!` what is required.
    create: &'static str,
    /// The body of PATCH; with `!` what is required.
    update: &'static str,
    /// The members of a resource; with `?` those that can be null or missing.
    members: &'static str,
}

fn documented() -> impl Iterator<Item = &'static Documented> {
    let families = [
        availability::TABLES,
        contacts::TABLES,
        enterprise::TABLES,
        event_types::TABLES,
        events::TABLES,
        links::TABLES,
        organization::TABLES,
        routing::TABLES,
    ];
    families.into_iter().flatten()
}

/// Compares, for every table, what is said of it with what the documentation says.
fn assert_all(said: fn(&Table) -> String, written: fn(&Documented) -> &'static str) {
    for of in documented() {
        assert_eq!(said(table(of.table).unwrap()), written(of), "{}", of.table);
    }
}

/// The same, where the order of the words does not matter.
fn assert_all_words(
    said: fn(&Table) -> BTreeSet<String>,
    written: fn(&Documented) -> &'static str,
) {
    for of in documented() {
        let words = written(of).split_whitespace().map(str::to_owned).collect();
        assert_eq!(said(table(of.table).unwrap()), words, "{}", of.table);
    }
}

#[test]
fn every_table_is_documented() {
    let mut names: Vec<_> = documented().map(|of| of.table).collect();
    names.sort_unstable();
    assert_eq!(names, TABLES.iter().map(|table| table.name).collect::<Vec<_>>());
}

#[test]
fn the_verbs_are_those_that_calendly_has_endpoints_for() {
    assert_all(bases, |of| of.bases);
}

fn bases(table: &Table) -> String {
    let verb = |base: &InBase, verb: Verb| match base.role_for(verb) {
        Role::User => format!(" {}", verb.name()),
        Role::Admin => format!(" {}!", verb.name()),
    };
    let base = |base: &InBase| {
        let verbs = Verb::ALL.into_iter().filter(|verb| base.verbs.has(*verb));
        let verbs: String = verbs.map(|of| verb(base, of)).collect();
        format!("{}:{verbs}", base.kind.name())
    };
    table.bases.iter().map(base).collect::<Vec<_>>().join("; ")
}

#[test]
fn a_resource_is_found_where_its_uri_says() {
    let identity = |table: &Table| match table.identity {
        Identity::Uri(names) | Identity::Parts(names) => names.join(" "),
        Identity::Digest => "digest".to_owned(),
    };
    assert_all(identity, |of| of.identity);
}

#[test]
fn resources_are_listed_as_documented() {
    assert_all(listing, |of| of.listing);
}

fn listing(table: &Table) -> String {
    let Some(listing) = &table.listing else { return String::new() };
    let mut said = format!("{} {}", listing.path, anchor(&listing.anchor));
    match listing.largest_page {
        Some(most) => said += &format!(", {most} a page"),
        None => said += ", all at once",
    }
    if !listing.item.is_empty() {
        said += &format!(", at {}", listing.item);
    }
    if let Some((field, descending)) = listing.order {
        said += &format!(", {field}:{}", if descending { "desc" } else { "asc" });
    }
    if let Some(window) = listing.window {
        said += &format!(", {} days of {}", window.days, window.field);
    }
    if let Some((name, values)) = listing.each {
        said += &format!(", for each {name} of {}", values.join(" "));
    }
    said
}

fn anchor(anchor: &Anchor) -> String {
    let words = match anchor {
        Anchor::Account => "of the account",
        Anchor::Caller => "of user, the caller",
        Anchor::Owner => "of the base",
        Anchor::OwnerUser => "of user, or all",
        Anchor::Organization => "of organization",
        Anchor::InOrganization => "of the organization in the path",
        Anchor::Scope => "of organization and scope",
        Anchor::Members => "of organization, or one user",
        Anchor::Parent(parent) => {
            let by = match parent.by {
                By::Path => "in the path".to_owned(),
                By::Parameter(name) => format!("as {name}"),
                By::Parameters(name, most) => format!("{most} at once as {name}"),
            };
            let filters = parent.parameters.iter().map(|(name, value)| format!("?{name}={value}"));
            let filters: String = filters.collect();
            let listed = self::anchor(&parent.anchor);
            return format!("of {}{filters}{} {by}, {listed}", parent.path, parent.uri);
        }
    };
    words.to_owned()
}

#[test]
fn the_scopes_are_those_of_the_endpoints() {
    assert_all(|table| [table.read_scopes, table.write_scopes].concat().join(" "), |of| of.scopes);
}

#[test]
fn the_plan_is_the_least_that_has_it() {
    assert_all(|table| table.plan.name().to_owned(), |of| of.plan.name());
}

#[test]
fn calendly_itself_makes_these_tests() {
    assert_all_words(filters, |of| of.filters);
}

fn filters(table: &Table) -> BTreeSet<String> {
    let word = |field: &Field, pushdown: &Pushdown| {
        let (name, compares) = match *pushdown {
            Pushdown::Equals(name) | Pushdown::ParentEquals(name) => (name, "exact"),
            Pushdown::EqualsAny(name) => (name, "list"),
            Pushdown::Contains(name) => (name, "part"),
            Pushdown::NotBefore(name) => (name, "from"),
            Pushdown::NotAfter(name) => (name, "to"),
        };
        let is_parents = field.of_parent || matches!(pushdown, Pushdown::ParentEquals(_));
        format!("{}{name}={compares}", if is_parents { "parent." } else { "" })
    };
    let words = |field: &'static Field| field.pushdown.iter().map(move |it| word(field, it));
    table.fields.iter().flat_map(words).collect()
}

#[test]
fn calendly_itself_sorts_by_these_fields() {
    assert_all_words(sorts, |of| of.sorts);
}

fn sorts(table: &Table) -> BTreeSet<String> {
    let word = |field: &Field| match field.of_parent {
        false => field.name.to_owned(),
        true => format!("parent.{}", field.name),
    };
    table.fields.iter().filter(|field| field.sorts).map(word).collect()
}

#[test]
fn a_record_is_created_with_the_documented_body() {
    assert_all_words(|table| body(table, |field| field.on_create), |of| of.create);
}

#[test]
fn a_record_is_changed_with_the_documented_body() {
    assert_all_words(|table| body(table, |field| field.on_update), |of| of.update);
}

/// The places in a request's body, `a.b` below another.
fn body(table: &Table, need: fn(&Field) -> Need) -> BTreeSet<String> {
    let mut places = BTreeSet::new();
    for field in table.fields {
        let place = match (field.codec, field.write) {
            (Codec::PrimaryEmail | Codec::OtherEmails, _) => "emails".to_owned(),
            (_, []) => field.name.to_owned(),
            (_, path) => path.join("."),
        };
        match need(field) {
            Need::No => {}
            // Of two fields that share a place one is required.
            Need::Optional if places.contains(&format!("{place}!")) => {}
            Need::Optional => _ = places.insert(place),
            Need::Required => _ = places.insert(format!("{place}!")),
        }
    }
    places
}

#[test]
fn every_documented_member_of_a_resource_has_its_field() {
    assert_all_words(members, |of| of.members);
}

fn members(table: &Table) -> BTreeSet<String> {
    let member = |field: &Field| {
        let path = match field.read? {
            "" => field.name.to_owned(),
            pointer => pointer.trim_start_matches('/').replace('/', "."),
        };
        let parent = if field.of_parent { "parent." } else { "" };
        Some(format!("{parent}{path}{}", if field.nullable { "?" } else { "" }))
    };
    table.fields.iter().filter_map(member).collect()
}

#[test]
fn the_texts_of_a_recap_come_with_a_single_record_alone() {
    let unlisted = fields().filter(|(_, field)| !field.listed);
    let unlisted: Vec<_> = unlisted.map(|(table, field)| (table, field.name)).collect();
    let recap = |name| ("meeting_recaps", name);
    let texts = ["summary_md", "action_items_md", "discussion_md", "share_link"];
    assert_eq!(unlisted, texts.map(recap));
}

#[test]
fn what_a_body_says_besides_the_fields_is_documented() {
    let adds = |name| table(name).unwrap().create.unwrap().adds;
    assert_eq!(adds("contacts"), Adds::Nothing);
    assert_eq!(adds("event_types"), Adds::User("owner"));
    assert_eq!(adds("one_off_event_types"), Adds::User("host"));
    assert_eq!(adds("scheduling_links"), Adds::SingleUse);
    assert_eq!(adds("webhook_subscriptions"), Adds::Scope);
}

#[test]
fn what_is_created_is_posted_to_the_documented_path() {
    let created = TABLES.iter().filter_map(|table| Some((table.name, table.create?.path)));
    let paths = [
        ("availability_schedules", "/user_availability_schedules"),
        ("contact_custom_fields", "/contacts/custom_field_definitions"),
        ("contact_lists", "/contact_lists"),
        ("contact_notes", "/notes"),
        ("contacts", "/contacts"),
        ("event_types", "/event_types"),
        ("invitee_no_shows", "/invitee_no_shows"),
        ("invitees", "/invitees"),
        ("one_off_event_types", "/one_off_event_types"),
        ("organization_invitations", "/organizations/{organization}/invitations"),
        ("scheduling_links", "/scheduling_links"),
        ("shares", "/shares"),
        ("webhook_subscriptions", "/webhook_subscriptions"),
    ];
    assert_eq!(created.collect::<Vec<_>>(), paths);
}

#[test]
fn what_has_no_uri_is_changed_by_a_parameter() {
    let of = |name| match table(name).unwrap().update {
        Some(Update::PatchOf { path, parameter, collection, user }) => {
            (path, parameter, collection, user.map(|names| names.join(".")))
        }
        other => panic!("{name}: {other:?}"),
    };
    let hours = of("event_type_availability");
    let user = Some("availability_rule.user".to_owned());
    let path = "/event_type_availability_schedules";
    assert_eq!(hours, (path, "event_type", "event_types", user));
    assert_eq!(of("meeting_limits"), ("/user_meeting_limits", "user", "users", None));
}

#[test]
fn an_event_can_only_be_canceled_and_an_invitee_only_be_marked() {
    let (events, invitees) = (table("scheduled_events").unwrap(), table("invitees").unwrap());
    assert!(matches!(events.update, Some(Update::Cancel)));
    assert!(matches!(events.delete, Some(Delete::Cancel)));
    assert!(matches!(invitees.update, Some(Update::NoShow)));
    assert!(invitees.create.unwrap().books);
}
