//! Contacts and what is about them.

use super::{Documented, Plan};

pub(super) const TABLES: &[Documented] = &[
    Documented {
        table: "contacts",
        bases: "user: query get create update delete; organization: query get create update delete",
        identity: "contacts",
        listing: "/contacts of the account, 100 a page, created_at:asc",
        scopes: "contacts:read contacts:write",
        plan: Plan::Free,
        filters: "email=list phone_number=list timezone=list country=list state=list \
                  name=part job_title=part company=part city=part contact_list=exact",
        sorts: "created_at updated_at",
        create: "name! emails! phone_numbers timezone job_title company country state city \
                 linkedin",
        update: "name emails phone_numbers timezone job_title company country state city linkedin",
        members: "emails name? phone_numbers timezone? job_title? company? country? state? city? \
                  linkedin? created_at updated_at first_email_date? last_email_date? \
                  next_meeting_date? last_meeting_date? last_interaction_date? app_url?",
    },
    Documented {
        table: "contact_custom_fields",
        bases: "user: query get create; organization: query get create",
        identity: "contacts/custom_field_definitions",
        listing: "/contacts/custom_field_definitions of the account, all at once",
        scopes: "contacts:read contacts:write",
        plan: Plan::Free,
        filters: "",
        sorts: "",
        create: "label! field_type! currency options",
        update: "",
        members: "label field_type options? currency? source? created_at updated_at",
    },
    Documented {
        table: "contact_lists",
        bases: "user: query get create update; organization: query get create update",
        identity: "contact_lists",
        listing: "/contact_lists of the account, all at once",
        scopes: "contacts:read contacts:write",
        plan: Plan::Free,
        filters: "type=exact",
        sorts: "",
        // The keys of the body are not documented.
        create: "name! contacts",
        update: "name",
        // Nor are the last two.
        members: "name type contact_count? created_at? updated_at?",
    },
    Documented {
        table: "contact_notes",
        bases: "user: query get create; organization: query get create",
        identity: "notes",
        listing: "/notes of /contacts?exclude=custom_fields/uri 10 at once as contact, \
                  of the account, 100 a page, updated_at:desc",
        scopes: "contacts:read contacts:write",
        plan: Plan::Free,
        filters: "",
        sorts: "",
        create: "contact! title body remind_at",
        update: "",
        // The members are not documented; that notes are sorted by updated_at is.
        members: "contact title? body? remind_at? created_at? updated_at",
    },
];
