//! Keyset paging: a page begins after the position of a row, not after a number of rows. So rows
//! that are added or removed in between neither shift a page nor repeat a row.

use std::cmp::Ordering;

use serde_json::{Map, Value, json};

use super::answer::{Answer, Outcome};
use super::call::Call;
use super::errors::{ApiError, Violations};
use super::page_token::{self, Mark, page_url};
use super::sorting::{Row, Sorting};

const DEFAULT_COUNT: usize = 20;
const MAXIMUM_COUNT: usize = 100;

/// Checks the paging parameters and answers the page they ask for.
pub(crate) fn page<'a, T: Row + 'a>(
    call: &Call,
    violations: Violations,
    rows: impl Iterator<Item = &'a T>,
    sorting: &Sorting,
    show: impl Fn(&T) -> Value,
) -> Outcome {
    page_of_at_most(MAXIMUM_COUNT, call, violations, rows, sorting, show)
}

/// The same where pages can be larger or smaller than usual.
pub(crate) fn page_of_at_most<'a, T: Row + 'a>(
    maximum: usize,
    call: &Call,
    mut violations: Violations,
    rows: impl Iterator<Item = &'a T>,
    sorting: &Sorting,
    show: impl Fn(&T) -> Value,
) -> Outcome {
    let count = count_parameter(call, maximum, &mut violations);
    let mark = mark_parameter(call, &mut violations);
    violations.check()?;

    let backwards = mark.as_ref().is_some_and(|mark| mark.backwards);
    let mut found = Vec::new();
    let mut passed_any = false;
    for row in rows {
        let wanted = mark.as_ref().is_none_or(|mark| {
            let side = sorting.compare_to(row, &mark.position);
            if backwards { side == Ordering::Less } else { side == Ordering::Greater }
        });
        if wanted {
            found.push(row);
        } else {
            passed_any = true;
        }
    }
    let mut order = |left: &&T, right: &&T| {
        let order = sorting.compare(*left, *right);
        if backwards { order.reverse() } else { order }
    };
    let more = found.len() > count;
    if more {
        // Only the page is sorted, so a page costs little however many rows there are.
        found.select_nth_unstable_by(count, &mut order);
        found.truncate(count);
    }
    found.sort_unstable_by(&mut order);
    if backwards {
        found.reverse();
    }

    let (before, after) = if backwards { (more, passed_any) } else { (passed_any, more) };
    let token = |row: Option<&&T>, exists: bool, backwards: bool| {
        let row = row.filter(|_| exists)?;
        Some(page_token::issue(call, sorting.position(*row), backwards))
    };
    let next = token(found.last(), after, false);
    let previous = token(found.first(), before, true);
    Ok(Answer::body(json!({
        "collection": found.iter().map(|row| show(row)).collect::<Vec<_>>(),
        "pagination": {
            "count": found.len(),
            "next_page": next.as_ref().map(|token| page_url(call, token)),
            "previous_page": previous.as_ref().map(|token| page_url(call, token)),
            "next_page_token": next,
            "previous_page_token": previous,
        },
    })))
}

/// Notes what is wrong with the paging parameters, so that it is answered together with what is
/// wrong with the others.
pub(crate) fn check(call: &Call, violations: &mut Violations) {
    check_at_most(MAXIMUM_COUNT, call, violations);
}

/// The same where pages can be larger or smaller than usual.
pub(crate) fn check_at_most(maximum: usize, call: &Call, violations: &mut Violations) {
    count_parameter(call, maximum, violations);
    mark_parameter(call, violations);
}

fn count_parameter(call: &Call, maximum: usize, violations: &mut Violations) -> usize {
    let Some(text) = call.parameter("count") else {
        return DEFAULT_COUNT;
    };
    match text.parse::<i64>() {
        Err(_) => violations.add("count", "must be an integer"),
        Ok(count) if count < 1 => violations.add("count", "must be greater than or equal to 1"),
        Ok(count) => match usize::try_from(count) {
            Ok(count) if count <= maximum => return count,
            _ => violations.add("count", format!("must be less than or equal to {maximum}")),
        },
    }
    DEFAULT_COUNT
}

fn mark_parameter(call: &Call, violations: &mut Violations) -> Option<Mark> {
    let token = call.parameter("page_token")?;
    let mark = page_token::redeem(call, token);
    if mark.is_none() {
        violations.add("page_token", "is invalid");
    }
    mark
}

/// A list that is answered whole.
pub(crate) fn unpaged(rows: Vec<Value>) -> Outcome {
    Ok(Answer::body(Value::Object(Map::from_iter([("collection".to_owned(), Value::Array(rows))]))))
}

/// A list that is answered whole, but as a page: the only one.
pub(crate) fn whole_page(rows: Vec<Value>) -> Outcome {
    let pagination = json!({
        "count": rows.len(),
        "next_page": null,
        "previous_page": null,
        "next_page_token": null,
        "previous_page_token": null,
    });
    let body = [("collection".to_owned(), rows.into()), ("pagination".to_owned(), pagination)];
    Ok(Answer::body(Value::Object(Map::from_iter(body))))
}

/// The resource, or 404.
pub(crate) fn found<T>(resource: Option<T>) -> Result<T, ApiError> {
    resource.ok_or(ApiError::NotFound)
}
