//! The certificate authorities that a function trusts.
//!
//! AWS endpoints have certificates of Amazon Trust Services. Its five roots are compiled in, as it recommends for a
//! program with a fixed list: <https://www.amazontrust.com/repository/>. Reading the system's 150 or so roots instead
//! would take more instructions than the rest of a cold start.

use aws_smithy_http_client::tls::{TlsContext, TrustStore};
use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};
use shared::setting::{InvalidSetting, Lookup};

const AMAZON: &[u8] = include_bytes!("amazon_roots.pem");
const BUNDLE: &str = "AWS_CA_BUNDLE";

/// Amazon's authorities in PEM, or those in the file that `AWS_CA_BUNDLE` names, as the AWS tools do, for endpoints that
/// are not AWS's.
///
/// # Errors
/// [`InvalidSetting`] if the file can't be read or is no list of certificates.
pub(crate) fn authorities(lookup: Lookup<'_>) -> Result<Vec<u8>, InvalidSetting> {
    let Some(file) = lookup(BUNDLE) else {
        return Ok(AMAZON.to_vec());
    };
    let bundle = std::fs::read(file).ok().filter(|pem| is_usable(pem));
    bundle.ok_or_else(|| InvalidSetting::new(BUNDLE, "must name a file of certificates in PEM"))
}

/// Makes the SDK trust these authorities only.
///
/// # Errors
/// [`InvalidSetting`] if it can't read them.
pub(crate) fn trusting(authorities: &[u8]) -> Result<TlsContext, InvalidSetting> {
    let store = TrustStore::empty().with_pem_certificate(authorities);
    TlsContext::builder().with_trust_store(store).build().map_err(|error| InvalidSetting::new(BUNDLE, error))
}

/// The same authorities for a client that is not the SDK's.
#[cfg(feature = "invoke")]
pub(crate) fn roots(authorities: &[u8]) -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(CertificateDer::pem_slice_iter(authorities).flatten());
    roots
}

/// The client would panic if it could not read a certificate.
fn is_usable(pem: &[u8]) -> bool {
    let mut roots = RootCertStore::empty();
    let all_usable = CertificateDer::pem_slice_iter(pem)
        .all(|certificate| certificate.is_ok_and(|certificate| roots.add(certificate).is_ok()));
    all_usable && !roots.is_empty()
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn read(bundle: &[u8]) -> Result<Vec<u8>, InvalidSetting> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bundle).unwrap();
        let path = file.path().to_str().unwrap().to_owned();
        authorities(&|_| Some(path.clone()))
    }

    #[test]
    fn amazons_five_authorities_are_usable() {
        assert!(is_usable(AMAZON));
        assert_eq!(CertificateDer::pem_slice_iter(AMAZON).count(), 5);
        assert_eq!(authorities(&|_| None).unwrap(), AMAZON);
    }

    #[test]
    fn a_bundle_replaces_amazons_authorities_and_must_be_valid() {
        let amazon = std::str::from_utf8(AMAZON).unwrap();
        let end = "-----END CERTIFICATE-----";
        let first = &AMAZON[..amazon.find(end).unwrap() + end.len()];
        assert_eq!(read(first).unwrap(), first);
        let garbled = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        for bundle in [&b""[..], b"no certificates", garbled, &[first, b"\n", garbled].concat()] {
            assert_eq!(read(bundle).unwrap_err().name, BUNDLE);
        }
        assert_eq!(authorities(&|_| Some("/nowhere".to_owned())).unwrap_err().name, BUNDLE);
    }
}
