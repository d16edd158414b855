//! A due date: an RFC 3339 timestamp (section 5.6) that every program can read.
//!
//! `chrono` accepts more than the grammar: a space instead of the `T`, U+2212 as the minus sign, a leap second at the end
//! of any minute.

use chrono::{DateTime, Datelike, FixedOffset, Timelike, Utc};
use serde::{Deserialize, Deserializer};

/// chrono represents a leap second as the second before it with a billion nanoseconds or more.
const NANOSECONDS_BEFORE_LEAP_SECOND: u32 = 1_000_000_000;

/// The first leap second was in June 1972 (RFC 3339, appendix D).
const FIRST_YEAR_WITH_LEAP_SECOND: i32 = 1972;

/// Why a text is not accepted as a due date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidDueDate {
    /// It does not follow the grammar, or is not a day of the calendar.
    #[error("must be an RFC 3339 timestamp with an offset, like 2026-01-31T09:00:00+01:00")]
    NotRfc3339,
    /// It has `:60` where no leap second can be.
    #[error("can be a leap second only at 23:59:60 UTC on June 30 or December 31, since 1972")]
    NoLeapSecond,
}

/// Parses a due date. `T` and `Z` may be lower-case (RFC 3339, section 5.6). The RFC lets applications choose to accept a
/// space instead of the `T`; this one doesn't.
pub fn parse(text: &str) -> Result<DateTime<FixedOffset>, InvalidDueDate> {
    if !is_of_the_grammar(text.as_bytes()) {
        return Err(InvalidDueDate::NotRfc3339);
    }
    let date = DateTime::parse_from_rfc3339(text).map_err(|_| InvalidDueDate::NotRfc3339)?;
    if is_in_leap_second(&date) && !can_have_leap_second(&date) {
        return Err(InvalidDueDate::NoLeapSecond);
    }
    Ok(date)
}

/// `date`, or the second before it if it is in a leap second: most programs can't read `:60`.
pub fn without_leap_second(date: DateTime<FixedOffset>) -> DateTime<FixedOffset> {
    let within = date.nanosecond() % NANOSECONDS_BEFORE_LEAP_SECOND;
    date.with_nanosecond(within).unwrap_or(date)
}

/// Reads a stored due date. One that an earlier version stored can be in a leap second.
pub fn deserialise<'de, D>(deserializer: D) -> Result<Option<DateTime<FixedOffset>>, D::Error>
where
    D: Deserializer<'de>,
{
    Ok(Option::<DateTime<FixedOffset>>::deserialize(deserializer)?.map(without_leap_second))
}

/// Checks that digits, signs and separators are where the grammar has them. chrono checks the numbers.
fn is_of_the_grammar(text: &[u8]) -> bool {
    let Some((date_and_time, rest)) = text.split_at_checked(b"0000-00-00T00:00:00".len()) else {
        return false;
    };
    let offset = match rest.strip_prefix(b".") {
        None => rest,
        Some(fraction) => {
            let digits = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
            if digits == 0 {
                return false;
            }
            &fraction[digits..]
        }
    };
    has_shape(date_and_time, b"0000-00-00T00:00:00")
        && (has_shape(offset, b"Z") || has_shape(offset, b"+00:00") || has_shape(offset, b"-00:00"))
}

/// Whether `text` is `shape` with other digits and with letters of either case.
fn has_shape(text: &[u8], shape: &[u8]) -> bool {
    let fits = |(byte, shape): (&u8, &u8)| match shape {
        b'0' => byte.is_ascii_digit(),
        _ => byte.eq_ignore_ascii_case(shape),
    };
    text.len() == shape.len() && text.iter().zip(shape).all(fits)
}

fn is_in_leap_second(date: &DateTime<FixedOffset>) -> bool {
    date.nanosecond() >= NANOSECONDS_BEFORE_LEAP_SECOND
}

