//! The keys by which an issuer's tokens are known: a JSON Web Key Set (RFC 7517), as issuers publish it.

use std::{collections::HashMap, fs, io, path::Path};

use jsonwebtoken::{
    Algorithm, DecodingKey, DecodingKeyKind,
    jwk::{AlgorithmParameters, Jwk, JwkSet, KeyOperations, PublicKeyUse},
};

use super::ring_rsa::ALGORITHMS;

/// What ring checks with at least, and RFC 7518, section 3.3, asks for.
const MODULUS_BYTES_MIN: usize = 2048 / 8;

/// An issuer's keys, by their ids.
pub struct JwtKeys(HashMap<String, Key>);

pub(super) struct Key {
    pub key: DecodingKey,
    /// For what it is said to be.
    pub algorithms: Vec<Algorithm>,
}

/// A file of keys can't be used.
#[derive(Debug, thiserror::Error)]
pub enum InvalidKeys {
    /// It can't be read.
    #[error("can't be read")]
    Unreadable(#[from] io::Error),
    /// It is no key set.
    #[error("is no JSON Web Key Set")]
    NoKeySet(#[from] serde_json::Error),
    /// Nothing in it could have signed a token.
    #[error("holds no RSA key that signs tokens and has a kid")]
    NoKey,
    /// Two keys have one name.
    #[error("holds two keys with the kid {0:?}")]
    Twice(String),
    /// A key is broken, or so short that it can be broken.
    #[error("holds the key {0:?}, which is no RSA key of at least 2048 bits")]
    Weak(String),
}

impl JwtKeys {
    /// Reads a key set. Keys for something else than checking tokens by RSA are left aside.
    ///
    /// # Errors
    /// [`InvalidKeys`], fit to stand behind the file's name.
    pub fn read(file: &Path) -> Result<Self, InvalidKeys> {
        let set: JwkSet = serde_json::from_slice(&fs::read(file)?)?;
        let mut keys = HashMap::new();
        for (kid, algorithms, jwk) in set.keys.iter().filter_map(usable) {
            let key = strong(jwk).ok_or_else(|| InvalidKeys::Weak(kid.clone()))?;
            if keys.insert(kid.clone(), Key { key, algorithms }).is_some() {
                return Err(InvalidKeys::Twice(kid));
            }
        }
        if keys.is_empty() { Err(InvalidKeys::NoKey) } else { Ok(Self(keys)) }
    }

    pub(super) fn find(&self, kid: &str) -> Option<&Key> {
        self.0.get(kid)
    }
}

/// A key's id and the algorithms that it is for, if it is to check tokens by RSA.
fn usable(jwk: &Jwk) -> Option<(String, Vec<Algorithm>, &Jwk)> {
    let said = &jwk.common;
    let is_rsa = matches!(jwk.algorithm, AlgorithmParameters::RSA(_));
    let signs = said.public_key_use.as_ref().is_none_or(|it| *it == PublicKeyUse::Signature);
    let checks = said.key_operations.as_ref().is_none_or(|it| it.contains(&KeyOperations::Verify));
    let algorithms = match said.key_algorithm {
        None => ALGORITHMS.to_vec(),
        Some(named) => {
            ALGORITHMS.into_iter().filter(|known| Algorithm::try_from(named).ok() == Some(*known)).collect()
        }
    };
    let kid = said.key_id.clone()?;
    (is_rsa && signs && checks && !algorithms.is_empty()).then_some((kid, algorithms, jwk))
}

fn strong(jwk: &Jwk) -> Option<DecodingKey> {
    let key = DecodingKey::from_jwk(jwk).ok()?;
    let bytes = match key.kind() {
        DecodingKeyKind::RsaModulusExponent { n, .. } => n.iter().skip_while(|byte| **byte == 0).count(),
        DecodingKeyKind::SecretOrDer(_) => 0,
    };
    (bytes >= MODULUS_BYTES_MIN).then_some(key)
}
