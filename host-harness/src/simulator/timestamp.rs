//! Moments and days as Calendly writes them.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::timestamp::{civil, days_from_civil};

const MICROS_PER_SECOND: i64 = 1_000_000;
const SECONDS_PER_DAY: i64 = 86_400;

/// A moment in UTC, in microseconds since 1970. Shown with six fractional digits and `Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Timestamp(i64);

impl Timestamp {
    pub(crate) const MINUTE: i64 = 60 * MICROS_PER_SECOND;
    pub(crate) const DAY: i64 = SECONDS_PER_DAY * MICROS_PER_SECOND;

    pub(crate) fn from_millis(millis: u64) -> Self {
        Self(i64::try_from(millis).unwrap_or(i64::MAX / 1_000).saturating_mul(1_000))
    }

    pub(crate) fn micros(self) -> i64 {
        self.0
    }

    pub(crate) fn plus(self, micros: i64) -> Self {
        Self(self.0.saturating_add(micros))
    }

    pub(crate) fn plus_minutes(self, minutes: i64) -> Self {
        self.plus(minutes.saturating_mul(Self::MINUTE))
    }

    /// The start of this moment's day.
    pub(crate) fn midnight(self) -> Self {
        Self(self.0 - self.0.rem_euclid(Self::DAY))
    }

    /// The start of a day, counted since 1970.
    pub(crate) fn from_day(day: i64) -> Self {
        Self(day.saturating_mul(Self::DAY))
    }

    /// This moment's day, counted since 1970.
    pub(crate) fn day(self) -> i64 {
        self.0.div_euclid(Self::DAY)
    }

    /// Whether this moment's day is a Saturday or a Sunday.
    pub(crate) fn is_weekend(self) -> bool {
        // 1970-01-01 was a Thursday.
        matches!(self.0.div_euclid(Self::DAY).rem_euclid(7), 2 | 3)
    }