/// Leap seconds are at the end of June or December, UTC (RFC 3339, section 5.7).
fn can_have_leap_second(date: &DateTime<FixedOffset>) -> bool {
    let utc = date.with_timezone(&Utc);
    utc.year() >= FIRST_YEAR_WITH_LEAP_SECOND
        && matches!((utc.month(), utc.day()), (6, 30) | (12, 31))
        && (utc.hour(), utc.minute(), utc.second()) == (23, 59, 59)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc_3339_timestamps_are_accepted() {
        for (text, expected) in [
            ("2026-01-31T09:00:00Z", "2026-01-31T09:00:00+00:00"),
            ("2026-01-31t09:00:00z", "2026-01-31T09:00:00+00:00"),
            ("2026-01-31T09:00:00+01:00", "2026-01-31T09:00:00+01:00"),
            ("2026-01-31T09:00:00-00:00", "2026-01-31T09:00:00+00:00"),
            ("2026-01-31T09:00:00.5-23:59", "2026-01-31T09:00:00.500-23:59"),
            ("2026-01-31T09:00:00.1234567891234Z", "2026-01-31T09:00:00.123456789+00:00"),
            ("2024-02-29T23:59:59+23:59", "2024-02-29T23:59:59+23:59"),
            ("0000-01-01T00:00:00+23:59", "0000-01-01T00:00:00+23:59"),
            ("9999-12-31T23:59:59-23:59", "9999-12-31T23:59:59-23:59"),
        ] {
            assert_eq!(parse(text).map(|date| date.to_rfc3339()), Ok(expected.to_owned()), "{text}");
        }
    }

    #[test]
    fn other_formats_are_refused() {
        for text in [
            "",
            "2026-01-31",
            "09:00:00Z",
            "2026-01-31T09:00:00",
            "2026-01-31T09:00Z",
            "2026-01-31T09Z",
            "2026-01-31 09:00:00Z",
            "2026-01-31_09:00:00Z",
            "2026-01-31T 09:00:00Z",
            " 2026-01-31T09:00:00Z",
            "2026-01-31T09:00:00Z ",
            "2026-01-31T09:00:00Z\n",
            "2026-01-31T09:00:00 Z",
            "2026-01-31T09:00:00 +01:00",
            "2026-01-31T09:00:00+01",
            "2026-01-31T09:00:00+0100",
            "2026-01-31T09:00:00+01:0",
            "2026-01-31T09:00:00+01:00:00",
            "2026-01-31T09:00:00+24:00",
            "2026-01-31T09:00:00-24:00",
            "2026-01-31T09:00:00+01:60",
            "2026-01-31T09:00:00+01:00Z",
            "2026-01-31T09:00:00Z+01:00",
            "2026-01-31T09:00:00 UTC",
            "2026-01-31T09:00:00[Europe/Berlin]",
            "2026-01-31T09:00:00+01:00[Europe/Berlin]",
            "2026-01-31T09:00:00.Z",
            "2026-01-31T09:00:00,5Z",
            "2026-01-31T09:00:00.5.5Z",
            "2026-01-31T09:00:00.\u{0665}Z",
            "2026-01-31T24:00:00Z",
            "2026-01-31T09:60:00Z",
            "2026-01-31T09:00:61Z",
            "2026-00-31T09:00:00Z",
            "2026-13-31T09:00:00Z",
            "2026-01-00T09:00:00Z",
            "2026-02-30T09:00:00Z",
            "2025-02-29T09:00:00Z",
            "1900-02-29T09:00:00Z",
            "2026-1-31T09:00:00Z",
            "26-01-31T09:00:00Z",
            "12026-01-31T09:00:00Z",
            "+2026-01-31T09:00:00Z",
            "+02026-01-31T09:00:00Z",
            "-2026-01-31T09:00:00Z",
            "-0001-01-31T09:00:00Z",
            "20260131T090000Z",
            "2026-031T09:00:00Z",
            "2026-W05-6T09:00:00Z",
            "2026/01/31T09:00:00Z",
            "2026-01-31T09.00.00Z",
            "1769850000",
            // U+2212, which chrono reads as a minus; other dashes; digits of other scripts; full-width letters.
            "2026-01-31T09:00:00\u{2212}01:00",
            "2026\u{2212}01\u{2212}31T09:00:00Z",
            "2026-01-31T09:00:00\u{2013}01:00",
            "2026-01-31T09:00:00\u{FF0B}01:00",
            "2026-01-31T09:00:00+\u{0660}1:00",
            "\u{0662}\u{0660}\u{0662}\u{0666}-01-31T09:00:00Z",
            "2026-01-31\u{FF34}09:00:00Z",
            "2026-01-31T09\u{FF1A}00:00Z",
            "2026-01-31T09:00:00\u{200B}Z",
            "2026-01-31T09:00:00Z\u{0}",
        ] {
            assert_eq!(parse(text), Err(InvalidDueDate::NotRfc3339), "{text:?}");
        }
    }

    #[test]
    fn a_leap_second_is_accepted_where_one_can_be() {
        for text in [
            "1972-06-30T23:59:60Z",
            "2016-12-31T23:59:60Z",
            "2016-12-31T23:59:60.999999999z",
            "2016-12-31T15:59:60.123-08:00",
            "2017-01-01T05:29:60+05:30",
            "2017-01-01T00:00:60+00:01",
            "2030-06-30T23:59:60-00:00",
        ] {
            assert!(parse(text).is_ok(), "{text}");
        }
        for text in [
            "2016-12-31T23:58:60Z",
            "2016-12-31T22:59:60Z",
            "2016-12-31T00:00:60Z",
            "2016-12-30T23:59:60Z",
            "2016-12-31T23:59:60+01:00",
            "2016-12-31T23:59:60.5-08:00",
            "2017-01-01T05:29:60+05:00",
            "2026-03-31T23:59:60Z",
            "2026-01-31T23:59:60Z",
            "1971-12-31T23:59:60Z",
            "0000-06-30T23:59:60Z",
        ] {
            assert_eq!(parse(text), Err(InvalidDueDate::NoLeapSecond), "{text}");
        }
    }

    #[test]
    fn a_leap_second_is_stored_as_the_second_before_it() {
        for (text, expected) in [
            ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59+00:00"),
            ("2016-12-31T15:59:60.123-08:00", "2016-12-31T15:59:59.123-08:00"),
            ("2016-12-31T23:59:59.999Z", "2016-12-31T23:59:59.999+00:00"),
        ] {
            assert_eq!(without_leap_second(parse(text).unwrap()).to_rfc3339(), expected);
        }
    }
}
