//! An issuer of callers' tokens, with its key.

use std::{path::Path, process::Command};

use base64::{Engine, prelude::BASE64_STANDARD, prelude::BASE64_URL_SAFE_NO_PAD};
use ring::{
    rand::SystemRandom,
    signature::{RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RsaEncoding, RsaKeyPair},
};
use serde_json::{Value, json};

/// ring generates no RSA keys; the emulators' Python can.
const MAKE_KEY: &str = "
import base64, json, sys
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
key = rsa.generate_private_key(65537, int(sys.argv[1]))
der = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
public = key.public_key().public_numbers()
text = lambda n: base64.urlsafe_b64encode(n.to_bytes((n.bit_length() + 7) // 8, 'big')).rstrip(b'=').decode()
print(json.dumps({'der': base64.b64encode(der).decode(), 'n': text(public.n), 'e': text(public.e)}))
";

pub struct Issuer {
    key: RsaKeyPair,
    /// Its public key, without a name, as a JSON Web Key.
    pub jwk: Value,
}

impl Default for Issuer {
    fn default() -> Self {
        let (key, jwk) = make_key(2048);
        Self { key: RsaKeyPair::from_pkcs8(&key).unwrap(), jwk }
    }
}

/// A private key of so many bits in PKCS #8, and its public key as a JSON Web Key.
pub fn make_key(bits: u32) -> (Vec<u8>, Value) {
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/emulators/bin/python");
    let made = Command::new(&python).args(["-c", MAKE_KEY, &bits.to_string()]).output();
    let made = made.unwrap_or_else(|error| panic!("{}: {error}: `make emulators`", python.display()));
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let made: Value = serde_json::from_slice(&made.stdout).unwrap();
    let key = BASE64_STANDARD.decode(made["der"].as_str().unwrap()).unwrap();
    (key, json!({"kty": "RSA", "n": made["n"], "e": made["e"]}))
}

impl Issuer {
    pub fn new() -> Self {
        Self::default()
    }

    /// The key set that it publishes, with its one key under this name.
    pub fn key_set(&self, kid: &str) -> Value {
        let mut jwk = self.jwk.clone();
        jwk["kid"] = json!(kid);
        json!({"keys": [jwk]})
    }

    /// A token with these claims; signed as its header states if that names one of RSA's algorithms.
    pub fn token(&self, header: &Value, claims: &Value) -> String {
        let algorithm: &'static dyn RsaEncoding = match header["alg"].as_str() {
            Some("RS384") => &RSA_PKCS1_SHA384,
            Some("RS512") => &RSA_PKCS1_SHA512,
            _ => &RSA_PKCS1_SHA256,
        };
        let unsigned = unsigned(header, claims);
        let mut signature = vec![0; self.key.public().modulus_len()];
        self.key.sign(algorithm, &SystemRandom::new(), unsigned.as_bytes(), &mut signature).unwrap();
        signed(&unsigned, &signature)
    }
}

/// The signed part of a token.
pub fn unsigned(header: &Value, claims: &Value) -> String {
    let text = |json: &Value| BASE64_URL_SAFE_NO_PAD.encode(json.to_string());
    format!("{}.{}", text(header), text(claims))
}

/// A complete token.
pub fn signed(unsigned: &str, signature: &[u8]) -> String {
    format!("{unsigned}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
}
