//! Which pipeline the command line names.

use std::{fmt, path::PathBuf};

use axum::http::Uri;
use clap::Args;
use local::DataDirectory;
use reqwest::Url;

use crate::not_blank::not_blank;

/// The default data directory of a pipeline on this machine.
const DATA: &str = "taskline-data";

/// Names a pipeline and says how to reach it.
#[derive(Debug, Clone, Args)]
#[group(skip)]
pub struct PipelineArguments {
    /// Use the pipeline on this machine whose data is in this directory [default: taskline-data]
    #[arg(long, value_name = "DIR", global = true)]
    pub local: Option<PathBuf>,
    /// Use the pipeline on AWS whose processing stack has this name
    #[arg(long, value_name = "NAME", global = true, value_parser = not_blank)]
    pub stack: Option<String>,
    /// Use the pipeline on AWS from a file that `cdk deploy --outputs-file` wrote; --stack selects one of several
    #[arg(long, value_name = "FILE", global = true)]
    pub outputs: Option<PathBuf>,
    /// Use this AWS Region [default: as AWS tools find it]
    #[arg(long, value_name = "REGION", global = true, value_parser = not_blank)]
    pub region: Option<String>,
    /// Use this profile of the AWS configuration files [default: as AWS tools find it]
    #[arg(long, value_name = "PROFILE", global = true, value_parser = not_blank)]
    pub profile: Option<String>,
    /// Send all AWS requests to this URL, for emulators [default: as AWS tools find it]
    #[arg(long, value_name = "URL", global = true, value_parser = endpoint_url)]
    pub endpoint_url: Option<String>,
}

/// The pipeline that the options name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    Local(DataDirectory),
    Aws(Place, AwsOptions),
}

/// Where the names of the resources on AWS are found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In CloudFormation, by the name of the processing stack.
    Stack(String),
    /// In a file that the CDK wrote.
    Outputs {
        file: PathBuf,
        /// Which of its stacks; not needed if the file holds one pipeline.
        stack: Option<String>,
    },
}

/// How to reach AWS. What is absent is found as AWS tools find it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AwsOptions {
    pub region: Option<String>,
    /// A profile of the AWS configuration files.
    pub profile: Option<String>,
    /// The URL of all services, for emulators.
    pub endpoint_url: Option<String>,
}

impl AwsOptions {
    /// The first option that is given.
    pub fn first_named(&self) -> Option<&'static str> {
        let Self { region, profile, endpoint_url } = self;
        let options = [("--region", region), ("--profile", profile), ("--endpoint-url", endpoint_url)];
        options.into_iter().find(|(_, value)| value.is_some()).map(|(name, _)| name)
    }
}

/// The options contradict each other, or the command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidChoice {
    #[error("--local names a pipeline on this machine, --stack and --outputs one on AWS: use one of them")]
    TwoPipelines,
    #[error("{0} is for a pipeline on AWS: name it by --stack or --outputs")]
    NothingOnAws(&'static str),
    #[error("`taskline listen` receives tasks on this machine: omit --stack and --outputs")]
    ReceivesHereOnly,
    #[error("`taskline local` runs a pipeline on this machine: omit --stack and --outputs")]
    RunsHereOnly,
    #[error(
        "`taskline backup` copies the data of a pipeline on this machine: omit --stack and --outputs. On AWS the \
         table has point-in-time recovery"
    )]
    BacksUpHereOnly,
}

impl PipelineArguments {
    /// Takes the options that say how to reach AWS, for a pipeline on this machine that uses AWS.
    pub fn take_aws_options(&mut self) -> AwsOptions {
        AwsOptions {
            region: self.region.take(),
            profile: self.profile.take(),
            endpoint_url: self.endpoint_url.take(),
        }
    }

    /// Returns the pipeline that the options name. clap does not compare options before a subcommand with options after it.
    pub fn choice(self) -> Result<Choice, InvalidChoice> {
        let Self { local, stack, outputs, region, profile, endpoint_url } = self;
        let options = AwsOptions { region, profile, endpoint_url };
        let place = match (stack, outputs) {
            (stack, Some(file)) => Place::Outputs { file, stack },
            (Some(stack), None) => Place::Stack(stack),
            (None, None) => {
                return match options.first_named() {
                    Some(name) => Err(InvalidChoice::NothingOnAws(name)),
                    None => Ok(Choice::Local(DataDirectory::new(local.unwrap_or_else(|| DATA.into())))),
                };
            }
        };
        match local {
            Some(_) => Err(InvalidChoice::TwoPipelines),
            None => Ok(Choice::Aws(place, options)),
        }
    }
}

impl fmt::Display for Choice {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local(data) => write!(formatter, "{} on this machine", data.path().display()),
            Self::Aws(Place::Stack(stack) | Place::Outputs { stack: Some(stack), .. }, _) => {
                write!(formatter, "{stack} on AWS")
            }
            Self::Aws(Place::Outputs { file, stack: None }, _) => {
                write!(formatter, "the pipeline of {} on AWS", file.display())
            }
        }
    }
}

impl Choice {
    /// The data directory, if the pipeline is on this machine.
    pub fn here(self) -> Result<DataDirectory, InvalidChoice> {
        match self {
            Self::Local(data) => Ok(data),
            Self::Aws(..) => Err(InvalidChoice::RunsHereOnly),
        }
    }

    /// The data directory of a pipeline whose tasks are received on this machine.
    pub fn receives_here(self) -> Result<DataDirectory, InvalidChoice> {
        self.here().map_err(|_| InvalidChoice::ReceivesHereOnly)
    }
}

/// Returns the text unchanged: the AWS clients parse it themselves.
fn endpoint_url(text: &str) -> Result<String, &'static str> {
    let has_scheme = text.starts_with("http://") || text.starts_with("https://");
    // `Url` accepts an empty host, `Uri` accepts any text as a port: both must accept it.
    let has_host = text.parse::<Uri>().is_ok_and(|uri| uri.host().is_some_and(|host| !host.is_empty()));
    match has_scheme && has_host && Url::parse(text).is_ok() {
        true => Ok(text.to_owned()),
        false => Err("not an endpoint URL: it must begin with http:// or https:// and name a host"),
    }
}
