//! The trace of a task: W3C Trace Context (<https://www.w3.org/TR/trace-context/>).
//!
//! Taskline records no spans, so it passes the context on unchanged, as the specification requires of a forwarder
//! ("Mutating the traceparent Field"): the handler's span is then a child of the submitter's span.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, de::IgnoredAny};

use crate::limits::TRACESTATE_CHARACTERS_MAX;

const TRACE_ID_DIGITS: usize = 32;
const PARENT_ID_DIGITS: usize = 16;
/// The only flag that version 00 defines; the others "MUST" be set to zero.
const SAMPLED: u8 = 1;
/// The version number of invalid headers.
const INVALID_VERSION: u8 = 0xff;

/// The `traceparent` of a request and its `tracestate`, if it has one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TraceContext {
    traceparent: TraceParent,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tracestate: Option<TraceState>,
}

/// The header `traceparent` in version 00.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
struct TraceParent {
    trace_id: String,
    parent_id: String,
    is_sampled: bool,
}

/// The header `tracestate`: entries of tracing systems, which Taskline does not parse.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
struct TraceState(String);

/// A header does not follow the specification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the trace context is invalid")]
struct Invalid;

impl TraceContext {
    /// Reads the values of a request's headers. `None` without exactly one valid `traceparent`: the specification treats a
    /// request with an invalid one like a request without. An invalid `tracestate` is dropped.
    pub fn read<'a>(
        traceparent: impl IntoIterator<Item = &'a [u8]>,
        tracestate: impl IntoIterator<Item = &'a [u8]>,
    ) -> Option<Self> {
        let mut values = traceparent.into_iter();
        let (only, None) = (values.next()?, values.next()) else {
            return None;
        };
        let traceparent = TraceParent::parse(only).ok()?;
        // Several headers are parts of one list.
        let tracestate = TraceState::parse(&tracestate.into_iter().collect::<Vec<_>>().join(&b","[..])).ok();
        Some(Self { traceparent, tracestate })
    }

    /// The id of the trace, for tracing systems.
    pub fn trace_id(&self) -> &str {
        &self.traceparent.trace_id
    }

    /// The value of `traceparent`.
    pub fn traceparent(&self) -> String {
        self.traceparent.to_string()
    }

    /// The value of `tracestate`, if there is one.
    pub fn tracestate(&self) -> Option<&str> {
        self.tracestate.as_ref().map(|state| state.0.as_str())
    }
}

/// Reads a stored trace context, or `None` if it is not readable: it must not make its task undecodable.
pub(crate) fn if_readable<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<TraceContext>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Stored {
        Readable(TraceContext),
        Unreadable(IgnoredAny),
    }
    Ok(match Stored::deserialize(deserializer)? {
        Stored::Readable(context) => Some(context),
        Stored::Unreadable(_) => None,
    })
}

impl TraceParent {
    /// A version above 00 is read up to its flags, which are the fields of version 00.
    fn parse(value: &[u8]) -> Result<Self, Invalid> {
        let value = std::str::from_utf8(value).map_err(|_| Invalid)?;
        let mut parts = value.splitn(5, '-');
        let mut part = |digits: usize| {
            let part = parts.next().filter(|part| part.len() == digits)?;
            part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')).then_some(part)
        };
        let (version, trace_id) = (octet(part(2))?, part(TRACE_ID_DIGITS).ok_or(Invalid)?);
        let (parent_id, flags) = (part(PARENT_ID_DIGITS).ok_or(Invalid)?, octet(part(2))?);
        let is_followed = parts.next().is_some();
        let is_zero = |id: &str| id.bytes().all(|byte| byte == b'0');
        if version == INVALID_VERSION
            || (version == 0 && is_followed)
            || is_zero(trace_id)
            || is_zero(parent_id)
        {
            return Err(Invalid);
        }
        let (trace_id, parent_id) = (trace_id.to_owned(), parent_id.to_owned());
        Ok(Self { trace_id, parent_id, is_sampled: flags & SAMPLED != 0 })
    }
}

fn octet(digits: Option<&str>) -> Result<u8, Invalid> {
    u8::from_str_radix(digits.ok_or(Invalid)?, 16).map_err(|_| Invalid)
}

impl fmt::Display for TraceParent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "00-{}-{}-{:02x}", self.trace_id, self.parent_id, u8::from(self.is_sampled))
    }
}

