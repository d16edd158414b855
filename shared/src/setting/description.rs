//! The list of all settings. Programs check their environment against it, and a test compares it with docs/settings.md.

use std::fmt;

/// A program that reads settings.
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
    /// The name of the variable.
    pub name: &'static str,
    /// What is used if it is not set: a value, `required`, or a description; empty if there is none.
    pub default: &'static str,
    /// What it does, in the Markdown of docs/settings.md.
    pub meaning: &'static str,
    /// The programs that read it.
    pub read_by: &'static [Program],
    /// Another setting and the value that it must have for this one to have an effect.
    pub needs: Option<(&'static str, &'static str)>,
    /// The setting with the same purpose, in this program or in others. A program refuses to get both.
    pub instead: Option<&'static str>,
    /// Whether it has an effect too if the needed handler is that of a type in the file of `TYPES_FILE`.
    pub is_for_types_too: bool,
    /// Whether other software uses the same name. A variable without effect is then reported and not refused, because it can
    /// be for that software.
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
    is_for_types_too: false,
    is_common: false,
};
const OF_THE_FUNCTION: Setting = Setting { needs: Some(("TASK_HANDLER", "lambda")), ..USUAL };
const OF_THE_WEBHOOK: Setting = Setting { needs: Some(("TASK_HANDLER", "webhook")), ..USUAL };
const OF_A_COMMAND: Setting =
    Setting { needs: Some(("TASK_HANDLER", "command")), read_by: &[Local], ..USUAL };
/// Settings that the stack sets for its functions; other programs on AWS use such names too.
const OF_THE_STACK: Setting = Setting { default: "required", read_by: FUNCTIONS, is_common: true, ..USUAL };
const OF_THE_AUTHORIZER: Setting = Setting { read_by: &[Api], ..USUAL };
/// Settings that every AWS tool reads. They are set in many shells, so `taskline local` does not report them.
const OF_AWS: Setting = OF_THE_STACK;

