//! Moments as people and JSON write them.

use serde::Serializer;

const DAY_MS: u64 = 24 * 60 * 60 * 1_000;

/// A moment in RFC 3339, in UTC, to the second: `2026-11-24T09:30:00Z`.
#[must_use]
pub fn rfc3339(unix_ms: u64) -> String {
    let (year, month, day) = civil(i64::try_from(unix_ms / DAY_MS).unwrap_or_default());
    let second_of_day = unix_ms % DAY_MS / 1_000;
    let (hour, minute, second) =
        (second_of_day / 3_600, second_of_day / 60 % 60, second_of_day % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// The same to the millisecond: `2026-11-24T09:30:00.123Z`.
#[must_use]
pub fn rfc3339_ms(unix_ms: u64) -> String {
    let seconds = rfc3339(unix_ms);
    format!("{}.{:03}Z", seconds.trim_end_matches('Z'), unix_ms % 1_000)
}

/// How far a moment is from `now`: `in 52 minutes`, `3 days ago`, `now`.
#[must_use]
pub fn relative(unix_ms: u64, now_ms: u64) -> String {
    let distance = unix_ms.abs_diff(now_ms) / 1_000;
    let (count, unit) = match distance {
        0 => return "now".to_owned(),
        1..=89 => (distance, "second"),
        90..=5_399 => ((distance + 30) / 60, "minute"),
        5_400..=172_799 => ((distance + 1_800) / 3_600, "hour"),
        _ => ((distance + 43_200) / 86_400, "day"),
    };
    let plural = if count == 1 { "" } else { "s" };
    if unix_ms > now_ms {
        format!("in {count} {unit}{plural}")
    } else {
        format!("{count} {unit}{plural} ago")
    }
}

pub(crate) fn serialize<S: Serializer>(unix_ms: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&rfc3339(*unix_ms))
}

pub(crate) fn serialize_option<S: Serializer>(
    unix_ms: &Option<u64>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match unix_ms {
        Some(unix_ms) => serialize(unix_ms, serializer),
        None => serializer.serialize_none(),
    }
}

/// Year, month and day of a day since 1970-01-01, in the Gregorian calendar. Counted in years that
/// begin in March, so that the leap day comes last.
pub(crate) fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + DAYS_FROM_MARCH_0000_TO_1970;
    let era = days.div_euclid(DAYS_IN_400_YEARS);
    let day_of_era = days.rem_euclid(DAYS_IN_400_YEARS);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (era * 400 + year_of_era + i64::from(month <= 2), month, day)
}

/// The other way.
pub(crate) fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    year.div_euclid(400) * DAYS_IN_400_YEARS + day_of_era - DAYS_FROM_MARCH_0000_TO_1970
}

const DAYS_FROM_MARCH_0000_TO_1970: i64 = 719_468;
const DAYS_IN_400_YEARS: i64 = 146_097;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_in_utc() {
        for (unix_s, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (951_868_800, "2000-03-01T00:00:00Z"),
            (1_767_225_599, "2025-12-31T23:59:59Z"),
            (1_795_512_600, "2026-11-24T09:30:00Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!(rfc3339(unix_s * 1_000), text);
        }
    }

    #[test]
    fn days_and_dates_lead_back_to_each_other() {
        for days in -800_000..800_000 {
            let (year, month, day) = civil(days);
            assert_eq!(days_from_civil(year, month, day), days);
        }
        assert_eq!(civil(-1), (1969, 12, 31));
    }

    #[test]
    fn distances_are_in_the_unit_that_says_most() {
        let now = 1_000_000_000;
        assert_eq!(relative(now, now), "now");
        assert_eq!(relative(now + 1_000, now), "in 1 second");
        assert_eq!(relative(now + 52 * 60_000, now), "in 52 minutes");
        assert_eq!(relative(now - 2 * 3_600_000, now), "2 hours ago");
        assert_eq!(relative(now + 3 * DAY_MS, now), "in 3 days");
    }
}
