//! Which pipeline is meant by what was said on the command line.

use std::{fmt, path::PathBuf};

use aws::SessionOptions;
use local::DataDirectory;

use crate::arguments::PipelineArguments;

/// Where a pipeline on this machine is, unless said otherwise.
const DATA: &str = "taskline-data";

/// One pipeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// On this machine.
    Local(DataDirectory),
    /// On AWS.
    Aws(Place, SessionOptions),
}

/// What tells where the parts of a pipeline on AWS are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// CloudFormation, by the name of the processing stack.
    Stack(String),
    /// A file that the CDK wrote.
    Outputs {
        /// The file.
        file: PathBuf,
        /// Which of its stacks; not needed when it holds one pipeline.
        stack: Option<String>,
    },
}

/// What was said can't be meant together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Misuse {
    /// Two pipelines.
    #[error("--local names a pipeline on this machine, --stack and --outputs one on AWS: use one of them")]
    TwoPipelines,
    /// How to reach AWS, and nothing there.
    #[error("{0} is for a pipeline on AWS: name it by --stack or --outputs")]
    NothingOnAws(&'static str),
    /// `taskline local`, elsewhere.
    #[error("`taskline local` runs a pipeline on this machine: leave --stack and --outputs away")]
    RunsHereOnly,
    /// `taskline backup`, elsewhere.
    #[error(
        "`taskline backup` copies the data of a pipeline on this machine: leave --stack and --outputs away. On AWS the \
         table has point-in-time recovery"
    )]
    BacksUpHereOnly,
}

impl PipelineArguments {
    /// The one that is meant. clap does not compare what is said before a subcommand with what is said behind it.
    pub fn choice(self) -> Result<Choice, Misuse> {
        let Self { local, stack, outputs, region, profile, endpoint_url } = self;
        let place = match (stack, outputs) {
            (stack, Some(file)) => Place::Outputs { file, stack },
            (Some(stack), None) => Place::Stack(stack),
            (None, None) => {
                let on_aws =
                    [("--region", &region), ("--profile", &profile), ("--endpoint-url", &endpoint_url)];
                return match on_aws.into_iter().find(|(_, said)| said.is_some()) {
                    Some((name, _)) => Err(Misuse::NothingOnAws(name)),
                    None => Ok(Choice::Local(DataDirectory::new(local.unwrap_or_else(|| DATA.into())))),
                };
            }
        };
        match local {
            Some(_) => Err(Misuse::TwoPipelines),
            None => Ok(Choice::Aws(place, SessionOptions { region, profile, endpoint_url })),
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
    /// The data of the pipeline on this machine.
    pub fn here(self) -> Result<DataDirectory, Misuse> {
        match self {
            Self::Local(data) => Ok(data),
            Self::Aws(..) => Err(Misuse::RunsHereOnly),
        }
    }
}
