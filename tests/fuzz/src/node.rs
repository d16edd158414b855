//! A change to a value in JSON that leaves it JSON: also to JSON within a string, as messages are within events, and
//! after a head, as bodies are in requests.

use proptest::sample::Index;
use serde_json::Value;

/// Replaces one value in the JSON of `input` by `piece`, or removes it if there is none. Returns whether there was such
/// a value.
pub(crate) fn change(input: &mut Vec<u8>, at: Index, piece: Option<&[u8]>) -> bool {
    let Some(start) = input.iter().position(|byte| b"{[".contains(byte)) else { return false };
    let Ok(mut json) = serde_json::from_slice(&input[start..]) else { return false };
    let nth = at.index(count(&json));
    let piece = piece.map(|piece| {
        let text = String::from_utf8_lossy(piece);
        serde_json::from_str(&text).unwrap_or_else(|_| text.trim_matches('"').into())
    });
    replace(&mut json, &mut { nth }, piece.as_ref());
    input.splice(start.., json.to_string().into_bytes());
    true
}

/// The JSON in a text.
fn within(value: &Value) -> Option<Value> {
    serde_json::from_str(value.as_str()?).ok().filter(|inner: &Value| inner.is_object())
}

fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(values) => values.iter().map(count).sum(),
        Value::Object(members) => members.values().map(count).sum(),
        text => within(text).map_or(0, |inner| count(&inner)),
    }
}

/// Finds the value after `skipped` others. Returns whether its container must remove it.
fn replace(value: &mut Value, skipped: &mut usize, piece: Option<&Value>) -> bool {
    if *skipped == 0 {
        *skipped = usize::MAX;
        if let Some(piece) = piece {
            *value = piece.clone();
        }
        return piece.is_none();
    }
    if *skipped != usize::MAX {
        *skipped -= 1;
    }
    if let Some(mut inner) = within(value) {
        replace(&mut inner, skipped, piece);
        *value = inner.to_string().into();
    }
    match value {
        Value::Array(values) => values.retain_mut(|value| !replace(value, skipped, piece)),
        Value::Object(members) => members.retain(|_, value| !replace(value, skipped, piece)),
        _ => {}
    }
    false
}
