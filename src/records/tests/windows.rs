//! Stretches of time that are longer than Calendly lists at once.

use super::*;
use crate::catalog::Window as Days;
use crate::instant::Instant;
use crate::records::filter::Filter;
use crate::records::window::{Bounds, Window, cut};

const MONTH: Days = Days { field: "start_time", days: 31 };

fn at(text: &str) -> Instant {
    Instant::parse(text).unwrap()
}

fn bounds(from: Option<&str>, to: Option<&str>) -> Bounds {
    Bounds { from: from.map(at), to: to.map(at) }
}

/// 2026-11-24T00:00:00Z.
fn now() -> u64 {
    at("2026-11-24T00:00:00Z").unix_ms()
}

#[test]
fn a_stretch_is_cut_into_as_few_windows_as_there_can_be() {
    let month = bounds(Some("2026-12-01T00:00:00Z"), Some("2027-01-01T00:00:00Z"));
    let windows = cut(MONTH, month, now()).unwrap();
    let [from, to] = ["2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z"].map(at);
    assert_eq!(windows, [Window { from, to, follows: false }]);

    let quarter = bounds(Some("2026-12-01T00:00:00Z"), Some("2027-03-01T00:00:00Z"));
    let windows = cut(MONTH, quarter, now()).unwrap();
    assert_eq!(windows.len(), 3);
    assert_eq!(windows[0].from, at("2026-12-01T00:00:00Z"));
    assert_eq!(windows[2].to, at("2027-03-01T00:00:00Z"));
    for pair in windows.windows(2) {
        assert_eq!(pair[0].to, pair[1].from);
        assert!(pair[1].follows);
    }
}

#[test]
fn what_is_past_is_not_asked_for() {
    let long = bounds(Some("2020-01-01T00:00:00Z"), Some("2026-12-01T00:00:00Z"));
    let windows = cut(MONTH, long, now()).unwrap();
    // A little later than now, because a request takes its time.
    assert_eq!(windows.len(), 1);
    assert_eq!(windows[0].from, at("2026-11-24T00:00:10Z"));
    let over = bounds(None, Some("2026-11-24T00:00:05Z"));
    assert!(cut(MONTH, over, now()).unwrap().is_empty());
}

#[test]
fn a_query_that_goes_on_later_has_the_same_cuts() {
    let year = bounds(None, Some("2027-11-24T00:00:00Z"));
    let first = cut(MONTH, year, now()).unwrap();
    let later = cut(MONTH, year, now() + 3 * 86_400_000).unwrap();
    assert_eq!(first[1..], later[later.len() + 1 - first.len()..]);
}

#[test]
fn a_stretch_without_an_end_or_without_measure_is_refused() {
    let broken = cut(MONTH, bounds(Some("2026-12-01T00:00:00Z"), None), now()).unwrap_err();
    assert_eq!((&*broken.pointer, &*broken.rule), ("/config/filter", "required"));
    let broken = cut(MONTH, bounds(None, Some("9999-01-01T00:00:00Z")), now()).unwrap_err();
    assert_eq!(&*broken.rule, "maximum");
}

#[test]
fn the_tightest_bounds_that_have_to_hold_count() {
    let fields = Fields::known(table("available_times"));
    let of = |filter: Value| {
        let filter = Filter::parse(&fields, &filter, "", &mut Vec::new()).unwrap();
        let bounds = Bounds::of(Some(&filter), "start_time");
        [bounds.from, bounds.to].map(|bound| bound.map(|bound| bound.to_string()))
    };
    let test = |operator: &str, value: &str| json!({"field": "start_time", "operator": operator, "value": value});
    let (one, two) = ("2026-12-01T00:00:00.000000Z", "2026-12-02T00:00:00.000000Z");
    let all = json!({"and": [
        test("greaterThan", one), test("greaterThanOrEqual", two),
        test("lessThan", "2027-01-02T00:00:00Z"), test("lessThan", "2027-01-01T00:00:00Z"),
    ]});
    assert_eq!(of(all), [Some(two.to_owned()), Some("2027-01-01T00:00:00.000000Z".to_owned())]);
    assert_eq!(of(json!({"or": [test("lessThan", one), test("lessThan", two)]})), [None, None]);
    let until = of(test("lessThanOrEqual", one));
    assert_eq!(until[1].as_deref(), Some("2026-12-01T00:00:01.000000Z"));
}
