//! An operator's session with AWS: the Region, the endpoint, the credentials and the identity; and the lookup of a
//! stack.

use std::{error::Error, time::Duration};

use aws_config::{
    Region, SdkConfig, profile::ProfileFileCredentialsProvider, provider_config::ProviderConfig,
    timeout::TimeoutConfig,
};
use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_cloudformation::{
    error::{ProvideErrorMetadata, SdkError},
    types::Output,
};
use aws_sdk_sts::config::{Builder, IdentityCache, SharedCredentialsProvider};

#[cfg(feature = "invoke")]
use crate::kept_alive::{Connecting, Trust};
use crate::{
    clients::Clients,
    configuration::{defaults, http_client, program_limits, while_waiting},
    deployment::{Deployment, MissingOutput, Outputs},
    event_source_mapping::EventSourceMapping,
};

/// How long getting credentials may take: a `credential_process` may ask a person.
const SIGN_IN: Duration = Duration::from_secs(120);

/// An operator's limits are longer than a function's by this: a page of records has up to a megabyte, and the network
/// may be slow.
const LINK: Duration = Duration::from_secs(20);
const CONNECT: Duration = Duration::from_secs(5);

/// The options of the command line. The environment and the profile supply what is absent, as for every AWS tool.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SessionOptions {
    pub region: Option<String>,
    /// The profile in the AWS configuration files.
    pub profile: Option<String>,
    /// The endpoint of all services, if it is not AWS's.
    pub endpoint_url: Option<String>,
}

/// A session with credentials that AWS accepts.
#[derive(Debug, Clone)]
pub struct Session {
    configuration: SdkConfig,
    region: Region,
    operator: String,
}

/// The session could not be started.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    #[error("{0} is no endpoint URL: one begins with http:// or https://")]
    InvalidEndpoint(String),
    #[error("no AWS Region is set: use --region, AWS_REGION, or a profile that has one")]
    NoRegion,
    #[error(
        "there are no AWS credentials: sign in (`aws login`, `aws sso login`), or set AWS_PROFILE or AWS_ACCESS_KEY_ID"
    )]
    NoCredentials(#[source] Box<dyn Error + Send + Sync>),
    /// The profile does not exist or has no credentials.
    #[error("profile {profile} gives no AWS credentials")]
    NoCredentialsInProfile { profile: String, source: Box<dyn Error + Send + Sync> },
    /// They are expired, unknown or not for this account.
    #[error("AWS does not accept the credentials: {0}")]
    Refused(String),
    #[error("failed to ask {asked} who the credentials belong to")]
    Unreachable {
        /// AWS in a Region, or the configured endpoint.
        asked: String,
        source: Box<dyn Error + Send + Sync>,
    },
}

/// The stack could not be looked up, or is no pipeline's.
#[derive(Debug, thiserror::Error)]
pub enum StackError {
    #[error("there is no stack {stack} in {region}; a pipeline is named by its processing stack")]
    NoSuchStack { stack: String, region: Region },
    #[error(transparent)]
    MissingOutput(#[from] MissingOutput),
    #[error("failed to look up stack {stack} in {region}")]
    Unavailable { stack: String, region: Region, source: Box<dyn Error + Send + Sync> },
}

impl Session {
    /// Starts a session and asks AWS for the identity. This is the first call, so that missing or expired credentials
    /// are reported as such and not as the failure of another call.
    pub async fn start(options: SessionOptions) -> Result<Self, SessionError> {
        let mut loader = defaults()
            .timeout_config(operator_limits(LINK))
            .identity_cache(IdentityCache::lazy().load_timeout(SIGN_IN).build());
        if let Some(region) = options.region {
            loader = loader.region(Region::new(region));
        }
        if let Some(profile) = &options.profile {
            loader = loader.profile_name(profile);
        }
        if let Some(endpoint_url) = options.endpoint_url {
            loader = loader.endpoint_url(endpoint_url);
        }
        let mut configuration = loader.load().await;
        if let Some(profile) = &options.profile {
            configuration = with_credentials_of(profile, configuration);
        }
        let region = configuration.region().cloned().ok_or(SessionError::NoRegion)?;
        let operator = identity(&configuration, &region, options.profile).await?;
        Ok(Self { configuration, region, operator })
    }

    /// The identity: `user/ann`, or `assumed-role/ROLE/SESSION`.
    pub fn operator(&self) -> &str {
        &self.operator
    }

    pub fn configuration(&self) -> &SdkConfig {
        &self.configuration
    }

    pub fn clients(&self) -> Clients {
        Clients::over(&self.configuration)
    }

