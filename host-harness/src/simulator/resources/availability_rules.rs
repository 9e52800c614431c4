//! Availability rules: the hours of a day of the week, or of one day.

use serde_json::{Value, json};

use crate::simulator::fields::Fields;
use crate::simulator::timestamp::{Timestamp, parse_date};
use crate::simulator::zones;

/// The days of the week as they are written.
pub(crate) const WEEKDAYS: [&str; 7] =
    ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];

/// The hours of some day.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    pub(crate) on: On,
    /// In order and apart from each other. None means not available.
    pub(crate) intervals: Vec<Interval>,
}

/// Which day a rule is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum On {
    /// Every one of these; an index into [`WEEKDAYS`].
    Weekday(usize),
    /// This one, counted since 1970, whatever the rule of its weekday says.
    Date(i64),
}

/// A time from one minute of the day to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Interval {
    pub(crate) from: i64,
    pub(crate) to: i64,
}

impl Rule {
    pub(crate) fn resource(&self) -> Value {
        let intervals: Vec<_> = self
            .intervals
            .iter()
            .map(|one| json!({ "from": clock(one.from), "to": clock(one.to) }))
            .collect();
        match self.on {
            On::Weekday(weekday) => {
                json!({ "type": "wday", "wday": WEEKDAYS.get(weekday), "intervals": intervals })
            }
            On::Date(day) => {
                let date = Timestamp::from_day(day).date();
                json!({ "type": "date", "date": date, "intervals": intervals })
            }
        }
    }
}

pub(crate) fn resources(rules: &[Rule]) -> Vec<Value> {
    rules.iter().map(Rule::resource).collect()
}

/// The times at which `rules` say that somebody is available on a day.
pub(crate) fn on_day<'a>(
    rules: &'a [Rule],
    timezone: &'a str,
    day: i64,
) -> impl Iterator<Item = (Timestamp, Timestamp)> + 'a {
    let of = |on: On| rules.iter().find(|rule| rule.on == on);
    let rule = of(On::Date(day)).or_else(|| of(On::Weekday(zones::weekday(day))));
    let intervals = rule.map_or(&[][..], |rule| &rule.intervals);
    intervals.iter().map(move |one| {
        (zones::moment(timezone, day, one.from), zones::moment(timezone, day, one.to))
    })
}

/// What a list of rules has to meet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Demands {
    /// The first day that a rule may be about.
    pub(crate) earliest: Option<i64>,
    /// Whether every day of the week needs its rule.
    pub(crate) whole_week: bool,
    /// Whether a rule without intervals is a mistake rather than a day off.
    pub(crate) intervals: bool,
}

/// Checks the field `rules`.
pub(crate) fn parse(fields: &mut Fields<'_>, demands: Demands) -> Option<Vec<Rule>> {
    let mut seen = Vec::new();
    let rules = fields.objects("rules", usize::MAX, |_, fields| {
        let on = on(fields, demands.earliest);
        let intervals = intervals(fields, demands.intervals);
        let on = on?;
        // That a day may have one rule only is documented for days of the week.
        if seen.contains(&on) {
            let name = if matches!(on, On::Date(_)) { "date" } else { "wday" };
            fields.refuse(name, "has a rule already");
        }
        seen.push(on);
        Some(Rule { on, intervals: intervals? })
    })?;
    let whole = (0..WEEKDAYS.len()).all(|weekday| seen.contains(&On::Weekday(weekday)));
    if demands.whole_week && !whole {
        fields.refuse("rules", "must have exactly one wday rule for each day of the week");
    }
    Some(rules)
}

fn on(fields: &mut Fields<'_>, earliest: Option<i64>) -> Option<On> {
    fields.required("type");
    if fields.choice("type", &["wday", "date"])? == "wday" {
        fields.required("wday")?;
        let name = fields.choice("wday", &WEEKDAYS)?;
        return WEEKDAYS.iter().position(|known| *known == name).map(On::Weekday);
    }
    let date = fields.required_text("date")?;
    let Some(day) = parse_date(date) else {
        fields.refuse("date", "must be a date as YYYY-MM-DD");
        return None;
    };
    if earliest.is_some_and(|earliest| day < earliest) {
        fields.refuse("date", "must not be in the past");
    }
    Some(On::Date(day))
}

/// The intervals of a rule, which must not overlap.
fn intervals(fields: &mut Fields<'_>, required: bool) -> Option<Vec<Interval>> {
    if required {
        fields.required("intervals")?;
    } else if fields.value("intervals").is_none() {
        return Some(Vec::new());
    }
    let mut intervals = fields.objects("intervals", usize::MAX, |_, fields| {
        let mut minute = |name| {
            let text = fields.required_text(name)?;
            let minute = minute_of_day(text);
            if minute.is_none() {
                fields.refuse(name, "must be a time as hh:mm");
            }
            minute
        };
        let (from, to) = (minute("from"), minute("to"));
        let (from, to) = (from?, to?);
        if from >= to {
            fields.refuse("to", "must be after from");
        }
        Some(Interval { from, to })
    })?;
    intervals.sort_unstable();
    if intervals.windows(2).any(|pair| matches!(pair, [one, next] if next.from < one.to)) {
        fields.refuse("intervals", "must not overlap");
    }
    Some(intervals)
}

/// Reads `hh:mm`, from 00:00 to 23:59.
fn minute_of_day(text: &str) -> Option<i64> {
    let (hour, minute) = text.split_once(':')?;
    let number = |digits: &str| {
        let plain = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
        plain.then(|| digits.parse::<i64>().ok()).flatten()
    };
    let (hour, minute) = (number(hour)?, number(minute)?);
    (hour < 24 && minute < 60).then_some(hour * 60 + minute)
}

fn clock(minute: i64) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}
