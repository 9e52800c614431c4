//! Routing forms.

use super::{Documented, Plan};

pub(super) const TABLES: &[Documented] = &[
    Documented {
        table: "routing_forms",
        bases: "organization: query get",
        identity: "routing_forms",
        listing: "/routing_forms of organization, 100 a page, created_at:asc",
        scopes: "routing_forms:read",
        plan: Plan::Paid,
        filters: "",
        sorts: "created_at",
        create: "",
        update: "",
        members: "organization name status questions created_at updated_at",
    },
    Documented {
        table: "routing_form_submissions",
        bases: "organization: query get",
        identity: "routing_form_submissions",
        listing: "/routing_form_submissions of /routing_forms/uri as form, of organization, \
                  100 a page, created_at:asc",
        scopes: "routing_forms:read",
        plan: Plan::Paid,
        filters: "",
        sorts: "created_at",
        create: "",
        update: "",
        members: "routing_form questions_and_answers tracking result? result.type? submitter? \
                  submitter_type? created_at updated_at",
    },
];