impl TraceState {
    fn parse(value: &[u8]) -> Result<Self, Invalid> {
        let is_text = value.iter().all(|byte| matches!(byte, b' '..=b'~' | b'\t'));
        let text =
            std::str::from_utf8(value).ok().filter(|_| is_text).ok_or(Invalid)?.trim_matches([' ', '\t']);
        match text.len() {
            1..=TRACESTATE_CHARACTERS_MAX => Ok(Self(text.to_owned())),
            _ => Err(Invalid),
        }
    }
}

impl TryFrom<String> for TraceParent {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        Self::parse(text.as_bytes())
    }
}

impl From<TraceParent> for String {
    fn from(traceparent: TraceParent) -> Self {
        traceparent.to_string()
    }
}

impl TryFrom<String> for TraceState {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        Self::parse(text.as_bytes())
    }
}

impl From<TraceState> for String {
    fn from(tracestate: TraceState) -> Self {
        tracestate.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE_ID: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    const VALID: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    fn read(traceparent: &[&str], tracestate: &[&str]) -> Option<TraceContext> {
        let [traceparent, tracestate] =
            [traceparent, tracestate].map(|values| values.iter().map(|text| text.as_bytes()));
        TraceContext::read(traceparent, tracestate)
    }

    #[test]
    fn a_valid_trace_context_is_passed_on_unchanged() {
        let context = read(&[VALID], &["congo=t61rcWkgMzE"]).unwrap();
        assert_eq!((context.trace_id(), context.traceparent().as_str()), (TRACE_ID, VALID));
        assert_eq!(context.tracestate(), Some("congo=t61rcWkgMzE"));
        let unsampled = VALID.replace("-01", "-00");
        assert_eq!(read(&[&unsampled], &[]).unwrap().traceparent(), unsampled);
    }

    #[test]
    fn an_invalid_traceparent_is_ignored() {
        for invalid in [
            "",
            "00",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-011",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00F067AA0BA902B7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0A",
            "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e47366-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e473g-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "0-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "+0-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00_4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7_01",
            " 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01more",
        ] {
            assert_eq!(read(&[invalid], &["congo=t61rcWkgMzE"]), None, "{invalid:?}");
        }
        assert_eq!(TraceContext::read([&b"00-\xff"[..]], []), None);
    }

    #[test]
    fn several_traceparents_are_ignored_also_joined_with_a_comma() {
        let joined = format!("{VALID},{VALID}");
        for values in [&[][..], &[VALID, VALID], &[joined.as_str()]] {
            assert_eq!(read(values, &[]), None, "{values:?}");
        }
    }

    #[test]
    fn a_later_version_is_passed_on_as_version_00() {
        let later = VALID.replacen("00", "cc", 1);
        for value in [later.clone(), format!("{later}-what-the-future-will-be-like"), format!("{later}-")] {
            assert_eq!(read(&[&value], &[]).unwrap().traceparent(), VALID, "{value}");
        }
        let unknown_flags = VALID.replace("-01", "-fe");
        assert!(
            read(&[&unknown_flags], &[]).unwrap().traceparent().ends_with("-00"),
            "unknown flags are zero"
        );
    }

    #[test]
    fn several_tracestates_are_joined_and_an_invalid_one_is_dropped() {
        let state = |values: &[&str]| read(&[VALID], values).unwrap().tracestate().map(str::to_owned);
        assert_eq!(state(&["a=1", "b=2"]).as_deref(), Some("a=1,b=2"));
        assert_eq!(state(&[" a=1 "]).as_deref(), Some("a=1"));
        let longest = "x".repeat(TRACESTATE_CHARACTERS_MAX);
        assert_eq!(state(&[&longest]), Some(longest.clone()));
        for dropped in [&[][..], &[""], &[" "], &["a=1\nb"], &["ä=1"], &[&longest, "y"]] {
            assert_eq!(state(dropped), None, "{dropped:?}");
        }
    }

    #[test]
    fn a_stored_trace_context_is_read_back_and_an_unreadable_one_is_ignored() {
        #[derive(Deserialize)]
        struct WithTrace {
            #[serde(default, deserialize_with = "if_readable")]
            trace: Option<TraceContext>,
        }
        let kept = |json: &str| serde_json::from_str::<WithTrace>(json).unwrap().trace;
        let context = read(&[VALID], &["a=1"]).unwrap();
        let json = serde_json::json!({"trace": context}).to_string();
        assert_eq!(json, format!(r#"{{"trace":{{"traceparent":"{VALID}","tracestate":"a=1"}}}}"#));
        assert_eq!(kept(&json), Some(context));
        for unreadable in
            ["{}", r#"{"trace":null}"#, r#"{"trace":7}"#, r#"{"trace":{"traceparent":"00-1-2-3"}}"#]
        {
            assert_eq!(kept(unreadable), None, "{unreadable}");
        }
    }
}
