//! Invokes a Lambda function of the user's.
//!
//! It signs and sends the one request itself. The SDK's client for Lambda would be one more crate in the processor, whose
//! crates and bytes bench/bounds.json limits, and it repeats requests that may have begun.

use std::{error::Error, pin::Pin, time::SystemTime};

use aws_config::{Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SigningSettings, sign},
    sign::v4::SigningParams,
};
use aws_smithy_runtime_api::client::{
    http::{HttpConnector, SharedHttpConnector},
    identity::Identity,
    orchestrator::{HttpRequest, HttpResponse},
};
use aws_smithy_types::{body::SdkBody, byte_stream::ByteStream};
use hyper_util::client::legacy;
use shared::{
    FunctionName,
    ports::{HandlerFunction, InvokeError, Invoked},
};
use tokio::sync::OnceCell;

use crate::{
    invoke_answer,
    kept_alive::{self, Connecting},
    lambda_endpoint,
    valid_credentials::ValidCredentials,
};

const SERVICE: &str = "lambda";

type AnyError = Box<dyn Error + Send + Sync>;

/// A Lambda function.
#[derive(Debug)]
pub struct LambdaFunction {
    name: FunctionName,
    region: Option<Region>,
    configuration: SdkConfig,
    connecting: Connecting,
    connector: OnceCell<SharedHttpConnector>,
    credentials: ValidCredentials,
    url: OnceCell<String>,
}

impl LambdaFunction {
    pub(crate) fn new(configuration: &SdkConfig, connecting: Connecting, name: FunctionName) -> Self {
        let named = name.region().map(|region| Region::new(region.to_owned()));
        Self {
            region: named.or_else(|| configuration.region().cloned()),
            credentials: ValidCredentials::new(configuration.credentials_provider()),
            url: OnceCell::new(),
            configuration: configuration.clone(),
            connecting,
            connector: OnceCell::new(),
            name,
        }
    }

    async fn request(&self, input: Vec<u8>) -> Result<HttpRequest, AnyError> {
        let url = self.url.get_or_try_init(|| self.invocations()).await?;
        let credentials = self.credentials.get().await?;
        let region = self.region.as_ref().ok_or("no AWS Region is set")?;
        signed(url, input, credentials, region, SystemTime::now())
    }

    /// The URL of the function's invocations.
    async fn invocations(&self) -> Result<String, AnyError> {
        let endpoint = lambda_endpoint::resolve(&self.configuration, self.region.as_ref()).await?;
        let endpoint = endpoint.trim_end_matches('/');
        let function = self.name.function().replace(':', "%3A");
        let mut url = format!("{endpoint}/2015-03-31/functions/{function}/invocations");
        if let Some(qualifier) = self.name.qualifier() {
            url.push_str("?Qualifier=");
            url.push_str(&qualifier.replace('$', "%24"));
        }
        Ok(url)
    }

    async fn call(&self, input: Vec<u8>) -> Result<Invoked, InvokeError> {
        let request = self.request(input).await.map_err(InvokeError::NotSent)?;
        let connector =
            self.connector.get_or_try_init(async || kept_alive::connector(&self.connecting)).await;
        let answer = connector.map_err(InvokeError::NotSent)?.call(request).await;
        let answer = answer.map_err(|error| sending_failed(error.into()))?;
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let body = body(answer).await.map_err(InvokeError::Broken)?;
        invoke_answer::read(status, &headers, body)
    }
}

impl HandlerFunction for LambdaFunction {
    fn invoke(
        &self,
        input: Vec<u8>,
    ) -> Pin<Box<dyn Future<Output = Result<Invoked, InvokeError>> + Send + '_>> {
        Box::pin(self.call(input))
    }
}

fn signed(
    url: &str,
    input: Vec<u8>,
    credentials: Credentials,
    region: &Region,
    now: SystemTime,
) -> Result<HttpRequest, AnyError> {
    let headers = [("content-type", "application/json"), ("x-amz-invocation-type", "RequestResponse")];
    let identity = Identity::from(credentials);
    let parameters = SigningParams::builder()
        .identity(&identity)
        .region(region.as_ref())
        .name(SERVICE)
        .time(now)
        .settings(SigningSettings::default())
        .build()?
        .into();
    let signable = SignableRequest::new("POST", url, headers.into_iter(), SignableBody::Bytes(&input))?;
    let (instructions, _signature) = sign(signable, &parameters)?.into_parts();
    let mut request = HttpRequest::new(SdkBody::from(input));
    request.set_method("POST")?;
    request.set_uri(url)?;
    for (name, value) in headers {
        request.headers_mut().try_insert(name, value)?;
    }
    let (signature, _no_parameters) = instructions.into_parts();
    for header in signature {
        request.headers_mut().try_insert(header.name(), header.value().to_owned())?;
    }
    Ok(request)
}

async fn body(answer: HttpResponse) -> Result<Vec<u8>, AnyError> {
    Ok(ByteStream::new(answer.into_body()).collect().await?.to_vec())
}

/// Without a connection nothing was sent. After any other error the function may have run.
fn sending_failed(error: AnyError) -> InvokeError {
    match find::<legacy::Error>(&*error).is_some_and(legacy::Error::is_connect) {
        true => InvokeError::NotSent(error),
        false => InvokeError::Broken(error),
    }
}

fn find<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    error.downcast_ref().or_else(|| error.source().and_then(find))
}

#[cfg(test)]
mod tests;
