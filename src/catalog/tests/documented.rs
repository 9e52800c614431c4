//! The catalog against Calendly's documentation of its API: what it filters and sorts by, what its
//! request bodies take, what its resources have.

use super::*;

fn set(words: &str) -> BTreeSet<String> {
    words.split_whitespace().map(str::to_owned).collect()
}

fn of(name: &str) -> &'static Table {
    table(name).unwrap()
}

/// The query parameters for tests, each with how it compares.
fn parameters(table: &Table) -> BTreeSet<String> {
    let word = |pushdown: &Pushdown| match *pushdown {
        Pushdown::Equals(name) => format!("{name}=exact"),
        Pushdown::EqualsAny(name) => format!("{name}=list"),
        Pushdown::Contains(name) => format!("{name}=part"),
        Pushdown::NotBefore(name) => format!("{name}=from"),
        Pushdown::NotAfter(name) => format!("{name}=to"),
    };
    table.fields.iter().flat_map(|field| field.pushdown.iter().map(word)).collect()
}

fn names(table: &Table, keep: impl Fn(&Field) -> bool) -> BTreeSet<String> {
    let kept = table.fields.iter().filter(|field| keep(field));
    kept.map(|field| field.name.to_owned()).collect()
}

/// The places in a request's body, `a.b` below another.
fn places(table: &Table, keep: impl Fn(&Field) -> bool) -> BTreeSet<String> {
    let place = |field: &Field| match (field.codec, field.write) {
        (Codec::PrimaryEmail | Codec::OtherEmails, _) => "emails".to_owned(),
        (_, []) => field.name.to_owned(),
        (_, path) => path.join("."),
    };
    table.fields.iter().filter(|field| keep(field)).map(place).collect()
}

fn on_create(field: &Field) -> bool {
    field.on_create != Need::No
}

fn required(field: &Field) -> bool {
    field.on_create == Need::Required
}

#[test]
fn calendly_itself_makes_these_tests() {
    let contacts = "email=list timezone=list country=list state=list \
                    name=part job_title=part company=part city=part";
    assert_eq!(parameters(of("contacts")), set(contacts));
    assert_eq!(parameters(of("event_types")), set("active=exact admin_managed=exact"));
    assert_eq!(parameters(of("invitees")), set("email=exact status=exact"));
    let events = "status=exact invitee_email=exact min_start_time=from max_start_time=to";
    assert_eq!(parameters(of("scheduled_events")), set(events));
}

#[test]
fn calendly_itself_sorts_by_these_fields() {
    let sorts = |name| names(of(name), |field| field.sorts);
    assert_eq!(sorts("contacts"), set("created_at updated_at"));
    assert_eq!(sorts("event_types"), set("name position created_at updated_at"));
    assert_eq!(sorts("invitees"), set("created_at"));
    assert_eq!(sorts("scheduled_events"), set("start_time"));
}

#[test]
fn a_contact_is_written_as_documented() {
    let body = "name emails phone_numbers timezone job_title company country state city linkedin";
    assert_eq!(places(of("contacts"), on_create), set(body));
    assert_eq!(places(of("contacts"), |field| field.on_update), set(body));
    assert_eq!(places(of("contacts"), required), set("name emails"));
    assert!(of("contacts").fields_are_discovered, "custom fields");
}

#[test]
fn an_event_type_is_written_as_documented() {
    let body = "name active description duration duration_options locations color locale \
                start_time_increment before_buffer after_buffer";
    assert_eq!(places(of("event_types"), on_create), set(body));
    assert_eq!(places(of("event_types"), |field| field.on_update), set(body));
    assert_eq!(places(of("event_types"), required), set("name"));
    assert!(matches!(of("event_types").create, Some(Create::PostOwned("/event_types"))));
}

#[test]
fn a_booking_is_written_as_documented() {
    let body = "event_type start_time invitee.email invitee.timezone invitee.name \
                invitee.first_name invitee.last_name invitee.text_reminder_number location \
                questions_and_answers tracking event_guests";
    assert_eq!(places(of("invitees"), on_create), set(body));
    let needed = "event_type start_time invitee.email invitee.timezone";
    assert_eq!(places(of("invitees"), required), set(needed));
    assert!(matches!(of("invitees").create, Some(Create::Book("/invitees"))));
}

