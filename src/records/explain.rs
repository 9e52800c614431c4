//! A query's plan, for people: what is asked of Calendly and what is done here.

use serde_json::Value;

use super::collection::{Collection, PAGE};
use super::fan::{Fan, PARENTS_PAGE, Parents};
use super::limits::READ_LIMIT;
use super::position::Position;
use super::source::{Source, Wanted};
use crate::api::API_ORIGIN;
use crate::catalog::By;
use crate::json::{object, texts};

/// `{requests, pushed, checkedHere, order, mostRecords}`. A request is `{url, each}`: once, for
/// each page, or for each of the resources that another request lists.
pub(super) fn explain(source: &Source, wanted: &Wanted<'_>, sorted: bool, size: usize) -> Value {
    let mut requests = Vec::new();
    let unfiltered = wanted.filter.is_none() && sorted;
    let count = if unfiltered { size.min(READ_LIMIT) } else { READ_LIMIT };
    let most_requests = match source {
        Source::One(collection) => {
            request(&mut requests, collection, count, pages(collection));
            collection.largest_page.map_or(1, |largest| count.div_ceil(largest))
        }
        Source::Many(fan) => many(&mut requests, fan),
    };
    let (mut pushed, mut here, mut tests) = (Vec::new(), Vec::new(), Vec::new());
    if let Some(filter) = wanted.filter {
        filter.tests(&mut tests);
    }
    for test in tests {
        let is_pushed = wanted.plan.pushed.contains(&test.pointer);
        if is_pushed { &mut pushed } else { &mut here }.push(&*test.pointer);
    }
    let order = match (wanted.keys, sorted) {
        ([], _) => "as it comes",
        (_, true) => "by Calendly",
        (_, false) => "here, of all records",
    };
    object! {
        "requests": Value::Array(requests),
        "pushed": texts(&pushed),
        "checkedHere": texts(&here),
        "order": order,
        "mostRequests": most_requests,
        "mostRecords": READ_LIMIT,
    }
}

fn many(requests: &mut Vec<Value>, fan: &Fan) -> usize {
    let (link, each) = match &fan.parents {
        Parents::None => (None, String::new()),
        Parents::Known(known, link) => (Some(link), format!("each of {} named", known.len())),
        Parents::Listed(parents, _, link) => {
            request(requests, parents, PARENTS_PAGE, "each page");
            let at_once = if let By::Parameters(_, most) = link.by { most } else { 1 };
            let each = match at_once {
                1 => format!("each page of each of {}", parents.path),
                most => format!("each page of {most} of {}", parents.path),
            };
            (Some(link), each)
        }
    };
    for part in &fan.parts {
        let mut collection = part.collection.clone();
        match link.map(|link| (link.by, link.path, link.of)) {
            Some((By::Path, path, _)) => collection.path = format!("{path}/ID{}", collection.path),
            Some((By::Parameter(name) | By::Parameters(name, _), _, of)) => {
                collection.parameters.push((name, format!("{API_ORIGIN}/{of}/ID")));
            }
            None => {}
        }
        let each = if each.is_empty() { pages(&collection) } else { &each };
        request(requests, &collection, PAGE, each);
    }
    match &fan.parents {
        Parents::None => fan.parts.len(),
        Parents::Known(known, _) => fan.parts.len() * known.len(),
        Parents::Listed(..) => READ_LIMIT,
    }
}

fn request(requests: &mut Vec<Value>, collection: &Collection, count: usize, each: &str) {
    let url = collection.call(&Position::start(count)).url();
    requests.push(object! { "url": url, "each": each });
}

const fn pages(collection: &Collection) -> &'static str {
    if collection.largest_page.is_some() { "each page" } else { "once" }
}
