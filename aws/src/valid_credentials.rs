//! Credentials that are read again shortly before they expire. The SDK's clients have such a cache each.

use std::time::{Duration, SystemTime};

use aws_credential_types::{
    Credentials,
    provider::{ProvideCredentials, SharedCredentialsProvider, error::CredentialsError},
};
use tokio::sync::Mutex;

/// As early as the SDK's cache does.
const BEFORE_EXPIRY: Duration = Duration::from_secs(10);

#[derive(Debug)]
pub(crate) struct ValidCredentials {
    provider: Option<SharedCredentialsProvider>,
    last: Mutex<Option<Credentials>>,
}

impl ValidCredentials {
    pub(crate) fn new(provider: Option<SharedCredentialsProvider>) -> Self {
        Self { provider, last: Mutex::default() }
    }

    pub(crate) async fn get(&self) -> Result<Credentials, CredentialsError> {
        let mut last = self.last.lock().await;
        if let Some(valid) = last.as_ref().filter(|last| is_valid(last, SystemTime::now())) {
            return Ok(valid.clone());
        }
        let provider = self.provider.as_ref();
        let provider = provider.ok_or_else(|| CredentialsError::not_loaded("no provider of credentials"))?;
        Ok(last.insert(provider.provide_credentials().await?).clone())
    }
}

fn is_valid(credentials: &Credentials, now: SystemTime) -> bool {
    credentials.expiry().is_none_or(|expiry| now + BEFORE_EXPIRY < expiry)
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    };

    use aws_credential_types::provider::future;

    use super::*;

    /// Each credentials that it provides have another key, and expire after the time.
    #[derive(Debug)]
    struct Numbered(Arc<AtomicU64>, Option<Duration>);

    impl ProvideCredentials for Numbered {
        fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
        where
            Self: 'a,
        {
            let number = self.0.fetch_add(1, Ordering::Relaxed).to_string();
            let expiry = self.1.map(|after| SystemTime::now() + after);
            future::ProvideCredentials::ready(Ok(Credentials::new(number, "secret", None, expiry, "test")))
        }
    }

    async fn keys(expire_after: Option<Duration>) -> [String; 2] {
        let provider = Numbered(Arc::default(), expire_after);
        let credentials = ValidCredentials::new(Some(SharedCredentialsProvider::new(provider)));
        let first = credentials.get().await.unwrap().access_key_id().to_owned();
        [first, credentials.get().await.unwrap().access_key_id().to_owned()]
    }

    #[tokio::test]
    async fn credentials_are_read_again_only_when_they_expire() {
        assert_eq!(keys(None).await, ["0", "0"]);
        assert_eq!(keys(Some(Duration::from_secs(900))).await, ["0", "0"]);
        assert_eq!(keys(Some(Duration::from_secs(5))).await, ["0", "1"]);
        assert!(ValidCredentials::new(None).get().await.is_err());
    }
}
