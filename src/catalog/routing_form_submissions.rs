//! Routing form submissions: what people answered.

use super::Verb::{Get, Query};
use super::field::{Field, Kind};
use super::{Anchor, By, Identity, InBase, Listing, Parent, Plan, Table};

pub(super) const TABLE: Table = Table {
    name: "routing_form_submissions",
    label: "Routing form submissions",
    description: "What somebody answered in a routing form, and where it led them.",
    bases: &[InBase::organization(&[Query, Get])],
    fields: &[
        Field::reference("routing_form", "Routing form", "routing_forms"),
        Field::new("questions_and_answers", "Answers", Kind::Objects),
        Field::new("tracking", "Tracking", Kind::Object),
        Field::new(
            "result_type",
            "Result's type",
            Kind::Choice(&["event_type", "external_url", "custom_message"]),
        )
        .nullable()
        .at("/result/type"),
        // What its value is depends on the type: a URI, or a message's two parts.
        Field::new("result", "Result", Kind::Object).nullable(),
        Field::new("submitter", "Submitter", Kind::Reference("invitees")).nullable(),
        Field::new("submitter_type", "Submitter's type", Kind::Choice(&["Invitee"])).nullable(),
        Field::new("created_at", "Created at", Kind::DateTime).sorted(),
        Field::new("updated_at", "Updated at", Kind::DateTime),
    ],
    fields_are_discovered: false,
    identity: Identity::Uri(&["routing_form_submissions"]),
    listing: Some(
        Listing::of("/routing_form_submissions", Anchor::Parent(&FORMS)).ascending("created_at"),
    ),
    create: None,
    update: None,
    delete: None,
    way_out: "Submissions come from people who fill in the form; Calendly's API only reads them, \
              in an organization's base.",
    read_scopes: &["routing_forms:read"],
    write_scopes: &[],
    plan: Plan::Paid,
};

const FORMS: Parent = Parent {
    field: "routing_form",
    path: "/routing_forms",
    anchor: Anchor::Organization,
    parameters: &[],
    uri: "/uri",
    by: By::Parameter("form"),
    scopes: &["routing_forms:read"],
    base: None,
};