/// All settings.
pub const SETTINGS: &[Setting] = &[
    Setting {
        name: "FAILURE_POLICY",
        default: "dead-letter",
        meaning: "what happens to a task that can't succeed: `dead-letter` (it leaves the line, and the line goes on) or `hold` (the line stops at it)",
        ..USUAL
    },
    Setting {
        name: "TASK_TYPES",
        default: "",
        meaning: "the types of tasks that this deployment knows, separated by commas; all by default. A request for a task of another type gets 400. A task of another type that was accepted earlier waits (`no_handler`). A request without a type is of the type `task`",
        read_by: &[Local, Api, Processor],
        ..USUAL
    },
    Setting {
        name: "TYPES_FILE",
        default: "",
        meaning: "the [file of types](handlers.md#types-in-a-file), in TOML, instead of `TASK_TYPES`: the types that this deployment knows, each with its own handler, time-out, attempt budget and JSON Schema. A relative path starts at the working directory. `--types` sets it too",
        read_by: &[Local, Api, Processor],
        instead: Some("TASK_TYPES"),
        ..USUAL
    },
    Setting {
        name: "ATTEMPT_BUDGET",
        default: "10",
        meaning: "how many attempts a task has before it is given up (1 to 100). A redrive or a resume starts a new budget",
        ..USUAL
    },
    Setting {
        name: "HANDLER_TIMEOUT_SECONDS",
        default: "20",
        meaning: "how long an attempt can take (1 to 43140; in a Lambda function 1 to 840). The lease is 13 s longer, at most 60 s, and a longer attempt renews it. The queue's visibility timeout is six times 13 s more than this",
        ..USUAL
    },
    Setting {
        name: "RETRY_BASE_SECONDS",
        default: "1",
        meaning: "the wait after the first failed attempt, and after an outage of the store (1 to 3600). It doubles with each further attempt, and is then shortened by up to half so that retries spread",
        ..USUAL
    },
    Setting {
        name: "RETRY_MAX_SECONDS",
        default: "60",
        meaning: "the longest wait between attempts (1 to 3600). It also limits the `Retry-After` of a webhook. After 140 deliveries of one message, waits are longer",
        ..USUAL
    },
    Setting {
        name: "UNAVAILABLE_SECONDS_MAX",
        default: "86400",
        meaning: "how long the handler can be unavailable without spending attempts of the task at the head (0 to 604800). Then each further attempt is spent like that of a transient failure",
        ..USUAL
    },
    Setting {
        name: "TASK_HANDLER",
        default: "record",
        meaning: "the [handler](handlers.md): `record` (store the task as completed; one write less), `webhook`, `lambda` (invoke a function of yours), `command` (start a program of yours; local only), or `own` for a function with your own handler",
        ..USUAL
    },
    Setting {
        name: "HANDLER_COMMAND",
        meaning: "the program that is started for each task, with its arguments. It is split into words as a shell splits them, without a shell. `--handler` sets it too",
        ..OF_A_COMMAND
    },
    Setting {
        name: "HANDLER_SERVER",
        meaning: "the program that is started once, with its arguments. It reads a line of JSON for each task and writes one for each outcome. `--handler-server` sets it too",
        instead: Some("HANDLER_COMMAND"),
        ..OF_A_COMMAND
    },
    Setting {
        name: "TASKLINE_HANDLER_VERSION",
        meaning: "the version of the program, stored with every failure. A redrive compares it. The program gets it too",
        is_for_types_too: true,
        ..OF_A_COMMAND
    },
    Setting { name: "WEBHOOK_URL", meaning: "required: the URL that tasks are posted to", ..OF_THE_WEBHOOK },
    Setting {
        name: "WEBHOOK_SECRET",
        meaning: "required: the key of the signatures, 24 to 64 bytes in base64, with or without the prefix `whsec_`. With `taskline local --webhook` it can be absent: the pipeline then makes one and keeps it",
        is_for_types_too: true,
        ..OF_THE_WEBHOOK
    },
    Setting {
        name: "WEBHOOK_SECRET_ARN",
        meaning: "replaces `WEBHOOK_SECRET`: the function reads the secret from Secrets Manager when it starts",
        read_by: &[Processor],
        instead: Some("WEBHOOK_SECRET"),
        is_for_types_too: true,
        ..OF_THE_WEBHOOK
    },
    Setting {
        name: "WEBHOOK_TIMEOUT_SECONDS",
        default: "10",
        meaning: "how long a post can take until the status of its answer arrives; at most `HANDLER_TIMEOUT_SECONDS`, which is the default if it is shorter than 10. The default of a type with `timeout_seconds` is that",
        is_for_types_too: true,
        ..OF_THE_WEBHOOK
    },
    Setting {
        name: "HANDLER_FUNCTION",
        meaning: "required: the Lambda function that handles tasks, by name, ARN or partial ARN, alone or followed by `:ALIAS` or `:VERSION`",
        ..OF_THE_FUNCTION
    },
    Setting {
        name: "PERMANENT_ERRORS",
        meaning: "the types of the function's errors that no further attempt can fix, separated by commas, such as `ValueError,NotFound`; none by default",
        is_for_types_too: true,
        ..OF_THE_FUNCTION
    },
    Setting {
        name: "CORS_ORIGINS",
        meaning: "the origins whose web pages can call the API, separated by commas; none by default. Write each as browsers send it: `https://host[:port]` or `http://host[:port]`, in lower case, without the default port, in Punycode. `*`, `null`, other schemes, paths and empty items are refused. On AWS, `-c corsOrigins` takes the same list, and API Gateway applies it",
        read_by: &[Local],
        ..USUAL
    },
    Setting {
        name: "WAIT_SECONDS_MAX",
        default: "20",
        meaning: "how long a `GET` with `wait` can wait for its task (0 to 20). A longer `wait` is answered after this time; 0 refuses every `wait` with 400. On AWS, each request that waits occupies an execution of the function, and the stack sets this (`-c waitSecondsMax=`)",
        read_by: &[Local, Api],
        ..USUAL
    },
    Setting {
        name: "CODE_VERSION",
        default: "that of Taskline",
        meaning: "stored with every failure. On AWS, the stack sets it to a fingerprint of the binary. A redrive compares it with the version that the stack runs, for failures of a handler that is part of the binary",
        is_common: true,
        ..USUAL
    },
    Setting {
        name: "RUST_LOG",
        default: "info",
        meaning: "the log level: `error`, `warn`, `info`, `debug`, `trace` or `off`, or a list such as `warn,processor=debug`",
        read_by: &[Local],
        instead: Some("LOG_LEVEL"),
        is_common: true,
        ..USUAL
    },
    Setting {
        name: "LOG_LEVEL",
        default: "info",
        meaning: "the log level: `error`, `warn`, `info` or `debug`. Libraries log warnings only",
        instead: Some("RUST_LOG"),
        ..OF_THE_STACK
    },
    Setting { name: "QUEUE_URL", meaning: "the URL of the queue that is the line", ..OF_THE_STACK },
    Setting {
        name: "DEAD_LETTER_QUEUE_URL",
        meaning: "the URL of the dead-letter queue",
        read_by: &[Processor, Watch],
        ..OF_THE_STACK
    },
    Setting {
        name: "CANARY_SECONDS",
        default: "",
        meaning: "the interval of canary tasks in seconds (300 to 86400); none by default. The watch submits one in each interval and reports it if it is not completed before the next. Set by `-c canary`",
        read_by: &[Watch],
        is_common: false,
        ..OF_THE_STACK
    },
    Setting { name: "MESSAGE_GROUP", meaning: "the SQS message group of all tasks", ..OF_THE_STACK },
    Setting { name: "TABLE_NAME", meaning: "the DynamoDB table of the records", ..OF_THE_STACK },
    Setting {
        name: "PIPELINE",
        meaning: "the pipeline's name, such as `taskline-dev`; the dimension of the metrics",
        ..OF_THE_STACK
    },
    Setting {
        name: "API_AUTHORIZER",
        default: "jwt",
        meaning: "what API Gateway checks: `jwt` (a token) or `iam` (a signature). The function refuses a request from another authorizer",
        ..OF_THE_AUTHORIZER
    },
    Setting {
        name: "JWT_READ_ROLE",
        meaning: "with `JWT_WRITE_ROLE`: the role that a token needs to read. Without it, API Gateway checks scopes",
        ..OF_THE_AUTHORIZER
    },
    Setting {
        name: "JWT_WRITE_ROLE",
        meaning: "with `JWT_READ_ROLE`: the role that a token needs for everything else",
        ..OF_THE_AUTHORIZER
    },
    Setting { name: "AWS_REGION", meaning: "the Region. Lambda sets it, and the credentials", ..OF_AWS },
    Setting {
        name: "AWS_CA_BUNDLE",
        default: "Amazon's five roots",
        meaning: "a PEM file of certificate authorities, for other endpoints (in the China Regions `/etc/pki/tls/certs/ca-bundle.crt`)",
        ..OF_AWS
    },
    Setting {
        name: "AWS_ENDPOINT_URL",
        default: "AWS's",
        meaning: "the endpoint of all AWS services",
        ..OF_AWS
    },
    Setting { name: "AWS_ENDPOINT_URL_DYNAMODB", default: "", meaning: "the endpoint of DynamoDB", ..OF_AWS },
    Setting {
        name: "AWS_ENDPOINT_URL_LAMBDA",
        default: "",
        meaning: "the endpoint of Lambda",
        read_by: &[Processor],
        ..OF_AWS
    },
    Setting {
        name: "AWS_ENDPOINT_URL_SECRETS_MANAGER",
        default: "",
        meaning: "the endpoint of Secrets Manager",
        ..OF_AWS
    },
    Setting { name: "AWS_ENDPOINT_URL_SQS", default: "", meaning: "the endpoint of SQS", ..OF_AWS },
    Setting {
        name: "AWS_USE_FIPS_ENDPOINT",
        default: "false",
        meaning: "`true` for FIPS 140 endpoints",
        ..OF_AWS
    },
    Setting {
        name: "AWS_USE_DUALSTACK_ENDPOINT",
        default: "false",
        meaning: "`true` for dual-stack endpoints (IPv6)",
        ..OF_AWS
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_setting_is_described_once_and_refers_to_described_settings() {
        let named = |name: &str| SETTINGS.iter().filter(|setting| setting.name == name).count();
        for setting in SETTINGS {
            assert_eq!(named(setting.name), 1, "{}", setting.name);
            let others = [setting.needs.map(|(name, _)| name), setting.instead];
            assert!(others.into_iter().flatten().all(|name| named(name) == 1), "{}", setting.name);
            assert!(!setting.read_by.is_empty() && !setting.meaning.is_empty(), "{}", setting.name);
        }
    }
}
