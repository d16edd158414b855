//! Every setting, described once: the programs check their environment against this list, and a test compares it with
//! docs/settings.md.

use std::fmt;

/// Who reads settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Program {
    /// `taskline local`.
    Local,
    /// The API's Lambda function.
    Api,
    /// The processor's Lambda function.
    Processor,
    /// The watch's Lambda function.
    Watch,
}

impl fmt::Display for Program {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Local => "`taskline local`",
            Self::Api => "the API function",
            Self::Processor => "the processor function",
            Self::Watch => "the watch function",
        })
    }
}

/// An environment variable that a program reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting {
    /// Its name.
    pub name: &'static str,
    /// What is used where it is not set: a value, `required`, or words; empty where nothing is used.
    pub default: &'static str,
    /// What it does, in the Markdown of docs/settings.md.
    pub meaning: &'static str,
    /// The programs that read it.
    pub read_by: &'static [Program],
    /// Another setting and the value it must have, or this one does nothing.
    pub needs: Option<(&'static str, &'static str)>,
    /// The setting that does the same for the other programs.
    pub instead: Option<&'static str>,
    /// Whether other software uses the same name. Such a variable may be there for that other software, so where it
    /// does nothing it is reported, and not refused.
    pub is_common: bool,
}

impl Setting {
    /// Whether `program` reads it.
    pub fn is_read_by(&self, program: Program) -> bool {
        self.read_by.contains(&program)
    }
}

use Program::{Api, Local, Processor, Watch};

const PROCESSING: &[Program] = &[Local, Processor];
const FUNCTIONS: &[Program] = &[Api, Processor, Watch];

const USUAL: Setting = Setting {
    name: "",
    default: "",
    meaning: "",
    read_by: PROCESSING,
    needs: None,
    instead: None,
    is_common: false,
};
const OF_THE_WEBHOOK: Setting = Setting { needs: Some(("TASK_HANDLER", "webhook")), ..USUAL };
/// What the stack tells its functions; other programs on AWS use such names, too.
const OF_THE_STACK: Setting = Setting { default: "required", read_by: FUNCTIONS, is_common: true, ..USUAL };
const OF_THE_AUTHORIZER: Setting = Setting { read_by: &[Api], ..USUAL };
/// What every AWS tool reads. It is in many shells, so `taskline local` does not even report it.
const OF_AWS: Setting = OF_THE_STACK;

