//! An account at Calendly that changes.

use std::cell::RefCell;
use std::rc::Rc;

use super::*;
use crate::host::Response;
use crate::host::fake::{Sent, connected, reply};

/// Lists of resources by path. Cloning shares it.
#[derive(Clone, Default)]
pub(super) struct Account(Rc<RefCell<Lists>>);

type Lists = Vec<(String, Vec<Value>)>;

impl Account {
    /// Puts a resource into the list of that path, in place of what has its URI.
    pub(super) fn put(&self, path: &str, resource: Value) {
        self.drop(path, resource["uri"].as_str().unwrap());
        let mut lists = self.0.borrow_mut();
        match lists.iter_mut().find(|(known, _)| known == path) {
            Some((_, list)) => list.push(resource),
            None => lists.push((path.to_owned(), vec![resource])),
        }
    }

    /// Removes the resource with that URI.
    pub(super) fn drop(&self, path: &str, uri: &str) {
        for (known, list) in self.0.borrow_mut().iter_mut() {
            if known == path {
                list.retain(|one| one["uri"] != uri);
            }
        }
    }

    /// A contact, made and changed so many seconds after the tests begin.
    pub(super) fn contact(&self, id: &str, created: i64, updated: i64) {
        let emails = json!([{"email": format!("{id}@x.io"), "is_primary": true}]);
        let contact = json!({
            "uri": uri("contacts", id), "name": format!("{id} {updated}"), "emails": emails,
            "created_at": at(created), "updated_at": at(updated),
        });
        self.put("/contacts", contact);
    }

    /// A meeting.
    pub(super) fn meeting(&self, id: &str, created: i64, updated: i64, start: i64) {
        let meeting = json!({
            "uri": uri("scheduled_events", id), "status": "active", "start_time": at(start),
            "created_at": at(created), "updated_at": at(updated),
        });
        self.put("/scheduled_events", meeting);
    }

    /// A host that reaches the account.
    pub(super) fn host(&self) -> (FakeHost, Connection) {
        let (host, connection) = connected();
        let account = self.clone();
        host.serve(move |_, sent| Ok(account.answer(sent)));
        (host, connection)
    }

    pub(super) fn answer(&self, sent: &Sent) -> Response {
        let lists = self.0.borrow();
        let list = lists.iter().find(|(path, _)| path == sent.path());
        if let Some((_, list)) = list {
            return page(sent, list);
        }
        let all = lists.iter().flat_map(|(_, list)| list);
        let uri = format!("https://api.calendly.com{}", sent.path());
        if let Some(resource) = all.into_iter().find(|one| one["uri"] == uri.as_str()) {
            return reply(200, json!({"resource": resource}));
        }
        let collections = ["/contacts/custom_field_definitions", "/scheduled_events", "/contacts"];
        if collections.contains(&sent.path()) || sent.path().ends_with("/invitees") {
            return page(sent, &[]);
        }
        reply(404, json!({"title": "Resource Not Found", "message": "It does not exist."}))
    }
}

/// A page of what the query asks for. A token says after what it begins.
fn page(sent: &Sent, list: &[Value]) -> Response {
    let (mut sort, mut count, mut after) = (("uri".to_owned(), false), 20, String::new());
    let (mut from, mut to) = (String::new(), "~".to_owned());
    for (name, value) in sent.query() {
        match &*name {
            "sort" => {
                let (field, direction) = value.split_once(':').unwrap();
                sort = (field.to_owned(), direction == "desc");
            }
            "count" => count = value.parse().unwrap(),
            "page_token" => after = value,
            "min_start_time" => from = value,
            "max_start_time" => to = value,
            _ => {}
        }
    }
    if after.starts_with("stale") {
        let details = json!([{"parameter": "page_token", "message": "is invalid"}]);
        return reply(400, json!({"title": "Invalid Argument", "details": details}));
    }
    let key = |one: &Value| {
        let key = one[&*sort.0].as_str().unwrap_or_default();
        format!("{key} {}", one["uri"].as_str().unwrap())
    };
    let mut list: Vec<_> = list
        .iter()
        .filter(|one| one["start_time"].as_str().is_none_or(|at| at > &*from && at < &*to))
        .collect();
    list.sort_by_key(|one| key(one));
    if sort.1 {
        list.reverse();
    }
    let is_after = |one: &&&Value| {
        after.is_empty() || if sort.1 { key(one) < after } else { key(one) > after }
    };
    let rest: Vec<_> = list.iter().filter(is_after).collect();
    let here: Vec<_> = rest.iter().take(count).map(|one| (***one).clone()).collect();
    let next = (rest.len() > count).then(|| key(here.last().unwrap()));
    reply(200, json!({"collection": here, "pagination": {"next_page_token": next}}))
}
