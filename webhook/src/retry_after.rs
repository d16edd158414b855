//! `Retry-After`: how long the receiver asks the sender to wait.

use std::time::Duration;

use chrono::{DateTime, NaiveDateTime, Utc};
use hyper::header::{DATE, HeaderMap, HeaderValue, RETRY_AFTER};
use shared::{Timestamp, limits::RETRY_SECONDS_MAX};

/// A line waits while its first task waits for a retry, so no answer may stop it for longer than this.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(RETRY_SECONDS_MAX as u64);

/// The wait of `Retry-After` in whole seconds, rounded up, at most [`RETRY_AFTER_MAX`]; None if it can't be read. If
/// there are several, the longest.
///
/// A date is compared with the answer's `Date`, since both come from the receiver's clock; without `Date`, with `now`.
pub fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let sent_at = headers.get(DATE).and_then(text).and_then(http_date).unwrap_or(now);
    let values = headers.get_all(RETRY_AFTER).iter().filter_map(text);
    let wait = values.filter_map(|value| wait_of(value, sent_at)).max()?;
    Some(whole_seconds(wait).min(RETRY_AFTER_MAX))
}

fn text(value: &HeaderValue) -> Option<&str> {
    value.to_str().ok().map(str::trim)
}

fn wait_of(value: &str, sent_at: Timestamp) -> Option<Duration> {
    if let Some(date) = http_date(value) {
        return Some((date - sent_at).to_std().unwrap_or(Duration::ZERO));
    }
    // A proxy may have joined several headers into one.
    value.split(',').filter_map(|part| seconds(part.trim())).max()
}

/// A number of seconds. The specification allows neither fractions nor negative numbers, but several frameworks send
/// them.
fn seconds(text: &str) -> Option<Duration> {
    let (number, is_negative) = match text.strip_prefix('-') {
        Some(number) => (number, true),
        None => (text.strip_prefix('+').unwrap_or(text), false),
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let is_number = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !is_number(whole) || !is_number(fraction) {
        return None;
    }
    if is_negative {
        return Some(Duration::ZERO);
    }
    // A number that is too large for u64 still means a long wait.
    let whole: u64 = whole.parse().unwrap_or(u64::MAX);
    let has_fraction = fraction.bytes().any(|digit| digit != b'0');
    Some(Duration::from_secs(whole.saturating_add(u64::from(has_fraction))))
}

fn whole_seconds(wait: Duration) -> Duration {
    Duration::from_secs(wait.as_secs().saturating_add(u64::from(wait.subsec_nanos() > 0)))
}

/// A date in any of the three formats that a recipient must accept (RFC 9110, section 5.6.7). The day of the week is
/// ignored.
fn http_date(text: &str) -> Option<Timestamp> {
    let without_day = text.split_once(',').map_or(text, |(_, rest)| rest.trim_start());
    if let Ok(date) = DateTime::parse_from_rfc2822(without_day) {
        return Some(date.with_timezone(&Utc));
    }
    if let Ok(date) = NaiveDateTime::parse_from_str(without_day, "%d-%b-%y %H:%M:%S GMT") {
        return Some(date.and_utc());
    }
    let (_, asctime) = text.split_once(' ')?;
    Some(NaiveDateTime::parse_from_str(asctime.trim_start(), "%b %e %H:%M:%S %Y").ok()?.and_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "2026-10-21T07:28:00.25Z";

    fn wait_from(headers: &[(&str, &str)]) -> Option<u64> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            let name: hyper::header::HeaderName = name.parse().unwrap();
            map.append(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        retry_after(&map, NOW.parse().unwrap()).map(|wait| {
            assert_eq!(wait.subsec_nanos(), 0, "whole seconds");
            wait.as_secs()
        })
    }

    fn wait_for(value: &str) -> Option<u64> {
        wait_from(&[("retry-after", value)])
    }

    #[test]
    fn seconds_are_rounded_up() {
        for (value, expected) in
            [("120", 120), (" 7 ", 7), ("0", 0), ("1.2", 2), ("1.0", 1), ("0.001", 1), ("5.", 5), ("+5", 5)]
        {
            assert_eq!(wait_for(value), Some(expected), "{value}");
        }
    }

    #[test]
    fn a_date_in_each_format_is_compared_with_the_receivers_date_and_not_with_our_clock() {
        let dates = [
            "Wed, 21 Oct 2037 07:58:00 GMT",
            "Wednesday, 21-Oct-37 07:58:00 GMT",
            "Wed Oct 21 07:58:00 2037",
            "Fri, 21 Oct 2037 07:58:00 GMT",
            "21 Oct 2037 07:58:00 GMT",
            "Wed, 21 Oct 2037 09:58:00 +0200",
        ];
        for sent_at in ["Wed, 21 Oct 2037 07:28:00 GMT", "Wed Oct 21 07:28:00 2037"] {
            for date in dates {
                let wait = wait_from(&[("date", sent_at), ("retry-after", date)]);
                assert_eq!(wait, Some(1_800), "{date} {sent_at}");
            }
        }
        assert_eq!(
            wait_from(&[
                ("date", "Wed, 1 Oct 2036 07:00:00 GMT"),
                ("retry-after", "Wed, 1 Oct 2036 07:00:03 GMT")
            ]),
            Some(3)
        );
    }

    #[test]
    fn without_a_readable_date_our_clock_counts_and_the_wait_is_rounded_up() {
        let later = ("retry-after", "Wed, 21 Oct 2026 07:58:00 GMT");
        assert_eq!(wait_from(&[later]), Some(1_800), "1,799.75 s from now");
        assert_eq!(wait_from(&[("date", "yesterday"), later]), Some(1_800));
        assert_eq!(wait_from(&[("date", "\u{e9}"), later]), Some(1_800));
    }

    #[test]
    fn a_time_in_the_past_means_no_wait() {
        for value in ["-5", "-0.5", "Wed, 21 Oct 2026 07:27:59 GMT", "Thu, 01 Jan 1970 00:00:00 GMT"] {
            assert_eq!(wait_for(value), Some(0), "{value}");
        }
    }

    #[test]
    fn a_wait_is_limited_to_an_hour() {
        for value in ["3601", "99999999999999999999999999", "Thu, 21 Oct 2027 07:28:00 GMT"] {
            assert_eq!(wait_for(value), Some(3_600), "{value}");
        }
    }

    #[test]
    fn the_longest_of_several_waits_counts() {
        assert_eq!(
            wait_from(&[("retry-after", "2"), ("retry-after", "9"), ("retry-after", "soon")]),
            Some(9)
        );
        assert_eq!(wait_for("2, 9"), Some(9));
    }

    #[test]
    fn an_unreadable_value_is_ignored() {
        for value in ["", "soon", "1e3", "0x10", "--5", ".5", "5s", "\u{665}", "2026-10-21T08:00:00Z", "1:30"]
        {
            assert_eq!(wait_for(value), None, "{value}");
        }
    }
}
