//! Certificates like those of AWS's endpoints, with RSA of 2048 bits. AWS's have an intermediate authority too.

use anyhow::Result;
use harness::issuer::make_key;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

const BITS: u32 = 2048;

/// The certificate of a server, and the authority that a client must trust.
pub struct Certificates {
    pub certificate: CertificateDer<'static>,
    pub key: PrivateKeyDer<'static>,
    /// The authority's certificate in PEM.
    pub authority: String,
}

impl Certificates {
    /// For a server with this name.
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

/// It needs a name that differs from the server's, or the certificate would count as self-signed.
fn params_of_authority() -> Result<CertificateParams> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.distinguished_name.push(DnType::CommonName, "authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    Ok(params)
}
