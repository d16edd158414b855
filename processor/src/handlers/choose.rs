//! The settings that say what a deployment does with its tasks: `TASK_HANDLER` and the settings of each handler.

use std::{sync::Arc, time::Duration};

use shared::{
    FunctionName,
    ports::{Clock, HandlerFunction},
    setting::{InvalidSetting, Lookup, whole_number},
};
use url::Url;
use webhook::{Proxies, Secret};

use super::{
    function::{ErrorTypes, FunctionHandler},
    webhook::WebhookHandler,
};
use crate::{handler::Handling, settings::ProcessorSettings};

/// The Lambda function that handles tasks; None if the handler is another.
///
/// # Errors
/// [`InvalidSetting`] if the function is not named, or not by a name.
pub fn function_name(lookup: Lookup<'_>) -> Result<Option<FunctionName>, InvalidSetting> {
    if lookup("TASK_HANDLER").as_deref() != Some("lambda") {
        return Ok(None);
    }
    let name = lookup("HANDLER_FUNCTION")
        .ok_or(InvalidSetting::new("HANDLER_FUNCTION", "is required when TASK_HANDLER is lambda"))?;
    name.parse().map(Some).map_err(|problem| InvalidSetting::new("HANDLER_FUNCTION", problem))
}

/// Reads the handler from the settings. `port` is that of the function of [`function_name`].
///
/// # Errors
/// [`InvalidSetting`] names a setting that is missing or can't be used, without quoting a secret.
pub fn choose(
    lookup: Lookup<'_>,
    settings: &ProcessorSettings,
    clock: Arc<dyn Clock>,
    port: Option<Box<dyn HandlerFunction>>,
) -> Result<Handling, InvalidSetting> {
    match lookup("TASK_HANDLER").as_deref() {
        None | Some("record") => Ok(Handling::Record),
        Some("webhook") => {
            let url = of_the_webhook(lookup, "WEBHOOK_URL")?;
            webhook(lookup, &url, webhook_seconds(lookup, settings, None)?, clock)
        }
        Some("lambda") => {
            let problem = "can't be lambda: this program can't invoke functions";
            let port = port.ok_or(InvalidSetting::new("TASK_HANDLER", problem))?;
            function(lookup, clock, port)
        }
        Some("own") => {
            let problem = "must be record, webhook or lambda: own is for a program with your own handler (docs/deploying.md), \
                           and this program has none";
            Err(InvalidSetting::new("TASK_HANDLER", problem))
        }
        Some("command") => {
            let problem = "must be record, webhook or lambda: command is for `taskline local`, which starts a program on its \
                           machine. Put a webhook before the program, or make it a function \
                           (docs/handlers.md)";
            Err(InvalidSetting::new("TASK_HANDLER", problem))
        }
        Some(_) => Err(InvalidSetting::new(
            "TASK_HANDLER",
            "must be record, webhook, lambda or, with `taskline local`, command",
        )),
    }
}

/// The origin of the URL that tasks are posted to; the rest of the URL may hold a token. None if tasks are not posted.
pub fn receiver(lookup: Lookup<'_>) -> Option<String> {
    lookup("TASK_HANDLER").filter(|handler| handler == "webhook")?;
    origin(&lookup("WEBHOOK_URL")?)
}

/// The origin of a URL, without a path, a query or a name that may be secret.
pub fn origin(url: &str) -> Option<String> {
    Some(Url::parse(url).ok()?.origin().ascii_serialization())
}

/// A handler that invokes the function.
pub(super) fn function(
    lookup: Lookup<'_>,
    clock: Arc<dyn Clock>,
    function: Box<dyn HandlerFunction>,
) -> Result<Handling, InvalidSetting> {
    let permanent: ErrorTypes = match lookup("PERMANENT_ERRORS") {
        Some(types) => types.parse().map_err(|problem| InvalidSetting::new("PERMANENT_ERRORS", problem))?,
        None => ErrorTypes::default(),
    };
    Ok(FunctionHandler::new(function, permanent, clock).into())
}

/// A handler that posts to the URL.
pub(super) fn webhook(
    lookup: Lookup<'_>,
    url: &str,
    timeout_seconds: u32,
    clock: Arc<dyn Clock>,
) -> Result<Handling, InvalidSetting> {
    let secret = Secret::parse(&of_the_webhook(lookup, "WEBHOOK_SECRET")?)
        .map_err(|problem| InvalidSetting::new("WEBHOOK_SECRET", problem))?;
    let proxies = Proxies::read(lookup)?;
    let timeout = Duration::from_secs(timeout_seconds.into());
    let handler = WebhookHandler::new(url, secret, timeout, &proxies, clock)
        .map_err(|problem| InvalidSetting::new("WEBHOOK_URL", problem))?;
    Ok(handler.into())
}

