//! Certificates as AWS's endpoints have them, with RSA of 2048 bits; theirs have another authority in between.

use anyhow::Result;
use harness::issuer::make_key;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

const BITS: u32 = 2048;

/// What a server shows, and what a client has to trust for it.
pub struct Certificates {
    pub certificate: CertificateDer<'static>,
    pub key: PrivateKeyDer<'static>,
    /// The authority's, in PEM.
    pub authority: String,
}

impl Certificates {
    /// Made for a server of this name.
    pub fn of(name: &str) -> Result<Self> {
        let authority = CertifiedIssuer::self_signed(params_of_authority()?, key()?)?;
        let key = key()?;
        let certificate = CertificateParams::new(vec![name.to_owned()])?.signed_by(&key, &authority)?;
        Ok(Self {
            certificate: certificate.der().clone(),
            key: PrivateKeyDer::try_from(key.serialize_der()).map_err(anyhow::Error::msg)?,
            authority: authority.pem(),
        })
    }
}

fn key() -> Result<KeyPair> {
    Ok(KeyPair::try_from(make_key(BITS).0)?)
}

/// A name of its own: what issues itself is taken for self-signed.
fn params_of_authority() -> Result<CertificateParams> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.distinguished_name.push(DnType::CommonName, "authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    Ok(params)
}