    /// Reads `2020-01-02T03:04:05[.678123]Z`. Another offset than `Z` is refused: where the
    /// service asks for a time, it asks for UTC.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
        let days = parse_date(date)?;
        let (clock, fraction) = time.split_once('.').map_or((time, None), |(c, f)| (c, Some(f)));
        let [hour, minute, second] = fixed_numbers(clock, ':', [2, 2, 2])?;
        if hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        let seconds = days * SECONDS_PER_DAY + hour * 3_600 + minute * 60 + second;
        Some(Self(seconds * MICROS_PER_SECOND + fraction.map_or(Some(0), parse_fraction)?))
    }

    /// Reads the same with an offset from UTC too: `2020-01-02T03:04:05+01:00`.
    pub(crate) fn parse_with_offset(text: &str) -> Option<Self> {
        if text.ends_with('Z') {
            return Self::parse(text);
        }
        let (local, offset) = text.split_at_checked(text.len().checked_sub(6)?)?;
        let minutes = match offset.split_at_checked(1)? {
            ("+", offset) => minutes_of_day(offset)?,
            ("-", offset) => -minutes_of_day(offset)?,
            _ => return None,
        };
        Some(Self::parse(&format!("{local}Z"))?.plus_minutes(-minutes))
    }

    pub(crate) fn is_from_1970_to_9999(self) -> bool {
        let end = (days_from_civil(9_999, 12, 31) + 1) * Self::DAY;
        (0..end).contains(&self.0)
    }

    /// Whether `end` is within so many years from this moment, by the calendar.
    pub(crate) fn is_within_years(self, years: i64, end: Self) -> bool {
        let parts = |time: Self| {
            let (year, month, day) = civil(time.day());
            (year, month, day, time.0.rem_euclid(Self::DAY))
        };
        let (year, month, day, time) = parts(self);
        parts(end) <= (year + years, month, day, time)
    }

    /// The moment with three fractional digits.
    pub(crate) fn with_millis(self) -> String {
        let mut text = self.to_string();
        text.truncate(text.len().saturating_sub("678Z".len()));
        text + "Z"
    }

    /// The day, as `YYYY-MM-DD`.
    pub(crate) fn date(self) -> String {
        let (year, month, day) = civil(self.0.div_euclid(Self::DAY));
        format!("{year:04}-{month:02}-{day:02}")
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let micros = self.0.rem_euclid(MICROS_PER_SECOND);
        let seconds = self.0.div_euclid(MICROS_PER_SECOND).rem_euclid(SECONDS_PER_DAY);
        let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
        write!(formatter, "{}T{hour:02}:{minute:02}:{second:02}.{micros:06}Z", self.date())
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Whether `text` is a day that exists, as `YYYY-MM-DD`.
pub(crate) fn is_date(text: &str) -> bool {
    parse_date(text).is_some()
}

/// The day that is written as `YYYY-MM-DD`, counted since 1970.
pub(crate) fn parse_date(text: &str) -> Option<i64> {
    let [year, month, day] = fixed_numbers(text, '-', [4, 2, 2])?;
    let days = days_from_civil(year, month, day);
    // The way back agrees only if the day exists (there is no 30 February).
    (civil(days) == (year, month, day)).then_some(days)
}

fn parse_fraction(digits: &str) -> Option<i64> {
    if digits.is_empty() || digits.len() > 9 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    format!("{digits:0<6}")[..6].parse().ok()
}

/// Reads `hh:mm`.
fn minutes_of_day(text: &str) -> Option<i64> {
    let [hour, minute, _] = fixed_numbers(&format!("{text}:00"), ':', [2, 2, 2])?;
    (hour <= 23 && minute <= 59).then_some(hour * 60 + minute)
}

/// Reads numbers of exactly the given widths.
fn fixed_numbers(text: &str, separator: char, widths: [usize; 3]) -> Option<[i64; 3]> {
    let mut parts = text.split(separator);
    let mut numbers = [0; 3];
    for (number, width) in numbers.iter_mut().zip(widths) {
        let part = parts.next()?;
        if part.len() != width || !part.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        *number = part.parse().ok()?;
    }
    parts.next().is_none().then_some(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rewritten(text: &str) -> Option<String> {
        Timestamp::parse(text).map(|timestamp| timestamp.to_string())
    }

    #[test]
    fn reading_and_writing_agree() {
        for text in ["1970-01-01T00:00:00.000000Z", "2024-02-29T23:59:59.678123Z"] {
            assert_eq!(rewritten(text).as_deref(), Some(text));
        }
        let short = rewritten("2026-12-01T09:30:00Z");
        assert_eq!(short.as_deref(), Some("2026-12-01T09:30:00.000000Z"));
    }

    #[test]
    fn what_is_no_utc_time_is_refused() {
        for text in [
            "2026-12-01",
            "2026-12-01T09:30:00",
            "2026-12-01T09:30:00+02:00",
            "2026-02-30T09:30:00Z",
            "2026-12-01T24:00:00Z",
            "2026-12-01T09:30:00.Z",
            "x026-12-01T09:30:00Z",
        ] {
            assert_eq!(Timestamp::parse(text), None, "{text}");
        }
    }

    #[test]
    fn an_offset_can_be_read() {
        let read = |text| Timestamp::parse_with_offset(text).map(|time| time.to_string());
        let expected = Some("2026-12-01T09:30:00.000000Z".to_owned());
        for text in
            ["2026-12-01T09:30:00Z", "2026-12-01T11:30:00+02:00", "2026-11-30T23:45:00.0-09:45"]
        {
            assert_eq!(read(text), expected, "{text}");
        }
        for text in [
            "",
            "2026-12-01",
            "2026-12-01T09:30:00",
            "2026-12-01T09:30Z",
            "2026-12-01T09:30+02:00",
            "2026-12-01T09:30:00+24:00",
            "2026-12-01T09:30:00+02:60",
            "2026-12-01T09:30:00+0200",
            "2026-12-01T09:30:00 02:00",
            "2026-12-01T09:30:00z",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn years_are_those_of_the_calendar() {
        let within =
            |start, end| Some(Timestamp::parse(start)?.is_within_years(2, Timestamp::parse(end)?));
        assert_eq!(within("2023-03-01T08:00:00Z", "2025-03-01T08:00:00Z"), Some(true));
        assert_eq!(within("2023-03-01T08:00:00Z", "2025-03-01T08:00:00.000001Z"), Some(false));
        assert_eq!(within("2024-02-29T00:00:00Z", "2026-02-28T23:59:59Z"), Some(true));
        assert_eq!(within("2024-02-29T00:00:00Z", "2026-03-01T00:00:00Z"), Some(false));
    }

    #[test]
    fn some_moments_are_shown_with_three_digits() {
        let shown = Timestamp::parse("2020-01-02T03:04:05.678123Z").map(Timestamp::with_millis);
        assert_eq!(shown.as_deref(), Some("2020-01-02T03:04:05.678Z"));
    }

    #[test]
    fn weekends_are_known() {
        let is_weekend = |text| Timestamp::parse(text).map(Timestamp::is_weekend);
        assert_eq!(is_weekend("2026-11-21T12:00:00Z"), Some(true));
        assert_eq!(is_weekend("2026-11-22T12:00:00Z"), Some(true));
        assert_eq!(is_weekend("2026-11-23T12:00:00Z"), Some(false));
    }
}
