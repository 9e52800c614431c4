//! The triggers as the manifest lists them.

use std::collections::BTreeSet;

use super::*;
use crate::catalog;

#[test]
fn every_event_of_calendlys_and_every_trigger_is_listed_once() {
    let listed = triggers();
    let names: BTreeSet<_> = listed.iter().map(|trigger| trigger.name.clone()).collect();
    assert_eq!((names.len(), listed.len()), (20, 20));
    for kind in KINDS {
        assert!(names.contains(kind.name), "{}", kind.name);
        assert!(catalog::table(kind.table).is_some(), "{}", kind.table);
        let table = catalog::table(kind.table).unwrap();
        assert_eq!(table.read_scopes, [kind.read_scope], "{}", kind.name);
        for (table, _) in kind.changes {
            assert!(catalog::table(table).is_some(), "{table}");
        }
    }
}

#[test]
fn a_trigger_is_found_by_its_name_and_by_what_the_platform_called_it() {
    let names = |name| kinds_of(name).iter().map(|kind| kind.name).collect::<Vec<_>>();
    assert_eq!(names("booking.rescheduled"), ["invitee.created", "invitee.canceled"]);
    assert_eq!(names("invite-created"), ["invitee.created"]);
    assert_eq!(names("contact.deleted"), ["contact.deleted"]);
    assert_eq!(names("record.created"), [""; 0]);
    let listed = triggers();
    let created = listed.iter().find(|trigger| trigger.name == "invitee.created").unwrap();
    assert_eq!(created.aliases, ["invitee-created", "invite-created"]);
}
