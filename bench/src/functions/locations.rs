//! Where the built functions are.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;

use super::{
    implementation::{Function, Implementation},
    subject::Subject,
};

/// What a Python function is deployed with. Lambda's runtime contains boto3 and the client of the Runtime API.
const DEPLOYED: [&str; 9] = [
    "annotated_types",
    "aws_lambda_powertools",
    "fastjsonschema",
    "jmespath",
    "nh3",
    "pydantic",
    "pydantic_core",
    "typing_extensions.py",
    "typing_inspection",
];

/// Where each implementation is.
#[derive(Debug, Clone, Args)]
pub struct Locations {
    /// Taskline's functions: `api/bootstrap` and `processor/bootstrap`
    #[arg(long, default_value = "target/shipped")]
    functions: PathBuf,
    /// Taskline's processor with its own handler
    #[arg(long, default_value = "target/shipped/own-handler/bootstrap")]
    own_handler: PathBuf,
    /// `floor` and `calls`: a function that does nothing, and one that only makes the calls to AWS
    #[arg(long, default_value = "target/lambda/examples")]
    examples: PathBuf,
    /// The functions in Python and Node, with Node's packages installed and built
    #[arg(long, default_value = "bench/peers")]
    peers: PathBuf,
    /// The virtual environment of the Python functions
    #[arg(long, default_value = "target/peers")]
    python: PathBuf,
}

type Parts = (Vec<PathBuf>, PathBuf, Vec<PathBuf>);

impl Locations {
    /// The function of this implementation, and its sender. Fails if a file is missing.
    pub fn subject(&self, function: Function, implementation: Implementation) -> Result<Subject> {
        let (command, directory, package) = self.parts(function.name(), implementation)?;
        let sender = match (function, implementation.sender()) {
            (Function::Processor, Some(sender)) => Some(Box::new(self.subject(Function::Api, sender)?)),
            _ => None,
        };
        Ok(Subject { function, implementation, command, directory, package, sender })
    }

    fn parts(&self, name: &str, implementation: Implementation) -> Result<Parts> {
        match implementation {
            Implementation::Floor => binary(&self.examples.join("floor")),
            Implementation::Calls => binary(&self.examples.join("calls")),
            Implementation::Taskline => binary(&self.functions.join(name).join("bootstrap")),
            Implementation::TasklineHandler => binary(&self.own_handler),
            Implementation::NodeLean => self.node(&format!("{name}-lean")),
            Implementation::NodePowertools => self.node(name),
            Implementation::PythonLean => self.python(&format!("{name}_lean")),
            Implementation::PythonPowertools => self.python(name),
        }
    }

    fn node(&self, stem: &str) -> Result<Parts> {
        let peer = found(&self.peers.join("node"))?;
        let bundle = found(&peer.join(format!("dist/{stem}.mjs")))?;
        let node = found(&peer.join("node_modules/node/bin/node"))?;
        let command = vec![node, peer.join("runtime.mjs"), bundle.clone()];
        Ok((command, peer, vec![bundle]))
    }

    fn python(&self, stem: &str) -> Result<Parts> {
        let peer = found(&self.peers.join("python"))?;
        let packages = found(&self.python.join("lib/python3.13/site-packages"))?;
        // Don't follow the link: its target is outside the virtual environment.
        let python = std::path::absolute(self.python.join("bin/python"))?;
        let handler = PathBuf::from(format!("{stem}.handler"));
        let command = vec![python, "-m".into(), "awslambdaric".into(), handler];
        let deployed = DEPLOYED.map(|name| packages.join(name)).into_iter();
        let package = deployed
            .chain([format!("{stem}.py"), "text.py".to_owned()].map(|file| peer.join(file)))
            .collect();
        Ok((command, peer, package))
    }
}

fn binary(program: &Path) -> Result<Parts> {
    let program = found(program)?;
    Ok((vec![program.clone()], PathBuf::from("/"), vec![program]))
}

fn found(path: &Path) -> Result<PathBuf> {
    path.canonicalize().with_context(|| format!("{} is missing: `make bench` builds it", path.display()))
}
