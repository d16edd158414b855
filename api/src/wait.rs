//! How long a request may wait for its task to settle.

use chrono::TimeDelta;
use shared::{
    limits::WAIT_SECONDS_MAX,
    setting::{InvalidSetting, Lookup, whole_number},
};

/// How long a request waits for its task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wait(pub(crate) TimeDelta);

/// The query has an invalid `wait`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("wait must be given once, as whole seconds from 1s to {WAIT_SECONDS_MAX}s, such as wait=20s")]
pub struct InvalidWait;

/// The deployment answers every request at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("requests can't wait here: leave out wait, and ask again after a second or more")]
pub struct WaitRefused;

/// `WAIT_SECONDS_MAX`: how long a deployment lets a request wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WaitLimit(TimeDelta);

impl Default for WaitLimit {
    fn default() -> Self {
        Self(TimeDelta::seconds(WAIT_SECONDS_MAX.into()))
    }
}

impl WaitLimit {
    /// Reads the setting.
    ///
    /// # Errors
    /// [`InvalidSetting`] when it is not a number from 0 to 20.
    pub fn read(lookup: Lookup<'_>) -> Result<Self, InvalidSetting> {
        let seconds = whole_number(lookup, "WAIT_SECONDS_MAX", WAIT_SECONDS_MAX, 0..=WAIT_SECONDS_MAX)?;
        Ok(Self(TimeDelta::seconds(seconds.into())))
    }

    /// Shortens a wait that is too long: its answer is the same, only earlier.
    pub(crate) fn shorten(self, wait: Wait) -> Result<Wait, WaitRefused> {
        if self.0.is_zero() { Err(WaitRefused) } else { Ok(Wait(wait.0.min(self.0))) }
    }
}

impl Wait {
    /// The `wait` in a query, if it has one. Other parameters are ignored.
    ///
    /// # Errors
    /// [`InvalidWait`].
    pub fn in_query(query: Option<&str>) -> Result<Option<Self>, InvalidWait> {
        let pairs = query.unwrap_or_default().split('&');
        let mut values = pairs.filter_map(|pair| match pair.split_once('=') {
            Some(("wait", value)) => Some(value),
            None if pair == "wait" => Some(""),
            _ => None,
        });
        match (values.next(), values.next()) {
            (None, _) => Ok(None),
            (Some(value), None) => Self::parse(value).map(Some).ok_or(InvalidWait),
            (Some(_), Some(_)) => Err(InvalidWait),
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_suffix('s')?;
        let is_plain = digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0');
        let seconds: u32 = digits.parse().ok().filter(|_| is_plain)?;
        (1..=WAIT_SECONDS_MAX).contains(&seconds).then(|| Self(TimeDelta::seconds(seconds.into())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(seconds: &str) -> Result<WaitLimit, InvalidSetting> {
        WaitLimit::read(&|name| (name == "WAIT_SECONDS_MAX").then(|| seconds.to_owned()))
    }

    #[test]
    fn the_limit_is_that_of_the_setting() {
        assert_eq!(WaitLimit::read(&|_| None), Ok(WaitLimit::default()));
        let wait = |seconds| Wait(TimeDelta::seconds(seconds));
        for (max, asked, allowed) in [("20", 20, 20), ("5", 20, 5), ("5", 5, 5), ("5", 1, 1)] {
            assert_eq!(limit(max).unwrap().shorten(wait(asked)), Ok(wait(allowed)), "{max} {asked}");
        }
        assert_eq!(limit("0").unwrap().shorten(wait(1)), Err(WaitRefused));
        for unusable in ["", "-1", "21", "5s"] {
            assert_eq!(limit(unusable).unwrap_err().name, "WAIT_SECONDS_MAX");
        }
    }

    #[test]
    fn a_wait_is_whole_seconds_up_to_the_limit_with_their_unit() {
        for (query, seconds) in [("wait=1s", 1), ("wait=20s", 20), ("a=b&wait=9s&wai=t", 9)] {
            assert_eq!(Wait::in_query(Some(query)), Ok(Some(Wait(TimeDelta::seconds(seconds)))));
        }
        for query in [None, Some(""), Some("a"), Some("awaits=1s&Wait=1s")] {
            assert_eq!(Wait::in_query(query), Ok(None));
        }
        for query in [
            "wait",
            "wait=",
            "wait=s",
            "wait=0s",
            "wait=00s",
            "wait=05s",
            "wait=21s",
            "wait=1",
            "wait=1.5s",
            "wait=-1s",
            "wait=+1s",
            "wait=1m",
            "wait=1S",
            "wait=1s%20",
            "wait=1ss",
            "wait=9999999999s",
            "wait=true",
            "wait=1s&wait=1s",
            "wait=1s&wait",
        ] {
            assert_eq!(Wait::in_query(Some(query)), Err(InvalidWait), "{query}");
        }
    }
}
