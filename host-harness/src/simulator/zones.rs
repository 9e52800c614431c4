//! The clocks of time zones: how far each is ahead of UTC, and when.
//!
//! There is no time zone database here, only the present rules of the zones in the table. Every
//! other zone is taken for UTC.

use super::timestamp::Timestamp;
use crate::timestamp::{civil, days_from_civil};

const HOUR: i64 = 60;

/// When clocks are put forward by an hour.
#[derive(Clone, Copy, Debug)]
enum Summer {
    Never,
    /// From the last Sunday of March to that of October, at 01:00 UTC.
    Europe,
    /// From the second Sunday of March to the first of November, at 02:00 on the clocks.
    America,
    /// From the first Sunday of October to that of April, at 02:00 standard time.
    Australia,
}

/// How many minutes each zone's standard time is ahead of UTC, and its summer time.
const ZONES: [(&str, i64, Summer); 34] = [
    ("Africa/Cairo", 2 * HOUR, Summer::Never),
    ("Africa/Johannesburg", 2 * HOUR, Summer::Never),
    ("Africa/Lagos", HOUR, Summer::Never),
    ("Africa/Nairobi", 3 * HOUR, Summer::Never),
    ("America/Argentina/Buenos_Aires", -3 * HOUR, Summer::Never),
    ("America/Bogota", -5 * HOUR, Summer::Never),
    ("America/Chicago", -6 * HOUR, Summer::America),
    ("America/Denver", -7 * HOUR, Summer::America),
    ("America/Los_Angeles", -8 * HOUR, Summer::America),
    ("America/Mexico_City", -6 * HOUR, Summer::Never),
    ("America/New_York", -5 * HOUR, Summer::America),
    ("America/Phoenix", -7 * HOUR, Summer::Never),
    ("America/Sao_Paulo", -3 * HOUR, Summer::Never),
    ("America/Toronto", -5 * HOUR, Summer::America),
    ("America/Vancouver", -8 * HOUR, Summer::America),
    ("Asia/Dubai", 4 * HOUR, Summer::Never),
    ("Asia/Karachi", 5 * HOUR, Summer::Never),
    ("Asia/Kolkata", 5 * HOUR + 30, Summer::Never),
    ("Asia/Shanghai", 8 * HOUR, Summer::Never),
    ("Asia/Singapore", 8 * HOUR, Summer::Never),
    ("Asia/Tokyo", 9 * HOUR, Summer::Never),
    ("Australia/Brisbane", 10 * HOUR, Summer::Never),
    ("Australia/Sydney", 10 * HOUR, Summer::Australia),
    ("Europe/Amsterdam", HOUR, Summer::Europe),
    ("Europe/Athens", 2 * HOUR, Summer::Europe),
    ("Europe/Berlin", HOUR, Summer::Europe),
    ("Europe/Istanbul", 3 * HOUR, Summer::Never),
    ("Europe/Lisbon", 0, Summer::Europe),
    ("Europe/London", 0, Summer::Europe),
    ("Europe/Madrid", HOUR, Summer::Europe),
    ("Europe/Paris", HOUR, Summer::Europe),
    ("Europe/Vienna", HOUR, Summer::Europe),
    ("Europe/Zurich", HOUR, Summer::Europe),
    ("Pacific/Honolulu", -10 * HOUR, Summer::Never),
];

/// The moment at which the clocks of a zone show `minute` of `day`.
pub(crate) fn moment(zone: &str, day: i64, minute: i64) -> Timestamp {
    let (standard, _) = rules(zone);
    let shown = Timestamp::from_day(day).plus_minutes(minute);
    let offset = offset(zone, shown.plus_minutes(-standard));
    let moment = shown.plus_minutes(-offset);
    // A time that the clocks skip is as far after the change as it would be without one.
    let certain = self::offset(zone, moment);
    if certain == offset { moment } else { shown.plus_minutes(-certain) }
}

/// The day that the calendars of a zone show, counted since 1970.
pub(crate) fn day(zone: &str, moment: Timestamp) -> i64 {
    moment.plus_minutes(offset(zone, moment)).day()
}

/// The day of the week, from 0 for Sunday.
pub(crate) fn weekday(day: i64) -> usize {
    // 1970-01-01 was a Thursday.
    usize::try_from((day + 4).rem_euclid(7)).unwrap_or_default()
}

