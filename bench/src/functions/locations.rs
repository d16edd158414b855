//! Where the functions are, once they are built.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;

use super::{
    kind::{Function, Kind},
    subject::Subject,
};

/// What a peer in Python is deployed with: Lambda's own runtime brings boto3 and the client of its Runtime API.
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

/// Of each kind, where it is.
#[derive(Debug, Clone, Args)]
pub struct Place {
    /// Ours: `api/bootstrap` and `processor/bootstrap`
    #[arg(long, default_value = "target/functions")]
    functions: PathBuf,
    /// Ours, a processor with a handler of its own
    #[arg(long, default_value = "target/faulty-handler/processor/bootstrap")]
    own_handler: PathBuf,
    /// `floor` and `calls`: a function that does nothing, and one that makes the calls of AWS alone
    #[arg(long, default_value = "target/lambda/examples")]
    examples: PathBuf,
    /// Those in Python and Node; Node's installed and built
    #[arg(long, default_value = "bench/peers")]
    peers: PathBuf,
    /// The virtual environment of those in Python
    #[arg(long, default_value = "target/peers")]
    python: PathBuf,
}

type Parts = (Vec<PathBuf>, PathBuf, Vec<PathBuf>);

impl Place {
    /// The function of this kind, and its sender.
    ///
    /// # Errors
    /// Names what is missing.
    pub fn subject(&self, function: Function, kind: Kind) -> Result<Subject> {
        let (command, directory, package) = self.parts(function.name(), kind)?;
        let sender = match (function, kind.sender()) {
            (Function::Processor, Some(sender)) => Some(Box::new(self.subject(Function::Api, sender)?)),
            _ => None,
        };
        Ok(Subject { function, kind, command, directory, package, sender })
    }

    fn parts(&self, name: &str, kind: Kind) -> Result<Parts> {
        match kind {
            Kind::Floor => binary(&self.examples.join("floor")),
            Kind::Calls => binary(&self.examples.join("calls")),
            Kind::Taskline => binary(&self.functions.join(name).join("bootstrap")),
            Kind::TasklineHandler => binary(&self.own_handler),
            Kind::NodeLean => self.node(&format!("{name}-lean")),
            Kind::NodePowertools => self.node(name),
            Kind::PythonLean => self.python(&format!("{name}_lean")),
            Kind::PythonPowertools => self.python(name),
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
        // Not where its link leads: that would be outside the virtual environment.
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
    path.canonicalize().with_context(|| format!("{} is missing: `make bench` makes it", path.display()))
}
