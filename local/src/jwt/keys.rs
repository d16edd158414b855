//! The keys of an issuer: a JSON Web Key Set (RFC 7517), as issuers publish it.

use std::{collections::HashMap, fmt, fs, io, path::Path};

use serde::Deserialize;
use serde_json::Value;
use tracing::{info, warn};

use super::jwk::{Key, UnusableKey};

/// An issuer's keys, by their ids. Several keys can share an id (RFC 7517, section 4.5); then all are tried.
pub struct JwtKeys(HashMap<String, Vec<Key>>);

/// A key file can't be used. The text follows the file's name.
#[derive(Debug, thiserror::Error)]
pub enum InvalidKeys {
    /// The file can't be read.
    #[error("can't be read")]
    Unreadable(#[from] io::Error),
    /// The file isn't a key set.
    #[error("is not a JSON Web Key Set")]
    NoKeySet(#[from] serde_json::Error),
    /// No key in it can check a token.
    #[error("holds no RSA key that can check tokens{0}")]
    NoKey(Reasons),
}

/// Why each key of a set can't be used.
#[derive(Debug, Default)]
pub struct Reasons(Vec<(String, UnusableKey)>);

#[derive(Deserialize)]
struct KeySet {
    keys: Vec<Value>,
}

impl JwtKeys {
    /// Reads a key set. Logs each key that can't be used and its reason.
    ///
    /// # Errors
    /// [`InvalidKeys`] when no key can be used.
    pub fn read(file: &Path) -> Result<Self, InvalidKeys> {
        let text = fs::read(file)?;
        // Some editors and shells write a byte order mark, which isn't JSON.
        let set: KeySet = serde_json::from_slice(text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&text))?;
        let (mut keys, mut unusable) = (HashMap::<String, Vec<Key>>::new(), Reasons::default());
        for (index, key) in set.keys.iter().enumerate() {
            match Key::read(key) {
                Ok(key) => keys.entry(key.kid.clone()).or_default().push(key),
                Err(reason) => unusable.0.push((name(key, index), reason)),
            }
        }
        if keys.is_empty() {
            return Err(InvalidKeys::NoKey(unusable));
        }
        unusable.log();
        Ok(Self(keys))
    }

    pub(super) fn find(&self, kid: &str) -> &[Key] {
        self.0.get(kid).map_or(&[], Vec::as_slice)
    }
}

/// The key's id, or its position in the set.
fn name(key: &Value, index: usize) -> String {
    key["kid"].as_str().map_or_else(|| format!("key {}", index + 1), |kid| format!("{kid:?}"))
}

impl Reasons {
    /// How many an error lists.
    const LISTED_MAX: usize = 5;

    fn log(&self) {
        for (name, reason) in &self.0 {
            match reason.is_a_fault() {
                true => warn!("no token is checked with {name} of the key set: it {reason}"),
                false => info!("no token is checked with {name} of the key set: it {reason}"),
            }
        }
    }
}

impl fmt::Display for Reasons {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (name, reason)) in self.0.iter().take(Self::LISTED_MAX).enumerate() {
            write!(f, "{} {name} {reason}", if index == 0 { ":" } else { ";" })?;
        }
        match self.0.len().saturating_sub(Self::LISTED_MAX) {
            0 => Ok(()),
            more => write!(f, "; and {more} more"),
        }
    }
}
