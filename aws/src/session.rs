//! An operator's session with AWS: in which Region, at which endpoint, with whose credentials; and what is looked up
//! by it before anything is done.

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

use crate::{
    Clients, Deployment, EventSourceLine, MissingOutput,
    clients::{defaults, http_client, program_limits, while_waiting},
    deployment::Outputs,
};

/// How long credentials may take to come: a person may have to answer for them, as to a `credential_process`.
const SIGN_IN: Duration = Duration::from_secs(120);

/// How much longer than a function a person waits: a page of records is up to a megabyte, and links may be slow.
const LINK: Duration = Duration::from_secs(20);
const CONNECT: Duration = Duration::from_secs(5);

/// What is said on the command line; whatever is not comes from the environment and the profile, as for every AWS tool.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SessionOptions {
    /// The Region.
    pub region: Option<String>,
    /// The profile in the AWS configuration files.
    pub profile: Option<String>,
    /// Where every service is, when not at AWS.
    pub endpoint_url: Option<String>,
}

/// A session with credentials that AWS accepts.
#[derive(Debug, Clone)]
pub struct Session {
    configuration: SdkConfig,
    region: Region,
    operator: String,
}

/// No session begins.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// That is no place on the net.
    #[error("{0} is no endpoint URL: one begins with http:// or https://")]
    InvalidEndpoint(String),
    /// Nothing says which Region.
    #[error("no AWS Region is set: use --region, AWS_REGION, or a profile that has one")]
    NoRegion,
    /// No place where credentials can be has any.
    #[error(
        "there are no AWS credentials: sign in (`aws login`, `aws sso login`), or set AWS_PROFILE or AWS_ACCESS_KEY_ID"
    )]
    NoCredentials(#[source] Box<dyn Error + Send + Sync>),
    /// The profile that was named is not there, or gives none.
    #[error("profile {profile} gives no AWS credentials")]
    NoCredentialsInProfile {
        /// The profile.
        profile: String,
        /// Why.
        source: Box<dyn Error + Send + Sync>,
    },
    /// They are expired, unknown, or not for this.
    #[error("AWS does not accept the credentials: {0}")]
    Refused(String),
    /// AWS does not answer.
    #[error("failed to ask {asked} whose credentials these are")]
    Unreachable {
        /// AWS in a Region, or what stands for it.
        asked: String,
        /// Why.
        source: Box<dyn Error + Send + Sync>,
    },
}

/// A stack can't be looked up, or is no pipeline's.
#[derive(Debug, thiserror::Error)]
pub enum StackError {
    /// There is none of this name.
    #[error("there is no stack {stack} in {region}; a pipeline is named by its processing stack")]
    NoSuchStack {
        /// The name.
        stack: String,
        /// Where.
        region: Region,
    },
    /// It is another stack.
    #[error(transparent)]
    MissingOutput(#[from] MissingOutput),
    /// CloudFormation can't be asked.
    #[error("failed to look up stack {stack} in {region}")]
    Unavailable {
        /// The name.
        stack: String,
        /// Where.
        region: Region,
        /// Why.
        source: Box<dyn Error + Send + Sync>,
    },
}

impl Session {
    /// Begins a session, and asks AWS whose it is: the first call for everything, so that missing or expired
    /// credentials are told as that and not as the failure of something else.
    ///
    /// # Errors
    /// [`SessionError`].
    pub async fn begin(options: SessionOptions) -> Result<Self, SessionError> {
        let mut loader = defaults()
            .timeout_config(patient_limits(LINK))
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

    /// Who operates: `user/ann`, or `assumed-role/ROLE/SESSION`.
    pub fn operator(&self) -> &str {
        &self.operator
    }

    /// What a client of any service is made of.
    pub fn configuration(&self) -> &SdkConfig {
        &self.configuration
    }

    /// The ports' clients.
    pub fn clients(&self) -> Clients {
        Clients::over(&self.configuration)
    }

    /// The line of a pipeline as a whole.
    pub fn line(&self, deployment: &Deployment) -> EventSourceLine {
        let queue = self.clients().task_queue(&deployment.queue_url, &deployment.message_group);
        EventSourceLine::over(&self.configuration, &deployment.event_source_mapping_id, queue)
    }

    /// The pipeline whose processing stack has this name.
    ///
    /// # Errors
    /// [`StackError`].
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

    /// CloudFormation has no error of its own for a name that it does not know: "Stack with id NAME does not exist".
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

fn patient_limits(waiting: Duration) -> TimeoutConfig {
    while_waiting(&program_limits(), waiting).to_builder().connect_timeout(CONNECT).build()
}

/// A profile that is named means its credentials. Left to itself the chain would take those in the environment first, and
/// so perhaps another account's.
fn with_credentials_of(profile: &str, configuration: SdkConfig) -> SdkConfig {
    let surroundings = ProviderConfig::without_region()
        .with_region(configuration.region().cloned())
        .with_http_client(http_client());
    let credentials =
        ProfileFileCredentialsProvider::builder().configure(&surroundings).profile_name(profile).build();
    configuration.into_builder().credentials_provider(SharedCredentialsProvider::new(credentials)).build()
}

/// The last part of the caller's ARN, which says who without saying where.
async fn identity(
    configuration: &SdkConfig,
    region: &Region,
    profile: Option<String>,
) -> Result<String, SessionError> {
    let asked_at = match configuration.endpoint_url() {
        Some(url) if !url.starts_with("http://") && !url.starts_with("https://") => {
            return Err(SessionError::InvalidEndpoint(url.to_owned()));
        }
        Some(url) => url.to_owned(),
        None => format!("AWS in {region}"),
    };
    let asked = aws_sdk_sts::Client::new(configuration)
        .get_caller_identity()
        .customize()
        .config_override(Builder::new().timeout_config(patient_limits(SIGN_IN)))
        .send()
        .await;
    match asked {
        Ok(caller) => {
            let arn = caller.arn.unwrap_or_default();
            Ok(arn.rsplit(':').next().filter(|name| !name.is_empty()).unwrap_or("unknown").to_owned())
        }
        Err(SdkError::ServiceError(refused)) if refused.raw().status().is_client_error() => {
            let metadata = refused.err().meta();
            let code = metadata.code().unwrap_or("no code");
            Err(SessionError::Refused(format!("{code}: {}", metadata.message().unwrap_or("no reason given"))))
        }
        Err(error) if is_for_want_of_credentials(&error) => Err(match profile {
            Some(profile) => SessionError::NoCredentialsInProfile { profile, source: error.into() },
            None => SessionError::NoCredentials(error.into()),
        }),
        Err(error) => Err(SessionError::Unreachable { asked: asked_at, source: error.into() }),
    }
}

fn is_for_want_of_credentials(error: &(dyn Error + 'static)) -> bool {
    error.is::<CredentialsError>() || error.source().is_some_and(is_for_want_of_credentials)
}
