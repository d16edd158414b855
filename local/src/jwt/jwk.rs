//! One key of a key set: a JSON Web Key (RFC 7517, RFC 7518 section 6.3), in all the spellings that issuers publish.

use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use serde_json::Value;

use super::ring_rsa::{ALGORITHMS, MODULUS_BITS};

/// The largest public exponent that ring accepts: 33 bits.
const EXPONENT_MAX: u64 = (1 << 33) - 1;
/// Issuers should omit the padding (RFC 7515, section 2). Not all do.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A key that can check tokens.
pub struct Key {
    pub kid: String,
    pub key: DecodingKey,
    /// The algorithms it may be used with.
    pub algorithms: Vec<Algorithm>,
}

/// Why a key can't check tokens. The text follows the key's name.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnusableKey {
    #[error("is not a JSON Web Key: {0}")]
    NoKey(String),
    #[error("has no kid, by which tokens name their key")]
    NoKid,
    #[error("has the type {0:?}; only RSA is accepted, as on AWS")]
    OtherType(String),
    #[error("is for {0:?}, not for signatures")]
    OtherUse(String),
    #[error("does not have \"verify\" among its key_ops")]
    OtherOperations,
    #[error("is for {0:?}; only RS256, RS384 and RS512 are accepted")]
    OtherAlgorithm(String),
    #[error("has no {0} in base64url")]
    NoNumber(&'static str),
    #[error("has {0} bits; RSA keys of 2048 to 8192 bits are accepted")]
    Size(usize),
    #[error("has an even n, which can't be an RSA modulus")]
    EvenModulus,
    #[error("has an e that is not odd, or not within 3 to 8589934591")]
    Exponent,
}

impl UnusableKey {
    /// Whether the key is meant to check tokens and is wrong. Most key sets contain keys for other purposes too.
    pub fn is_a_fault(&self) -> bool {
        use UnusableKey::{OtherAlgorithm, OtherOperations, OtherType, OtherUse};
        !matches!(self, OtherType(_) | OtherUse(_) | OtherOperations | OtherAlgorithm(_))
    }
}

/// The members that are used. Keys have others (`x5c`, `x5t`, `issuer`).
#[derive(Deserialize)]
struct Jwk {
    kty: String,
    kid: Option<String>,
    alg: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    key_ops: Option<Vec<String>>,
    n: Option<String>,
    e: Option<String>,
}

impl Key {
    /// Reads a key of a key set.
    pub fn read(key: &Value) -> Result<Self, UnusableKey> {
        let jwk = Jwk::deserialize(key).map_err(|error| UnusableKey::NoKey(error.to_string()))?;
        if jwk.kty != "RSA" {
            return Err(UnusableKey::OtherType(jwk.kty));
        }
        if let Some(other) = jwk.purpose.filter(|purpose| purpose != "sig") {
            return Err(UnusableKey::OtherUse(other));
        }
        if jwk.key_ops.is_some_and(|operations| !operations.iter().any(|it| it == "verify")) {
            return Err(UnusableKey::OtherOperations);
        }
        let algorithms = match jwk.alg {
            None => ALGORITHMS.to_vec(),
            Some(named) => {
                let known = named.parse().ok().filter(|known| ALGORITHMS.contains(known));
                vec![known.ok_or(UnusableKey::OtherAlgorithm(named))?]
            }
        };
        let kid = jwk.kid.ok_or(UnusableKey::NoKid)?;
        let (n, e) = (number(jwk.n, "n")?, number(jwk.e, "e")?);
        check_modulus(&n)?;
        check_exponent(&e)?;
        Ok(Self { kid, key: DecodingKey::from_rsa_raw_components(&n, &e), algorithms })
    }
}

/// Decodes a number in base64url and removes leading zero octets. RFC 7518 forbids them, issuers send them (DER adds one to a
/// modulus whose first bit is set), and ring doesn't accept them.
fn number(text: Option<String>, name: &'static str) -> Result<Vec<u8>, UnusableKey> {
    let text = text.ok_or(UnusableKey::NoNumber(name))?.replace('+', "-").replace('/', "_");
    let octets = BASE64.decode(text).map_err(|_| UnusableKey::NoNumber(name))?;
    Ok(octets.into_iter().skip_while(|octet| *octet == 0).collect())
}

fn check_modulus(n: &[u8]) -> Result<(), UnusableKey> {
    let unused_bits = n.first().map_or(0, |first| first.leading_zeros() as usize);
    let bits = 8 * n.len() - unused_bits;
    if !MODULUS_BITS.contains(&bits) {
        return Err(UnusableKey::Size(bits));
    }
    is_odd(n).then_some(()).ok_or(UnusableKey::EvenModulus)
}

fn check_exponent(e: &[u8]) -> Result<(), UnusableKey> {
    let value = e.iter().try_fold(0_u64, |value, octet| Some(value.checked_mul(256)? | u64::from(*octet)));
    let is_accepted = value.is_some_and(|value| (3..=EXPONENT_MAX).contains(&value)) && is_odd(e);
    is_accepted.then_some(()).ok_or(UnusableKey::Exponent)
}

fn is_odd(number: &[u8]) -> bool {
    number.last().is_some_and(|last| last % 2 == 1)
}

