//! One key of a key set: a JSON Web Key (RFC 7517, RFC 7518 section 6.3), as issuers publish it, in all its spellings.

use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use serde_json::Value;

use super::ring_rsa::{ALGORITHMS, MODULUS_BITS};

/// The largest public exponent that ring takes: 33 bits.
const EXPONENT_MAX: u64 = (1 << 33) - 1;
/// Issuers should leave the padding away (RFC 7515, section 2), and not all do.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A key that checks tokens.
pub struct Key {
    pub kid: String,
    pub key: DecodingKey,
    /// The algorithms that it is for.
    pub algorithms: Vec<Algorithm>,
}

/// Why a key checks no tokens. Fit to follow the key's name.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    #[error("is no JSON Web Key: {0}")]
    NoKey(String),
    #[error("has no kid, by which tokens name their key")]
    NoKid,
    #[error("is of the type {0:?}; only RSA is taken, as on AWS")]
    OtherType(String),
    #[error("is for {0:?}, not for signatures")]
    OtherUse(String),
    #[error("does not have \"verify\" among its key_ops")]
    OtherOperations,
    #[error("is for {0:?}; only RS256, RS384 and RS512 are taken")]
    OtherAlgorithm(String),
    #[error("has no {0} in base64url")]
    NoNumber(&'static str),
    #[error("has {0} bits; RSA keys of 2048 to 8192 bits are taken")]
    Size(usize),
    #[error("has an even n, which is no RSA modulus")]
    EvenModulus,
    #[error("has an e that is not odd, or not within 3 to 8589934591")]
    Exponent,
}

impl Unusable {
    /// Whether the key was meant to check tokens and can't. Others stand in most key sets.
    pub fn is_a_fault(&self) -> bool {
        use Unusable::{OtherAlgorithm, OtherOperations, OtherType, OtherUse};
        !matches!(self, OtherType(_) | OtherUse(_) | OtherOperations | OtherAlgorithm(_))
    }
}

/// What is looked at; a key has more (`x5c`, `x5t`, `issuer`), which does not matter here.
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
    pub fn read(key: &Value) -> Result<Self, Unusable> {
        let jwk = Jwk::deserialize(key).map_err(|error| Unusable::NoKey(error.to_string()))?;
        if jwk.kty != "RSA" {
            return Err(Unusable::OtherType(jwk.kty));
        }
        if let Some(other) = jwk.purpose.filter(|purpose| purpose != "sig") {
            return Err(Unusable::OtherUse(other));
        }
        if jwk.key_ops.is_some_and(|operations| !operations.iter().any(|it| it == "verify")) {
            return Err(Unusable::OtherOperations);
        }
        let algorithms = match jwk.alg {
            None => ALGORITHMS.to_vec(),
            Some(named) => {
                let known = named.parse().ok().filter(|known| ALGORITHMS.contains(known));
                vec![known.ok_or(Unusable::OtherAlgorithm(named))?]
            }
        };
        let kid = jwk.kid.ok_or(Unusable::NoKid)?;
        let (n, e) = (number(jwk.n, "n")?, number(jwk.e, "e")?);
        check_modulus(&n)?;
        check_exponent(&e)?;
        Ok(Self { kid, key: DecodingKey::from_rsa_raw_components(&n, &e), algorithms })
    }
}

/// A number in base64url, without the zeros before it: RFC 7518 forbids them, issuers send them (a modulus whose first
/// bit is set has one in DER), and ring takes no number that begins with one.
fn number(text: Option<String>, name: &'static str) -> Result<Vec<u8>, Unusable> {
    let text = text.ok_or(Unusable::NoNumber(name))?.replace('+', "-").replace('/', "_");
    let octets = BASE64.decode(text).map_err(|_| Unusable::NoNumber(name))?;
    Ok(octets.into_iter().skip_while(|octet| *octet == 0).collect())
}

fn check_modulus(n: &[u8]) -> Result<(), Unusable> {
    let unused_bits = n.first().map_or(0, |first| first.leading_zeros() as usize);
    let bits = 8 * n.len() - unused_bits;
    if !MODULUS_BITS.contains(&bits) {
        return Err(Unusable::Size(bits));
    }
    is_odd(n).then_some(()).ok_or(Unusable::EvenModulus)
}