/// All of them.
pub const SETTINGS: &[Setting] = &[
    Setting {
        name: "FAILURE_POLICY",
        default: "dead-letter",
        meaning: "what becomes of a task that can't succeed: `dead-letter` (it leaves the line, the line goes on) or `hold` (the line stops at it)",
        ..USUAL
    },
    Setting {
        name: "ATTEMPT_BUDGET",
        default: "5",
        meaning: "attempts before a task is given up (1 to 100); a redrive or a resume begins a new budget",
        ..USUAL
    },
    Setting {
        name: "HANDLER_TIMEOUT_SECONDS",
        default: "20",
        meaning: "when an attempt is given up (1 to 840). The lease is 13 s longer, the queue's visibility six leases",
        ..USUAL
    },
    Setting {
        name: "RETRY_BASE_SECONDS",
        default: "1",
        meaning: "the wait after the first failed attempt, and after an outage of the store (1 to 3600); doubled with each further one, cut by up to half, by task and attempt",
        ..USUAL
    },
    Setting {
        name: "RETRY_MAX_SECONDS",
        default: "60",
        meaning: "no wait is longer, also not one that a webhook asks for (1 to 3600)",
        ..USUAL
    },
    Setting {
        name: "TASK_HANDLER",
        default: "record",
        meaning: "what is done with a task: `record` (the record is the result; one write less), `webhook`, or for a function with a handler of your own `own`",
        ..USUAL
    },
    Setting { name: "WEBHOOK_URL", meaning: "required: where `webhook` posts to", ..OF_THE_WEBHOOK },
    Setting {
        name: "WEBHOOK_SECRET",
        meaning: "required: 24 to 64 bytes in base64, to sign with; `whsec_` may stand before it",
        ..OF_THE_WEBHOOK
    },
    Setting {
        name: "WEBHOOK_SECRET_ARN",
        meaning: "instead of `WEBHOOK_SECRET`: reads it from Secrets Manager at the start",
        read_by: &[Processor],
        instead: Some("WEBHOOK_SECRET"),
        ..OF_THE_WEBHOOK
    },
    Setting {
        name: "WEBHOOK_TIMEOUT_SECONDS",
        default: "10",
        meaning: "when a post is given up; at most `HANDLER_TIMEOUT_SECONDS`, which is the default where it is shorter",
        ..OF_THE_WEBHOOK
    },
    Setting {
        name: "CORS_ORIGINS",
        meaning: "origins whose web pages may call, separated by commas; none by default. Each is `https://host[:port]` or `http://host[:port]` and is written as browsers send it (lower case, no default port, Punycode); `*`, `null`, other schemes, paths and an empty item are refused. On AWS `-c corsOrigins` takes the same list, and the gateway answers for it",
        read_by: &[Local],
        ..USUAL
    },
    Setting {
        name: "CODE_VERSION",
        default: "that of Taskline",
        meaning: "kept with every failure. On AWS a redrive compares it, for failures of a handler that is part of the code, with what the stack runs; the stack sets it to a fingerprint of the binary",
        is_common: true,
        ..USUAL
    },
    Setting {
        name: "RUST_LOG",
        default: "info",
        meaning: "what is logged: `error`, `warn`, `info`, `debug`, `trace` or `off`, or a list such as `warn,processor=debug`",
        read_by: &[Local],
        instead: Some("LOG_LEVEL"),
        is_common: true,
        ..USUAL
    },
    Setting {
        name: "LOG_LEVEL",
        default: "info",
        meaning: "what is logged: `error`, `warn`, `info` or `debug`; libraries are kept to warnings",
        instead: Some("RUST_LOG"),
        ..OF_THE_STACK
    },
    Setting { name: "QUEUE_URL", meaning: "the line", ..OF_THE_STACK },
    Setting {
        name: "DEAD_LETTER_QUEUE_URL",
        meaning: "where given up tasks go",
        read_by: &[Processor, Watch],
        ..OF_THE_STACK
    },
    Setting {
        name: "CANARY_SECONDS",
        default: "",
        meaning: "submits a canary task in every interval of so many seconds (300 to 86400), and reports one that is not completed before the next; none by default. `-c canary` sets it",
        read_by: &[Watch],
        is_common: false,
        ..OF_THE_STACK
    },
    Setting { name: "MESSAGE_GROUP", meaning: "the one group of all tasks", ..OF_THE_STACK },
    Setting { name: "TABLE_NAME", meaning: "the records", ..OF_THE_STACK },
    Setting {
        name: "PIPELINE",
        meaning: "the pipeline's name, such as `taskline-dev`; the dimension of the functions' metrics",
        ..OF_THE_STACK
    },
    Setting {
        name: "API_AUTHORIZER",
        default: "jwt",
        meaning: "what API Gateway has checked: `jwt` (a token) or `iam` (a signature); a request from another authorizer is refused",
        ..OF_THE_AUTHORIZER
    },
    Setting {
        name: "JWT_READ_ROLE",
        meaning: "with `JWT_WRITE_ROLE`: the role that a token must have to look, where its permissions are roles. Without, the gateway asks for scopes",
        ..OF_THE_AUTHORIZER
    },
    Setting {
        name: "JWT_WRITE_ROLE",
        meaning: "with `JWT_READ_ROLE`: the role that a token must have for all else",
        ..OF_THE_AUTHORIZER
    },
    Setting { name: "AWS_REGION", meaning: "set by Lambda, as are the credentials", ..OF_AWS },
    Setting {
        name: "AWS_CA_BUNDLE",
        default: "Amazon's five roots",
        meaning: "a file of authorities in PEM, for endpoints of somebody else's (in Regions of China `/etc/pki/tls/certs/ca-bundle.crt`)",
        ..OF_AWS
    },
    Setting { name: "AWS_ENDPOINT_URL", default: "AWS's", meaning: "where its services are", ..OF_AWS },
    Setting {
        name: "AWS_ENDPOINT_URL_DYNAMODB",
        default: "",
        meaning: "where this one is, if elsewhere",
        ..OF_AWS
    },
    Setting { name: "AWS_ENDPOINT_URL_SECRETS_MANAGER", default: "", meaning: "the same", ..OF_AWS },
    Setting { name: "AWS_ENDPOINT_URL_SQS", default: "", meaning: "the same", ..OF_AWS },
    Setting {
        name: "AWS_USE_FIPS_ENDPOINT",
        default: "false",
        meaning: "`true` for endpoints with FIPS 140",
        ..OF_AWS
    },
    Setting {
        name: "AWS_USE_DUALSTACK_ENDPOINT",
        default: "false",
        meaning: "`true` for endpoints with IPv6",
        ..OF_AWS
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_described_once_and_names_only_others_that_are() {
        let named = |name: &str| SETTINGS.iter().filter(|setting| setting.name == name).count();
        for setting in SETTINGS {
            assert_eq!(named(setting.name), 1, "{}", setting.name);
            let others = [setting.needs.map(|(name, _)| name), setting.instead];
            assert!(others.into_iter().flatten().all(|name| named(name) == 1), "{}", setting.name);
            assert!(!setting.read_by.is_empty() && !setting.meaning.is_empty(), "{}", setting.name);
        }
    }
}