#[cfg(test)]
mod tests {
    use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE, BASE64_URL_SAFE_NO_PAD};
    use jsonwebtoken::DecodingKeyKind;
    use serde_json::json;

    use super::*;

    /// An odd number with this many bits.
    fn odd(bits: usize) -> Vec<u8> {
        let mut octets = vec![0xFB; bits.div_ceil(8)];
        octets[0] = 1 << ((bits - 1) % 8);
        octets
    }

    fn with(name: &str, value: Value) -> Result<Key, UnusableKey> {
        let n = BASE64_URL_SAFE_NO_PAD.encode(odd(2048));
        let mut key = json!({"kty": "RSA", "kid": "k1", "n": n, "e": "AQAB"});
        key[name] = value;
        Key::read(&key)
    }

    fn numbers(key: &Key) -> (Vec<u8>, Vec<u8>) {
        match key.key.kind() {
            DecodingKeyKind::RsaModulusExponent { n, e } => (n.clone(), e.clone()),
            DecodingKeyKind::SecretOrDer(_) => panic!("not an RSA key"),
        }
    }

    #[test]
    fn all_spellings_of_a_number_give_the_same_key() {
        let plain = numbers(&with("kid", json!("k1")).unwrap());
        assert_eq!(plain, (odd(2048), vec![1, 0, 1]));
        let zeros = |count: usize| [vec![0; count], odd(2048)].concat();
        for n in [
            BASE64_URL_SAFE.encode(odd(2048)),
            BASE64_STANDARD.encode(odd(2048)),
            BASE64_URL_SAFE_NO_PAD.encode(zeros(1)),
            BASE64_URL_SAFE_NO_PAD.encode(zeros(2)),
            BASE64_STANDARD.encode(zeros(300)),
        ] {
            assert_eq!(numbers(&with("n", json!(n)).unwrap()), plain, "{n}");
        }
        for e in ["AQAB", "AAEAAQ", "AAEAAQ==", "AAAAAAAAAQAB"] {
            assert_eq!(numbers(&with("e", json!(e)).unwrap()), plain, "{e}");
        }
    }

    #[test]
    fn missing_null_and_unknown_members_are_ignored() {
        for (name, value) in [
            ("alg", Value::Null),
            ("use", Value::Null),
            ("key_ops", Value::Null),
            ("use", json!("sig")),
            ("key_ops", json!(["sign", "verify", "future"])),
            ("x5c", json!(["MIIC"])),
            ("x5t", json!(1)),
            ("issuer", json!("https://id.example/{tenant}")),
        ] {
            assert_eq!(with(name, value.clone()).unwrap().algorithms, ALGORITHMS, "{name}: {value}");
        }
        assert_eq!(with("alg", json!("RS384")).unwrap().algorithms, [Algorithm::RS384]);
    }

    #[test]
    fn the_size_of_a_key_is_checked_to_the_bit_without_leading_zeros() {
        for (bits, is_accepted) in [
            (1024, false),
            (2047, false),
            (2048, true),
            (2049, true),
            (4096, true),
            (8192, true),
            (8193, false),
        ] {
            let n = BASE64_URL_SAFE_NO_PAD.encode([vec![0; 2], odd(bits)].concat());
            assert_eq!(with("n", json!(n)).err(), (!is_accepted).then_some(UnusableKey::Size(bits)));
        }
        assert_eq!(with("n", json!("AAAA")).err(), Some(UnusableKey::Size(0)));
        assert_eq!(with("n", json!("")).err(), Some(UnusableKey::Size(0)));
    }

    #[test]
    fn each_unusable_key_has_its_reason() {
        let even = BASE64_URL_SAFE_NO_PAD.encode([odd(2048), vec![0]].concat());
        for (name, value, reason) in [
            ("kty", json!("EC"), UnusableKey::OtherType("EC".to_owned())),
            ("kty", json!("AKP"), UnusableKey::OtherType("AKP".to_owned())),
            ("kid", Value::Null, UnusableKey::NoKid),
            ("use", json!("enc"), UnusableKey::OtherUse("enc".to_owned())),
            ("use", json!("tls"), UnusableKey::OtherUse("tls".to_owned())),
            ("key_ops", json!(["encrypt", "wrapKey"]), UnusableKey::OtherOperations),
            ("key_ops", json!([]), UnusableKey::OtherOperations),
            ("alg", json!("RSA-OAEP-256"), UnusableKey::OtherAlgorithm("RSA-OAEP-256".to_owned())),
            ("alg", json!("PS256"), UnusableKey::OtherAlgorithm("PS256".to_owned())),
            ("alg", json!("none"), UnusableKey::OtherAlgorithm("none".to_owned())),
            ("n", Value::Null, UnusableKey::NoNumber("n")),
            ("n", json!("?"), UnusableKey::NoNumber("n")),
            ("n", json!(even), UnusableKey::EvenModulus),
            ("e", Value::Null, UnusableKey::NoNumber("e")),
            ("e", json!(""), UnusableKey::Exponent),
            ("e", json!("AQ"), UnusableKey::Exponent),
            ("e", json!("AQAA"), UnusableKey::Exponent),
            ("e", json!("AgAAAAE"), UnusableKey::Exponent),
            ("e", json!("AQAAAAAAAAAAAQ"), UnusableKey::Exponent),
        ] {
            assert_eq!(with(name, value.clone()).err(), Some(reason), "{name}: {value}");
        }
        for (name, value) in
            [("kid", json!(1)), ("n", json!(65_537)), ("kty", Value::Null), ("key_ops", json!("verify"))]
        {
            assert!(matches!(with(name, value.clone()), Err(UnusableKey::NoKey(_))), "{name}: {value}");
        }
        for no_key in [Value::Null, json!("RSA"), json!([]), json!({})] {
            assert!(matches!(Key::read(&no_key), Err(UnusableKey::NoKey(_))), "{no_key}");
        }
    }
}