fn check_exponent(e: &[u8]) -> Result<(), Unusable> {
    let value = e.iter().try_fold(0_u64, |value, octet| Some(value.checked_mul(256)? | u64::from(*octet)));
    let is_taken = value.is_some_and(|value| (3..=EXPONENT_MAX).contains(&value)) && is_odd(e);
    is_taken.then_some(()).ok_or(Unusable::Exponent)
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

    /// An odd number of so many bits.
    fn odd(bits: usize) -> Vec<u8> {
        let mut octets = vec![0xFB; bits.div_ceil(8)];
        octets[0] = 1 << ((bits - 1) % 8);
        octets
    }

    fn with(name: &str, value: Value) -> Result<Key, Unusable> {
        let n = BASE64_URL_SAFE_NO_PAD.encode(odd(2048));
        let mut key = json!({"kty": "RSA", "kid": "k1", "n": n, "e": "AQAB"});
        key[name] = value;
        Key::read(&key)
    }

    fn numbers(key: &Key) -> (Vec<u8>, Vec<u8>) {
        match key.key.kind() {
            DecodingKeyKind::RsaModulusExponent { n, e } => (n.clone(), e.clone()),
            DecodingKeyKind::SecretOrDer(_) => panic!("it is no RSA key"),
        }
    }

    #[test]
    fn a_number_is_the_same_in_each_of_its_spellings() {
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
    fn members_that_are_missing_null_or_unknown_do_not_matter() {
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
    fn sizes_are_told_to_the_bit_and_zeros_before_a_number_do_not_make_it_larger() {
        for (bits, is_taken) in [
            (1024, false),
            (2047, false),
            (2048, true),
            (2049, true),
            (4096, true),
            (8192, true),
            (8193, false),
        ] {
            let n = BASE64_URL_SAFE_NO_PAD.encode([vec![0; 2], odd(bits)].concat());
            assert_eq!(with("n", json!(n)).err(), (!is_taken).then_some(Unusable::Size(bits)));
        }
        assert_eq!(with("n", json!("AAAA")).err(), Some(Unusable::Size(0)));
        assert_eq!(with("n", json!("")).err(), Some(Unusable::Size(0)));
    }

    #[test]
    fn an_unusable_key_is_told_by_its_reason() {
        let even = BASE64_URL_SAFE_NO_PAD.encode([odd(2048), vec![0]].concat());
        for (name, value, reason) in [
            ("kty", json!("EC"), Unusable::OtherType("EC".to_owned())),
            ("kty", json!("AKP"), Unusable::OtherType("AKP".to_owned())),
            ("kid", Value::Null, Unusable::NoKid),
            ("use", json!("enc"), Unusable::OtherUse("enc".to_owned())),
            ("use", json!("tls"), Unusable::OtherUse("tls".to_owned())),
            ("key_ops", json!(["encrypt", "wrapKey"]), Unusable::OtherOperations),
            ("key_ops", json!([]), Unusable::OtherOperations),
            ("alg", json!("RSA-OAEP-256"), Unusable::OtherAlgorithm("RSA-OAEP-256".to_owned())),
            ("alg", json!("PS256"), Unusable::OtherAlgorithm("PS256".to_owned())),
            ("alg", json!("none"), Unusable::OtherAlgorithm("none".to_owned())),
            ("n", Value::Null, Unusable::NoNumber("n")),
            ("n", json!("?"), Unusable::NoNumber("n")),
            ("n", json!(even), Unusable::EvenModulus),
            ("e", Value::Null, Unusable::NoNumber("e")),
            ("e", json!(""), Unusable::Exponent),
            ("e", json!("AQ"), Unusable::Exponent),
            ("e", json!("AQAA"), Unusable::Exponent),
            ("e", json!("AgAAAAE"), Unusable::Exponent),
            ("e", json!("AQAAAAAAAAAAAQ"), Unusable::Exponent),
        ] {
            assert_eq!(with(name, value.clone()).err(), Some(reason), "{name}: {value}");
        }
        for (name, value) in
            [("kid", json!(1)), ("n", json!(65_537)), ("kty", Value::Null), ("key_ops", json!("verify"))]
        {
            assert!(matches!(with(name, value.clone()), Err(Unusable::NoKey(_))), "{name}: {value}");
        }
        for no_key in [Value::Null, json!("RSA"), json!([]), json!({})] {
            assert!(matches!(Key::read(&no_key), Err(Unusable::NoKey(_))), "{no_key}");
        }
    }
}
