//! The URL of a receiver.

use url::Url;

/// Why a receiver can't be used. The text follows the name of the setting.
#[derive(Debug, thiserror::Error)]
pub enum InvalidReceiver {
    /// No URL, or one of another scheme.
    #[error("must be an absolute http or https URL")]
    Url,
    /// Port 0.
    #[error("must have a port other than 0, to which nothing can connect")]
    Port,
    /// The URL holds a user name or a password.
    #[error("must be a URL without user name and password: the signature proves who sends")]
    Credentials,
    /// No answer can come within a timeout of zero.
    #[error("must be longer than zero")]
    Timeout,
    /// TLS can't be set up: usually the system has no root certificates.
    #[error("must be called over TLS, which could not be set up: are root certificates installed?")]
    Tls(#[source] rustls::Error),
}

/// Reads the URL of a receiver, without its fragment.
pub(crate) fn parse_url(text: &str) -> Result<Url, InvalidReceiver> {
    let mut url = Url::parse(text).map_err(|_| InvalidReceiver::Url)?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(InvalidReceiver::Url);
    }
    if url.port() == Some(0) {
        return Err(InvalidReceiver::Port);
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(InvalidReceiver::Credentials);
    }
    url.set_fragment(None);
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error_of(url: &str) -> String {
        parse_url(url).err().map(|error| error.to_string()).unwrap_or_default()
    }

    #[test]
    fn only_http_and_https_urls_are_accepted() {
        assert_eq!(error_of("http://localhost:8080/hook?token=hidden"), "");
        assert_eq!(error_of("https://hooks.example/"), "");
        for url in
            ["", "/hook", "hooks.example/hook?hidden", "ftp://hooks.example/?hidden", "https://?hidden"]
        {
            assert_eq!(error_of(url), "must be an absolute http or https URL", "{url}");
        }
    }

    #[test]
    fn a_url_with_port_0_is_refused() {
        for url in ["http://localhost:0/", "https://hooks.example:0/?hidden", "http://127.0.0.1:00"] {
            let expected = "must have a port other than 0, to which nothing can connect";
            assert_eq!(error_of(url), expected, "{url}");
        }
    }

    #[test]
    fn a_url_with_credentials_is_refused_and_the_error_does_not_repeat_them() {
        for url in [
            "https://ann:hidden@hooks.example/",
            "https://hidden@hooks.example/",
            "https://:hidden@h.example/",
        ] {
            let expected = "must be a URL without user name and password: the signature proves who sends";
            assert_eq!(error_of(url), expected);
        }
    }
}
