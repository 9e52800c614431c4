//! Meetings, who booked them, and what is left of them.

use super::{Documented, Plan};

pub(super) const TABLES: &[Documented] = &[
    Documented {
        table: "scheduled_events",
        bases: "user: query get update delete; organization: query! get! update! delete!; \
                group: query! get! update! delete!",
        identity: "scheduled_events",
        listing: "/scheduled_events of the base, 100 a page, start_time:asc",
        scopes: "scheduled_events:read scheduled_events:write",
        plan: Plan::Free,
        filters: "invitee_email=exact status=exact min_start_time=from max_start_time=to",
        sorts: "start_time",
        create: "",
        // PATCH does not exist: status has to be canceled, the reason goes to the cancellation.
        update: "status reason",
        // The deprecated calendar_event is passed on as it is.
        members: "name? meeting_notes_plain? meeting_notes_html? status start_time end_time \
                  event_type? location? location.type? location.join_url? invitees_counter.total \
                  invitees_counter.active invitees_counter.limit created_at updated_at \
                  event_memberships event_guests cancellation.canceled_by? cancellation.reason? \
                  cancellation.canceler_type? cancellation.created_at?",
    },
    Documented {
        table: "invitees",
        bases: "user: query get create update; organization: query! get! create! update!; \
                group: query! get! create! update!",
        identity: "scheduled_events invitees",
        listing: "/invitees of /scheduled_events/uri in the path, of the base, 100 a page, \
                  created_at:asc",
        scopes: "scheduled_events:read scheduled_events:write",
        plan: Plan::Free,
        filters: "email=exact status=exact parent.invitee_email=exact parent.status=exact \
                  parent.min_start_time=from parent.max_start_time=to",
        sorts: "created_at parent.start_time",
        create: "event_type! start_time! invitee.email! invitee.timezone! invitee.name \
                 invitee.first_name invitee.last_name invitee.text_reminder_number location \
                 questions_and_answers tracking event_guests",
        // PATCH does not exist: this sets the no-show and clears it.
        update: "no_show",
        members: "email first_name? last_name? name status questions_and_answers timezone? event \
                  created_at updated_at tracking? text_reminder_number? rescheduled old_invitee? \
                  new_invitee? cancel_url reschedule_url routing_form_submission? \
                  cancellation.canceled_by? cancellation.reason? cancellation.canceler_type? \
                  cancellation.created_at? payment? no_show no_show.created_at? reconfirmation? \
                  scheduling_method? invitee_scheduled_by? parent.event_type parent.start_time \
                  parent.end_time parent.name? parent.status parent.location?",
    },
    Documented {
        table: "invitee_no_shows",
        bases: "user: get create delete; organization: get create delete; group: get create delete",
        identity: "invitee_no_shows",
        listing: "",
        scopes: "scheduled_events:read scheduled_events:write",
        plan: Plan::Free,
        filters: "",
        sorts: "",
        // Optional by the documentation, but needed.
        create: "invitee!",
        update: "",
        members: "invitee created_at",
    },
    Documented {
        table: "meeting_recaps",
        bases: "user: query get update delete; organization: query get update delete",
        identity: "meeting_recaps",
        listing: "/meeting_recaps of the account, 100 a page, \
                  for each status of available processing unavailable",
        scopes: "meeting_recaps:read meeting_recaps:write",
        plan: Plan::Paid,
        filters: "event=exact attendee=exact start_time=from end_time=to",
        sorts: "",
        create: "",
        update: "summary_md action_items_md discussion_md",
        members: "app_url status event? name? location? location.type? start_time? end_time? \
                  created_at? updated_at? attendees? summary_md? action_items_md? discussion_md? \
                  transcript? share_link?",
    },
];