#[test]
fn an_event_can_only_be_canceled() {
    let events = of("scheduled_events");
    assert_eq!(places(events, |field| field.on_update), set("status reason"));
    assert!(matches!(events.update, Some(Update::Cancel)));
    assert!(matches!(events.delete, Some(Delete::Cancel)));
    assert!(events.create.is_none());
}

#[test]
fn the_verbs_are_those_that_calendly_has_endpoints_for() {
    let verbs = |name| of(name).verbs().map(Verb::name).collect::<Vec<_>>().join(" ");
    assert_eq!(verbs("contacts"), "query get create update delete");
    assert_eq!(verbs("event_types"), "query get create update");
    assert_eq!(verbs("invitees"), "query get create");
    assert_eq!(verbs("scheduled_events"), "query get update delete");
}

/// The members of a resource that the table's fields read.
fn members(table: &Table) -> BTreeSet<String> {
    let member = |field: &Field| match field.read? {
        "" => Some(field.name.to_owned()),
        pointer => pointer.split('/').nth(1).map(str::to_owned),
    };
    table.fields.iter().filter_map(member).collect()
}

#[test]
fn every_documented_member_of_a_resource_has_its_field() {
    let contact = "emails name phone_numbers timezone job_title company country state city \
        linkedin created_at updated_at first_email_date last_email_date next_meeting_date \
        last_meeting_date last_interaction_date app_url";
    assert_eq!(members(of("contacts")), set(contact));
    let event_type = "name active admin_managed booking_method color created_at updated_at \
        deleted_at custom_questions description_html description_plain duration duration_options \
        internal_note is_paid kind locale locations pooling_type position profile scheduling_url \
        secret slug type start_time_increment before_buffer after_buffer";
    assert_eq!(members(of("event_types")), set(event_type));
    let event = "name meeting_notes_plain status start_time end_time event_type location \
        invitees_counter created_at updated_at event_memberships event_guests cancellation";
    // meeting_notes_html and the deprecated calendar_event are passed on as they are.
    assert_eq!(members(of("scheduled_events")), set(event));
    let invitee = "email first_name last_name name status questions_and_answers timezone event \
        created_at updated_at tracking text_reminder_number rescheduled old_invitee new_invitee \
        cancel_url reschedule_url routing_form_submission cancellation payment no_show \
        reconfirmation scheduling_method";
    // invitee_scheduled_by is passed on as it is.
    assert_eq!(members(of("invitees")), set(invitee));
}

#[test]
fn what_calendly_documents_as_nullable_is() {
    let nullable = |name| names(of(name), |field| field.nullable && field.read == Some(""));
    let contact = "name timezone job_title company country state city linkedin app_url \
        next_meeting_date last_meeting_date last_interaction_date first_email_date last_email_date";
    assert_eq!(nullable("contacts"), set(contact));
    let event_type = "name duration_options description_plain description_html internal_note \
        locations start_time_increment before_buffer after_buffer pooling_type slug deleted_at";
    assert_eq!(nullable("event_types"), set(event_type));
    let event = "name event_type location meeting_notes_plain";
    assert_eq!(nullable("scheduled_events"), set(event));
    let invitee = "first_name last_name timezone text_reminder_number tracking old_invitee \
        new_invitee no_show payment reconfirmation routing_form_submission scheduling_method";
    assert_eq!(nullable("invitees"), set(invitee));
}

#[test]
fn a_resource_is_found_where_its_uri_says() {
    let uri = |name| of(name).uri.join(" ");
    assert_eq!(uri("contacts"), "contacts");
    assert_eq!(uri("event_types"), "event_types");
    assert_eq!(uri("scheduled_events"), "scheduled_events");
    assert_eq!(uri("invitees"), "scheduled_events invitees");
    assert!(matches!(of("contacts").collection, Collection::OfAccount("/contacts")));
    assert!(matches!(of("event_types").collection, Collection::OfOwner("/event_types")));
    assert!(matches!(of("scheduled_events").collection, Collection::OfOwner("/scheduled_events")));
    assert!(matches!(of("invitees").collection, Collection::OfEvents("/invitees")));
}

#[test]
fn the_bases_of_a_table_are_the_anchors_its_endpoint_takes() {
    let bases = |name| of(name).bases.iter().map(|kind| kind.name()).collect::<Vec<_>>().join(" ");
    assert_eq!(bases("contacts"), "user organization");
    assert_eq!(bases("event_types"), "user organization");
    assert_eq!(bases("scheduled_events"), "user organization group");
    assert_eq!(bases("invitees"), "user organization group");
}