/// How long a post can take: for a type with its own time-out, all of that unless the setting says less.
pub(super) fn webhook_seconds(
    lookup: Lookup<'_>,
    settings: &ProcessorSettings,
    own_seconds: Option<u32>,
) -> Result<u32, InvalidSetting> {
    let of_all = u32::try_from(settings.handler_timeout.num_seconds()).unwrap_or(u32::MAX);
    let longest = u32::try_from(settings.longest_attempt_terms().handler_timeout.num_seconds());
    let default = own_seconds.unwrap_or(of_all.min(10));
    let seconds = whole_number(lookup, "WEBHOOK_TIMEOUT_SECONDS", default, 1..=longest.unwrap_or(u32::MAX))?;
    Ok(seconds.min(own_seconds.unwrap_or(of_all)))
}

fn of_the_webhook(lookup: Lookup<'_>, name: &'static str) -> Result<String, InvalidSetting> {
    lookup(name).ok_or(InvalidSetting::new(name, "is required when TASK_HANDLER is webhook"))
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;

    use shared::{
        Timestamp,
        ports::{InvokeError, Invoked},
    };

    use super::*;

    struct Stopped;

    impl Clock for Stopped {
        fn now(&self) -> Timestamp {
            Timestamp::UNIX_EPOCH
        }

        fn sleep_until(&self, _at: Timestamp) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
            Box::pin(std::future::pending())
        }
    }

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    fn choice(settings: &[(&str, &str)]) -> Result<(), InvalidSetting> {
        let lookup =
            |name: &str| settings.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        let processor = ProcessorSettings::read(&lookup)?;
        let function = function_name(&lookup)?.map(|_| Box::new(Uncalled) as Box<dyn HandlerFunction>);
        choose(&lookup, &processor, Arc::new(Stopped), function).map(drop)
    }

    struct Uncalled;

    impl HandlerFunction for Uncalled {
        fn invoke(
            &self,
            _input: Vec<u8>,
        ) -> Pin<Box<dyn Future<Output = Result<Invoked, InvokeError>> + Send + '_>> {
            Box::pin(std::future::pending())
        }
    }

    #[test]
    fn the_default_is_record_and_the_webhook_needs_url_and_secret() {
        assert_eq!(choice(&[]), Ok(()));
        assert_eq!(choice(&[("TASK_HANDLER", "record")]), Ok(()));
        let webhook =
            [("TASK_HANDLER", "webhook"), ("WEBHOOK_URL", "https://a.example"), ("WEBHOOK_SECRET", SECRET)];
        assert_eq!(choice(&webhook), Ok(()));
        assert_eq!(choice(&webhook[..1]).unwrap_err().name, "WEBHOOK_URL");
        assert_eq!(choice(&webhook[..2]).unwrap_err().name, "WEBHOOK_SECRET");
    }

    #[test]
    fn a_function_needs_a_name_and_may_have_permanent_errors() {
        let function =
            [("TASK_HANDLER", "lambda"), ("HANDLER_FUNCTION", "orders:live"), ("PERMANENT_ERRORS", "A,B")];
        assert_eq!(choice(&function), Ok(()));
        assert_eq!(choice(&function[..2]), Ok(()));
        assert_eq!(choice(&function[..1]).unwrap_err().name, "HANDLER_FUNCTION");
        let invalid = [function[0], ("HANDLER_FUNCTION", "orders/live")];
        assert_eq!(choice(&invalid).unwrap_err().name, "HANDLER_FUNCTION");
        let invalid = [function[0], function[1], ("PERMANENT_ERRORS", "A,")];
        assert_eq!(choice(&invalid).unwrap_err().name, "PERMANENT_ERRORS");
    }

    #[test]
    fn only_the_origin_of_the_receiver_is_shown() {
        let receiver = |url: &str| {
            super::receiver(&|name| match name {
                "TASK_HANDLER" => Some("webhook".to_owned()),
                _ => Some(url.to_owned()),
            })
        };
        for url in ["https://a.example:8443/t0ken?k=t0ken#t0ken", "https://ann:t0ken@a.example:8443/"] {
            assert_eq!(receiver(url).as_deref(), Some("https://a.example:8443"));
        }
        assert_eq!(super::receiver(&|_| None), None);
    }

    #[test]
    fn own_is_refused_in_a_program_without_an_own_handler() {
        let refused = choice(&[("TASK_HANDLER", "own")]).unwrap_err().to_string();
        assert!(refused.starts_with("TASK_HANDLER must be record, webhook or lambda: own is"), "{refused}");
    }

    #[test]
    fn a_command_is_refused_where_no_program_can_be_started() {
        let refused = choice(&[("TASK_HANDLER", "command")]).unwrap_err().to_string();
        assert!(
            refused.starts_with("TASK_HANDLER must be record, webhook or lambda: command is for"),
            "{refused}"
        );
    }

    #[test]
    fn an_unknown_handler_and_an_invalid_secret_are_named_without_the_secret() {
        assert_eq!(choice(&[("TASK_HANDLER", "magic")]).unwrap_err().name, "TASK_HANDLER");
        let error = choice(&[
            ("TASK_HANDLER", "webhook"),
            ("WEBHOOK_URL", "https://a.example"),
            ("WEBHOOK_SECRET", "hunter2"),
        ])
        .unwrap_err();
        assert_eq!(error.name, "WEBHOOK_SECRET");
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }
}