    pub fn event_source_mapping(&self, deployment: &Deployment) -> EventSourceMapping {
        let queue = self.clients().task_queue(&deployment.queue_url, &deployment.message_group);
        EventSourceMapping::new(&self.configuration, &deployment.event_source_mapping_id, queue)
    }

    /// A function of the user's, for a handler that invokes it.
    #[cfg(feature = "invoke")]
    pub fn handler_function(&self, name: shared::FunctionName) -> crate::LambdaFunction {
        crate::LambdaFunction::new(
            &self.configuration,
            Connecting { trust: Trust::TheSystems, limit: CONNECT },
            name,
        )
    }

    /// The pipeline whose processing stack has this name.
    pub async fn deployment(&self, stack: &str) -> Result<Deployment, StackError> {
        let client = aws_sdk_cloudformation::Client::new(&self.configuration);
        let described = client.describe_stacks().stack_name(stack).send().await;
        let described = described.map_err(|error| self.stack_error(stack, error))?;
        let found = described.stacks.unwrap_or_default().into_iter().next();
        let found = found.ok_or_else(|| self.no_such_stack(stack))?;
        let named = |output: Output| Some((output.output_key?, output.output_value?));
        let outputs: Outputs = found.outputs.unwrap_or_default().into_iter().filter_map(named).collect();
        Ok(Deployment::read(&format!("stack {stack} in {}", self.region), &outputs)?)
    }

    /// For an unknown stack, CloudFormation returns a validation error with the text "Stack with id NAME does not
    /// exist".
    fn stack_error<E, R>(&self, stack: &str, error: SdkError<E, R>) -> StackError
    where
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
        R: std::fmt::Debug + Send + Sync + 'static,
    {
        if error.code() == Some("ValidationError")
            && error.message().is_some_and(|message| message.contains("does not exist"))
        {
            return self.no_such_stack(stack);
        }
        let (stack, region) = (stack.to_owned(), self.region.clone());
        StackError::Unavailable { stack, region, source: error.into() }
    }

    fn no_such_stack(&self, stack: &str) -> StackError {
        StackError::NoSuchStack { stack: stack.to_owned(), region: self.region.clone() }
    }
}

fn operator_limits(waiting: Duration) -> TimeoutConfig {
    while_waiting(&program_limits(), waiting).to_builder().connect_timeout(CONNECT).build()
}

/// Uses the credentials of the named profile. The default chain would prefer those in the environment, which may belong
/// to another account.
fn with_credentials_of(profile: &str, configuration: SdkConfig) -> SdkConfig {
    let provider_configuration = ProviderConfig::without_region()
        .with_region(configuration.region().cloned())
        .with_http_client(http_client());
    let credentials = ProfileFileCredentialsProvider::builder()
        .configure(&provider_configuration)
        .profile_name(profile)
        .build();
    configuration.into_builder().credentials_provider(SharedCredentialsProvider::new(credentials)).build()
}

/// The last part of the caller's ARN, without the account.
async fn identity(
    configuration: &SdkConfig,
    region: &Region,
    profile: Option<String>,
) -> Result<String, SessionError> {
    let endpoint = match configuration.endpoint_url() {
        Some(url) if !url.starts_with("http://") && !url.starts_with("https://") => {
            return Err(SessionError::InvalidEndpoint(url.to_owned()));
        }
        Some(url) => url.to_owned(),
        None => format!("AWS in {region}"),
    };
    let identity = aws_sdk_sts::Client::new(configuration)
        .get_caller_identity()
        .customize()
        .config_override(Builder::new().timeout_config(operator_limits(SIGN_IN)))
        .send()
        .await;
    match identity {
        Ok(caller) => {
            let arn = caller.arn.unwrap_or_default();
            Ok(arn.rsplit(':').next().filter(|name| !name.is_empty()).unwrap_or("unknown").to_owned())
        }
        Err(SdkError::ServiceError(refused)) if refused.raw().status().is_client_error() => {
            let metadata = refused.err().meta();
            let code = metadata.code().unwrap_or("no code");
            Err(SessionError::Refused(format!("{code}: {}", metadata.message().unwrap_or("no reason given"))))
        }
        Err(error) if lacks_credentials(&error) => Err(match profile {
            Some(profile) => SessionError::NoCredentialsInProfile { profile, source: error.into() },
            None => SessionError::NoCredentials(error.into()),
        }),
        Err(error) => Err(SessionError::Unreachable { asked: endpoint, source: error.into() }),
    }
}

fn lacks_credentials(error: &(dyn Error + 'static)) -> bool {
    error.is::<CredentialsError>() || error.source().is_some_and(lacks_credentials)
}
