//! Whose certificates a function trusts.
//!
//! AWS's endpoints have certificates of Amazon Trust Services, whose five roots are built in, as it recommends to whoever
//! keeps a list of its own: <https://www.amazontrust.com/repository/>. Reading the some 150 of a machine instead takes
//! more instructions than the rest of a cold start.

use aws_smithy_http_client::tls::{TlsContext, TrustStore};
use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};
use shared::setting::{InvalidSetting, Lookup};

const AMAZON: &[u8] = include_bytes!("amazon_roots.pem");
const BUNDLE: &str = "AWS_CA_BUNDLE";

/// Trusts Amazon's alone, or those in the file that `AWS_CA_BUNDLE` names, as other tools of AWS read it: for endpoints
/// that are somebody else's.
///
/// # Errors
/// [`InvalidSetting`] when the file can't be read, or is no list of certificates.
pub(crate) fn trusted(lookup: Lookup<'_>) -> Result<TlsContext, InvalidSetting> {
    let store = TrustStore::empty().with_pem_certificate(authorities(lookup)?);
    TlsContext::builder().with_trust_store(store).build().map_err(|error| InvalidSetting::new(BUNDLE, error))
}

fn authorities(lookup: Lookup<'_>) -> Result<Vec<u8>, InvalidSetting> {
    let Some(file) = lookup(BUNDLE) else {
        return Ok(AMAZON.to_vec());
    };
    let bundle = std::fs::read(file).ok().filter(|pem| is_usable(pem));
    bundle.ok_or_else(|| InvalidSetting::new(BUNDLE, "must name a file of certificates in PEM"))
}

/// The client would panic over a certificate that it can't read.
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
    fn amazons_are_five_that_can_be_used() {
        assert!(is_usable(AMAZON));
        assert_eq!(CertificateDer::pem_slice_iter(AMAZON).count(), 5);
        assert_eq!(authorities(&|_| None).unwrap(), AMAZON);
    }

    #[test]
    fn a_bundle_stands_instead_and_must_be_one() {
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
