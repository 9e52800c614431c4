//! Instants as Calendly writes them: RFC 3339, read with any offset, written in UTC.

use std::fmt;

/// A moment, in microseconds since 1970-01-01T00:00:00Z. Years 0000 to 9999.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(i64);

impl Instant {
    /// The moment that many milliseconds after the epoch.
    #[must_use]
    pub fn from_unix_ms(ms: u64) -> Self {
        let micros = i64::try_from(ms).unwrap_or(i64::MAX).saturating_mul(1_000);
        Self(micros.min(LAST_MICROS))
    }

    /// Milliseconds since the epoch; zero for anything earlier.
    #[must_use]
    pub fn unix_ms(self) -> u64 {
        u64::try_from(self.0 / 1_000).unwrap_or(0)
    }

    /// The moment that many milliseconds later (or earlier).
    #[must_use]
    pub fn plus_ms(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms.saturating_mul(1_000)).clamp(FIRST_MICROS, LAST_MICROS))
    }

    /// Reads an RFC 3339 date-time, with an offset, 0 to 9 fractional digits (those after the
    /// sixth are cut off) and `T`, `t` or a space between date and time.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let day = Date::parse(text.get(..10)?)?;
        if !matches!(bytes.get(10)?, b'T' | b't' | b' ') || *bytes.get(13)? != b':' {
            return None;
        }
        let (hour, minute) = (number(bytes, 11, 2)?, number(bytes, 14, 2)?);
        let second = number(bytes, 17, 2)?;
        if *bytes.get(16)? != b':' || hour > 23 || minute > 59 || second > 60 {
            return None;
        }
        let (micros, offset) = fraction(bytes.get(19..)?)?;
        let offset_minutes = offset_minutes(offset)?;
        // A leap second is read as the second after it: the next best thing that exists.
        let seconds = day.days * 86_400 + (hour * 60 + minute - offset_minutes) * 60 + second;
        let all = seconds * 1_000_000 + micros;
        (FIRST_MICROS..=LAST_MICROS).contains(&all).then_some(Self(all))
    }
}

impl fmt::Display for Instant {
    /// `2026-01-02T03:04:05.678901Z`, six digits as Calendly writes them.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.div_euclid(1_000_000);
        let (days, of_day) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
        let (year, month, day) = civil(days);
        let (hour, minute, second) = (of_day / 3_600, of_day / 60 % 60, of_day % 60);
        let micros = self.0.rem_euclid(1_000_000);
        write!(
            formatter,
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{micros:06}Z"
        )
    }
}

/// A day in the Gregorian calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date {
    /// Days since 1970-01-01.
    days: i64,
}

impl Date {
    /// Reads `YYYY-MM-DD`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
            return None;
        }
        let (year, month, day) = (number(bytes, 0, 4)?, number(bytes, 5, 2)?, number(bytes, 8, 2)?);
        let days = days_from_civil(year, month, day);
        // Only a date that exists comes back the same.
        (civil(days) == (year, month, day)).then_some(Self { days })
    }
}

/// Reads `.123456` and returns microseconds and what follows.
fn fraction(rest: &[u8]) -> Option<(i64, &[u8])> {
    let Some(digits) = rest.strip_prefix(b".") else {
        return Some((0, rest));
    };
    let length = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if length == 0 || length > 9 {
        return None;
    }
    let used = length.min(6);
    let power = u32::try_from(6 - used).ok()?;
    let micros = number(digits, 0, used)? * 10_i64.pow(power);
    Some((micros, &digits[length..]))
}

/// Reads `Z` or `+hh:mm` as minutes east of UTC.
fn offset_minutes(offset: &[u8]) -> Option<i64> {
    match offset {
        b"Z" | b"z" => Some(0),
        [sign @ (b'+' | b'-'), _, _, b':', _, _] => {
            let (hours, minutes) = (number(offset, 1, 2)?, number(offset, 4, 2)?);
            let all = hours * 60 + minutes;
            (hours < 24 && minutes < 60).then_some(if *sign == b'-' { -all } else { all })
        }
        _ => None,
    }
}

fn number(bytes: &[u8], from: usize, length: usize) -> Option<i64> {
    bytes.get(from..from + length)?.iter().try_fold(0_i64, |sum, byte| {
        byte.is_ascii_digit().then(|| sum * 10 + i64::from(byte - b'0'))
    })
}

// The two conversions between days and dates count years from March, so that the leap day is the
// last of its year, in eras of 400 years (146,097 days), which all look alike.

fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month_from_march = (month + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    (year, month, day)
}

/// 0000-01-01T00:00:00Z.
const FIRST_MICROS: i64 = -62_167_219_200_000_000;
/// The last microsecond of the year 9999.
const LAST_MICROS: i64 = 253_402_300_799_999_999;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_the_shapes_calendly_and_people_write() {
        let same = Instant::parse("2026-11-24T10:30:00.000000Z");
        assert!(same.is_some());
        for text in [
            "2026-11-24T10:30:00Z",
            "2026-11-24t10:30:00z",
            "2026-11-24 11:30:00+01:00",
            "2026-11-24T05:00:00.0-05:30",
            "2026-11-24T10:30:00.000000999Z",
        ] {
            assert_eq!(Instant::parse(text), same, "{text}");
        }
        assert_eq!(Instant::parse("1970-01-01T00:00:01.5Z").map(Instant::unix_ms), Some(1_500));
    }

    #[test]
    fn refuses_what_is_no_instant() {
        for text in [
            "",
            "2026-11-24",
            "2026-11-24T10:30Z",
            "2026-11-24T10:30:00",
            "2026-02-29T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-00-01T00:00:00Z",
            "2026-01-00T00:00:00Z",
            "2026-01-01T24:00:00Z",
            "2026-01-01T00:00:00.Z",
            "2026-01-01T00:00:00+1:00",
            "2026-01-01T00:00:00+24:00",
            "2026-01-01T00:00:00.1234567890Z",
            "２026-01-01T00:00:00Z",
            "0000-01-01T00:00:00+00:01",
            "9999-12-31T23:59:59-00:01",
            "2026-01-01T00:00:00Zé",
        ] {
            assert_eq!(Instant::parse(text), None, "{text}");
        }
    }

    #[test]
    fn knows_the_leap_years() {
        assert!(Date::parse("2000-02-29").is_some() && Date::parse("2024-02-29").is_some());
        assert!(Date::parse("1900-02-29").is_none() && Date::parse("2025-02-29").is_none());
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back_the_same(micros in FIRST_MICROS..=LAST_MICROS) {
            let instant = Instant(micros);
            prop_assert_eq!(Instant::parse(&instant.to_string()), Some(instant));
        }

        #[test]
        fn the_next_day_is_one_day_later(days in -700_000_i64..2_900_000) {
            let (year, month, day) = civil(days);
            prop_assert_eq!(days_from_civil(year, month, day), days);
            let (next_year, next_month, next_day) = civil(days + 1);
            prop_assert!((next_year, next_month, next_day) > (year, month, day));
            prop_assert!(next_day == day + 1 || next_day == 1);
        }

        #[test]
        fn reading_never_panics(text in "\\PC{0,40}") {
            let _ = Instant::parse(&text);
            let _ = Date::parse(&text);
        }
    }
}