/// How many minutes the clocks of a zone are ahead of UTC.
fn offset(zone: &str, moment: Timestamp) -> i64 {
    let (standard, summer) = rules(zone);
    let (year, ..) = civil(moment.plus_minutes(standard).day());
    let at = |day: i64, utc_minute: i64| Timestamp::from_day(day).plus_minutes(utc_minute);
    let is_summer = match summer {
        Summer::Never => false,
        Summer::Europe => {
            let begin = at(last_sunday(year, 3), HOUR);
            let end = at(last_sunday(year, 10), HOUR);
            (begin..end).contains(&moment)
        }
        Summer::America => {
            let begin = at(first_sunday(year, 3) + 7, 2 * HOUR - standard);
            let end = at(first_sunday(year, 11), HOUR - standard);
            (begin..end).contains(&moment)
        }
        Summer::Australia => {
            let end = at(first_sunday(year, 4), 2 * HOUR - standard);
            let begin = at(first_sunday(year, 10), 2 * HOUR - standard);
            !(end..begin).contains(&moment)
        }
    };
    standard + if is_summer { HOUR } else { 0 }
}

fn rules(zone: &str) -> (i64, Summer) {
    let known = ZONES.iter().find(|(name, ..)| *name == zone);
    known.map_or((0, Summer::Never), |(_, standard, summer)| (*standard, *summer))
}

fn first_sunday(year: i64, month: i64) -> i64 {
    let first = days_from_civil(year, month, 1);
    first + (7 - i64::try_from(weekday(first)).unwrap_or_default()) % 7
}

/// The last Sunday of a month that has 31 days.
fn last_sunday(year: i64, month: i64) -> i64 {
    let last = days_from_civil(year, month, 31);
    last - i64::try_from(weekday(last)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulator::timestamp::parse_date;

    fn shown(zone: &str, date: &str, minute: i64) -> String {
        moment(zone, parse_date(date).unwrap_or_default(), minute).to_string()
    }

    #[test]
    fn clocks_are_put_forward_and_back() {
        for (zone, date, minute, utc) in [
            ("Europe/Berlin", "2026-11-25", 9 * HOUR, "2026-11-25T08:00"),
            ("Europe/Berlin", "2026-07-01", 9 * HOUR, "2026-07-01T07:00"),
            ("Europe/Berlin", "2026-03-29", HOUR, "2026-03-29T00:00"),
            ("Europe/Berlin", "2026-03-29", 3 * HOUR, "2026-03-29T01:00"),
            ("Europe/Berlin", "2026-10-25", 3 * HOUR, "2026-10-25T02:00"),
            ("America/New_York", "2026-03-08", HOUR, "2026-03-08T06:00"),
            ("America/New_York", "2026-03-08", 3 * HOUR, "2026-03-08T07:00"),
            ("America/New_York", "2026-11-01", 2 * HOUR, "2026-11-01T07:00"),
            ("America/New_York", "2026-12-31", 23 * HOUR, "2027-01-01T04:00"),
            ("Australia/Sydney", "2026-12-31", 9 * HOUR, "2026-12-30T22:00"),
            ("Australia/Sydney", "2026-06-30", 9 * HOUR, "2026-06-29T23:00"),
            ("Asia/Kolkata", "2026-06-30", 9 * HOUR, "2026-06-30T03:30"),
            ("Nowhere/Known", "2026-06-30", 9 * HOUR, "2026-06-30T09:00"),
        ] {
            assert_eq!(shown(zone, date, minute), format!("{utc}:00.000000Z"), "{zone} {date}");
        }
    }

    #[test]
    fn the_day_is_that_of_the_zone() {
        let evening = Timestamp::parse("2026-11-24T23:30:00Z");
        let day_in = |zone| evening.map(|moment| day(zone, moment));
        assert_eq!(day_in("UTC"), parse_date("2026-11-24"));
        assert_eq!(day_in("Europe/Berlin"), parse_date("2026-11-25"));
        assert_eq!(parse_date("2026-11-22").map(weekday), Some(0));
        assert_eq!(parse_date("2026-11-28").map(weekday), Some(6));
    }

    #[test]
    fn every_zone_is_found() {
        assert!(ZONES.is_sorted_by_key(|(name, ..)| *name));
        assert!(ZONES.iter().all(|(name, ..)| crate::simulator::fields::is_time_zone(name)));
    }
}
