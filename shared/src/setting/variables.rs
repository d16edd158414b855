//! The environment of a program, checked as a whole before a setting is used.

use std::ffi::{OsStr, OsString};

use super::{InvalidSetting, Program, SETTINGS, Setting, resemblance::WrittenName};

/// A program's checked environment: no setting is misspelt, empty or without effect.
#[derive(Debug, Clone, Default)]
pub struct Variables {
    all: Vec<(OsString, OsString)>,
    unread: Vec<Unread>,
}

/// A variable that this program does not read. It is no error, because it can be another program's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name} {problem}")]
pub struct Unread {
    /// The name, as it was written.
    pub name: String,
    /// Why it is not read, as a phrase that follows the name.
    pub problem: String,
}

impl Variables {
    /// Checks all variables of a program's environment.
    ///
    /// # Errors
    /// [`InvalidSetting`] names the first setting that is misspelt, empty, not text, of another program, or without effect
    /// because of others. It does not quote the value, which can be a secret.
    pub fn checked(
        program: Program,
        all: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Self, InvalidSetting> {
        let mut variables = Self { all: all.into_iter().collect(), unread: Vec::new() };
        let mut unread = Vec::new();
        for (name, value) in &variables.all {
            let name = name.to_string_lossy();
            match SETTINGS.iter().find(|setting| setting.name == name) {
                Some(setting) if setting.is_read_by(program) => check_value(setting, value)?,
                Some(setting) => unread.extend(unread_setting(setting, program)?),
                None => unread.extend(variables.misspelling(&name, program)?),
            }
        }
        variables.unread = unread;
        variables.check_together(program)?;
        Ok(variables)
    }

    /// The value of a variable, also of one that is no setting. Bytes that are not UTF-8 are replaced, so that the reader
    /// refuses the value.
    pub fn get(&self, name: &str) -> Option<String> {
        self.value(name).map(|value| value.to_string_lossy().into_owned())
    }

    /// The variables that are set, have no effect here and can be another program's.
    pub fn unread(&self) -> &[Unread] {
        &self.unread
    }

    fn value(&self, name: &str) -> Option<&OsStr> {
        self.all.iter().find(|(it, _)| it == name).map(|(_, value)| value.as_os_str())
    }

    /// If the correct name is set too, the misspelt one can be another program's.
    fn misspelling(&self, written: &str, program: Program) -> Result<Option<Unread>, InvalidSetting> {
        let name = WrittenName::new(written);
        let read = SETTINGS.iter().filter(|setting| setting.is_read_by(program));
        let meant = |setting: &Setting| match setting.is_common {
            true => name.spells(setting.name).then_some(0),
            false => name.slips_from(setting.name),
        };
        let nearest = read.filter_map(|setting| Some((meant(setting)?, setting))).min_by_key(|it| it.0);
        let Some((_, setting)) = nearest else {
            return Ok(has_our_prefix(written).then(|| unread(written, "is not a setting of Taskline")));
        };
        let is_set = self.value(setting.name).is_some();
        let meant = format!("is not a setting of Taskline: did you mean {}?", setting.name);
        match (is_set, setting.is_common) {
            (true, true) => Ok(None),
            (true, false) => Ok(Some(unread(
                written,
                format!("is not a setting of Taskline: {} is, and is set", setting.name),
            ))),
            (false, true) => Ok(Some(unread(written, meant))),
            (false, false) => {
                let problem = format!("{meant} If it is another program's, unset it for this one");
                Err(InvalidSetting::new(written.to_owned(), problem))
            }
        }
    }

    /// Refuses a setting whose needed setting has its default or selects something else, and the second of two settings with the same effect.
    fn check_together(&self, program: Program) -> Result<(), InvalidSetting> {
        let set = SETTINGS.iter().filter(|it| it.is_read_by(program) && self.value(it.name).is_some());
        for setting in set {
            let twin = SETTINGS.iter().find(|it| Some(it.name) == setting.instead && it.is_read_by(program));
            let twin = twin.map(|it| it.name).filter(|it| self.value(it).is_some());
            if let Some(twin) = twin {
                return Err(InvalidSetting::new(
                    setting.name,
                    format!("and {twin} are both set: unset one of them"),
                ));
            }
            let Some((needed, value)) = setting.needs else { continue };
            // What the types of the file need is checked when it is read.
            let may_be_of_a_type = setting.is_for_types_too && self.value("TYPES_FILE").is_some();
            if !may_be_of_a_type && self.has_no_effect(needed, value) {
                let problem = format!("does nothing without {needed}={value}: set that, or unset this");
                return Err(InvalidSetting::new(setting.name, problem));
            }
        }
        Ok(())
    }

    /// Whether `needed` has its default, or a value that another setting needs.
    fn has_no_effect(&self, needed: &str, value: &str) -> bool {
        let default = SETTINGS.iter().find(|it| it.name == needed).map(|it| it.default);
        let set = self.value(needed).map(|set| set.to_str());
        let is_of_another = |set| SETTINGS.iter().filter_map(|it| it.needs).any(|need| need == (needed, set));
        set.is_none_or(|set| set == default || set.is_some_and(|set| set != value && is_of_another(set)))
    }
}

fn unread(name: &str, problem: impl Into<String>) -> Unread {
    Unread { name: name.to_owned(), problem: problem.into() }
}

/// Kubernetes sets variables with these prefixes in every container for a service named `taskline`.
const KUBERNETES_PREFIXES: [&str; 2] = ["TASKLINE_SERVICE_", "TASKLINE_PORT"];
/// `taskline smoke` reads this variable.
const TOKEN: &str = "TASKLINE_TOKEN";

fn has_our_prefix(written: &str) -> bool {
    let name = written.to_ascii_uppercase();
    name.starts_with("TASKLINE_")
        && name != TOKEN
        && !KUBERNETES_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

fn check_value(setting: &Setting, value: &OsStr) -> Result<(), InvalidSetting> {
    match value.to_str() {
        None => Err(InvalidSetting::new(setting.name, "must be text in UTF-8")),
        Some("") => Err(InvalidSetting::new(setting.name, "is empty: give it a value, or unset it")),
        Some(_) => Ok(()),
    }
}

/// Refuses or reports a setting of another program. Variables of AWS tools are set in many shells and are not reported.
fn unread_setting(setting: &Setting, program: Program) -> Result<Option<Unread>, InvalidSetting> {
    if setting.name.starts_with("AWS_") {
        return Ok(None);
    }
    let readers: Vec<String> = setting.read_by.iter().map(ToString::to_string).collect();
    let mut problem = match readers.as_slice() {
        [reader] => format!("does nothing here: only {reader} reads it"),
        [others @ .., last] => format!("does nothing here: only {} and {last} read it", others.join(", ")),
        [] => "does nothing here".to_owned(),
    };
    let here = SETTINGS.iter().find(|it| Some(it.name) == setting.instead && it.is_read_by(program));
    if let Some(here) = here {
        problem.push_str(&format!(". Set {} instead", here.name));
    }
    match setting.is_common {
        true => Ok(Some(unread(setting.name, problem))),
        false => Err(InvalidSetting::new(setting.name, problem)),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStringExt;

    use super::*;
    use Program::{Api, Local, Processor};

    fn check(program: Program, variables: &[(&str, &str)]) -> Result<Variables, InvalidSetting> {
        Variables::checked(program, variables.iter().map(|(name, value)| (name.into(), value.into())))
    }

    fn refusal(program: Program, variables: &[(&str, &str)]) -> String {
        check(program, variables).map(|_| variables).unwrap_err().to_string()
    }

    fn unread(program: Program, variables: &[(&str, &str)]) -> Vec<String> {
        check(program, variables).unwrap().unread().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_misspelt_name_is_refused_with_the_nearest_right_one() {
        for (written, meant) in [
            ("WEBHOK_URL", "WEBHOOK_URL"),
            ("WEBHOOK-URL", "WEBHOOK_URL"),
            ("WEBHOOK_URI", "WEBHOOK_URL"),
            ("WEBHOOK_URLS", "WEBHOOK_URL"),
            ("WEBHOOK_ULR", "WEBHOOK_URL"),
            ("WEB_HOOK_URL", "WEBHOOK_URL"),
            ("WEBHOOKURL", "WEBHOOK_URL"),
            ("webhook_url", "WEBHOOK_URL"),
            ("webhookUrl", "WEBHOOK_URL"),
            ("TASKLINE_WEBHOOK_URL", "WEBHOOK_URL"),
            ("TASKLINE_WEBHOK_URL", "WEBHOOK_URL"),
            ("EBHOOK_URL", "WEBHOOK_URL"),
            (" WEBHOOK_URL", "WEBHOOK_URL"),
            ("WEBHOOK_SECERT", "WEBHOOK_SECRET"),
            ("WEBHOOK_TIMEOUT", "WEBHOOK_TIMEOUT_SECONDS"),
            ("WEBHOOK_TIMEOUT_MS", "WEBHOOK_TIMEOUT_SECONDS"),
            ("WEBHOOK_TIMEOUT_SECOND", "WEBHOOK_TIMEOUT_SECONDS"),
            ("HANDLER_TIMEOUT", "HANDLER_TIMEOUT_SECONDS"),
            ("TASKHANDLER", "TASK_HANDLER"),
            ("TASK_HANDLERS", "TASK_HANDLER"),
            ("TSK_HANDLR", "TASK_HANDLER"),
            ("TASK_HNADELR", "TASK_HANDLER"),
            ("Task_Handler", "TASK_HANDLER"),
            ("ATTEMPT_BUGDET", "ATTEMPT_BUDGET"),
            ("ATTEMPTS_BUDGETS", "ATTEMPT_BUDGET"),
            ("FAILURE_POLCY", "FAILURE_POLICY"),
            ("RETRY_MAX_SECS", "RETRY_MAX_SECONDS"),
            ("RETRY_BAES_SECONDS", "RETRY_BASE_SECONDS"),
        ] {
            for program in [Local, Processor] {
                let refused = refusal(program, &[(written, "hunter2")]);
                let wanted = format!("{written} is not a setting of Taskline: did you mean {meant}?");
                assert!(refused.starts_with(&wanted) && !refused.contains("hunter2"), "{refused}");
            }
        }
        assert!(refusal(Local, &[("CORS_ORIGIN", "x")]).contains("CORS_ORIGINS?"));
    }

    /// Variables that shells, containers, orchestrators, build tools and other programs set.
    #[test]
    fn variables_of_other_programs_are_ignored() {
        let names = "\
            PATH HOME USER LOGNAME SHELL TERM PWD OLDPWD LANG LC_ALL TZ SHLVL EDITOR PAGER HOSTNAME DISPLAY \
            SSH_AUTH_SOCK XDG_RUNTIME_DIR INVOCATION_ID JOURNAL_STREAM NOTIFY_SOCKET LISTEN_FDS MAINPID _ _HANDLER \
            GIT_DIR GIT_AUTHOR_NAME GIT_PAGER GITHUB_TOKEN GITHUB_ACTIONS GITHUB_WEBHOOK_SECRET CI CI_PIPELINE_ID \
            NPM_TOKEN npm_config_registry npm_lifecycle_event npm_package_version NODE_ENV NODE_VERSION YARN_VERSION \
            RUST_BACKTRACE RUST_LOG_STYLE RUST_VERSION RUSTFLAGS CARGO_HOME CARGO_PKG_VERSION PYTHON_VERSION \
            KUBERNETES_SERVICE_HOST KUBERNETES_PORT_443_TCP_ADDR WEBHOOK_SERVICE_HOST WEBHOOK_SERVICE_PORT \
            WEBHOOK_PORT WEBHOOK_PORT_443_TCP WEBHOOK_PORT_443_TCP_PROTO WEBHOOK_SERVICE_PORT_HTTPS WEBHOOK_HOST \
            TASK_HANDLER_SERVICE_HOST TASK_HANDLER_PORT TASK_HANDLER_PORT_80_TCP TASKLINE_SERVICE_HOST TASKLINE_PORT \
            TASKLINE_PORT_8080_TCP_ADDR TASKLINE_TOKEN WEBHOOK_PATH WEBHOOK_ID WEBHOOK_KEY WEBHOOK_TOKEN \
            WEBHOOK_TTL WEBHOOK_NAME WEBHOOK_ENABLED WEBHOOK_RETRIES WEBHOOK_TUNNEL_URL SLACK_WEBHOOK_URL \
            DISCORD_WEBHOOK_URL STRIPE_WEBHOOK_SECRET INPUT_WEBHOOK_URL N8N_WEBHOOK_URL WEBSOCKET_URL HANDLER \
            TASK TASK_ID TASK_NAME TASK_QUEUE TASK_ROOT LAMBDA_TASK_ROOT LAMBDA_RUNTIME_DIR AWS_LAMBDA_FUNCTION_NAME \
            AWS_LAMBDA_LOG_LEVEL AWS_LAMBDA_LOG_FORMAT AWS_PROFILE AWS_DEFAULT_REGION AWS_ACCESS_KEY_ID \
            AWS_XRAY_DAEMON_ADDRESS ECS_CONTAINER_METADATA_URI_V4 RETRY_COUNT RETRY_LIMIT RETRY_DELAY MAX_RETRIES \
            RETRY_MAX_ATTEMPTS RETRY_MIN_SECONDS RESTART_POLICY FEATURE_POLICY FAILOVER_POLICY CORS_ALLOWED_ORIGINS \
            CORS_HEADERS APP_VERSION CORE_VERSION GO_VERSION DATABASE_URL REDIS_URL HTTP_PROXY https_proxy NO_PROXY \
            QUEUE_URLS TABLE_NAMES PIPELINES PIPELINE_ID BUILDKITE_PIPELINE_SLUG LOG_FORMAT LOGLEVELS DYNO PORT";
        for name in names.split_whitespace() {
            for program in [Local, Api, Processor] {
                assert_eq!(unread(program, &[(name, "")]), Vec::<String>::new(), "{name}");
            }
        }
        let not_text = (OsString::from_vec(vec![0xff]), OsString::from_vec(vec![0xff]));
        assert!(Variables::checked(Local, [not_text]).is_ok());
    }

    #[test]
    fn a_misspelt_name_beside_the_correct_one_is_reported_unless_it_is_common() {
        let both = [("CORS_ORIGIN", "a"), ("CORS_ORIGINS", "https://b.example")];
        assert_eq!(
            unread(Local, &both),
            ["CORS_ORIGIN is not a setting of Taskline: CORS_ORIGINS is, and is set"]
        );
        assert_eq!(unread(Processor, &[("LOGLEVEL", "a"), ("LOG_LEVEL", "info")]), Vec::<String>::new());
        assert_eq!(check(Local, &both).unwrap().get("CORS_ORIGINS").as_deref(), Some("https://b.example"));
    }

    #[test]
    fn an_unknown_name_with_tasklines_prefix_is_reported() {
        for name in ["TASKLINE_HANDLER", "TASKLINE_LISTEN", "TASKLINE_DATA", "taskline_jwt_issuer"] {
            assert_eq!(unread(Local, &[(name, "a")]), [format!("{name} is not a setting of Taskline")]);
        }
    }

    #[test]
    fn an_empty_value_and_one_that_is_not_text_are_refused_by_name() {
        for setting in SETTINGS {
            for program in [Local, Api, Processor].into_iter().filter(|it| setting.is_read_by(*it)) {
                for (value, problem) in [(vec![], "is empty"), (vec![b'a', 0xff], "must be text in UTF-8")] {
                    let variable = (setting.name.into(), OsString::from_vec(value));
                    let refused = Variables::checked(program, [variable]).unwrap_err();
                    assert_eq!(refused.name, setting.name);
                    assert!(refused.problem.starts_with(problem), "{refused}");
                }
            }
        }
    }

    #[test]
    fn a_setting_of_the_webhook_is_refused_without_the_webhook() {
        let webhook = ["WEBHOOK_URL", "WEBHOOK_SECRET", "WEBHOOK_TIMEOUT_SECONDS"];
        for name in webhook {
            for program in [Local, Processor] {
                let wanted =
                    format!("{name} does nothing without TASK_HANDLER=webhook: set that, or unset this");
                assert_eq!(refusal(program, &[(name, "7")]), wanted);
                assert_eq!(refusal(program, &[(name, "7"), ("TASK_HANDLER", "record")]), wanted);
                // A custom handler has its own settings; an unknown handler is refused by its reader.
                for handler in ["webhook", "own", "webhok"] {
                    assert!(check(program, &[(name, "7"), ("TASK_HANDLER", handler)]).is_ok());
                }
            }
        }
        assert!(refusal(Processor, &[("WEBHOOK_SECRET_ARN", "a")]).contains("TASK_HANDLER=webhook"));
    }

    #[test]
    fn a_setting_of_one_handler_is_refused_with_another() {
        let wanted = "HANDLER_FUNCTION does nothing without TASK_HANDLER=lambda: set that, or unset this";
        assert_eq!(refusal(Local, &[("HANDLER_FUNCTION", "f"), ("TASK_HANDLER", "webhook")]), wanted);
        let wanted = "WEBHOOK_URL does nothing without TASK_HANDLER=webhook: set that, or unset this";
        assert_eq!(refusal(Processor, &[("WEBHOOK_URL", "f"), ("TASK_HANDLER", "lambda")]), wanted);
        assert!(check(Processor, &[("PERMANENT_ERRORS", "A"), ("TASK_HANDLER", "lambda")]).is_ok());
    }

    #[test]
    fn a_setting_of_a_command_is_refused_with_another_handler() {
        let command = [("TASK_HANDLER", "command"), ("HANDLER_COMMAND", "true")];
        assert!(check(Local, &command).is_ok());
        for (name, handler, needed) in [
            ("WEBHOOK_URL", "command", "webhook"),
            ("WEBHOOK_SECRET", "command", "webhook"),
            ("HANDLER_COMMAND", "webhook", "command"),
            ("HANDLER_COMMAND", "record", "command"),
            ("TASKLINE_HANDLER_VERSION", "webhook", "command"),
        ] {
            let wanted = format!("{name} does nothing without TASK_HANDLER={needed}");
            let refused = refusal(Local, &[(name, "7"), ("TASK_HANDLER", handler)]);
            assert!(refused.starts_with(&wanted), "{refused}");
        }
        assert_eq!(
            refusal(Local, &[command[0], command[1], ("HANDLER_SERVER", "true")]),
            "HANDLER_SERVER and HANDLER_COMMAND are both set: unset one of them",
        );
        assert_eq!(
            refusal(Processor, &command),
            "HANDLER_COMMAND does nothing here: only `taskline local` reads it",
        );
    }

    #[test]
    fn two_settings_with_the_same_effect_are_refused() {
        let both = [("TASK_HANDLER", "webhook"), ("WEBHOOK_SECRET", "s"), ("WEBHOOK_SECRET_ARN", "a")];
        let wanted = "WEBHOOK_SECRET_ARN and WEBHOOK_SECRET are both set: unset one of them";
        assert_eq!(refusal(Processor, &both), wanted);
    }

    #[test]
    fn a_setting_of_another_program_is_refused_or_reported_if_its_name_is_common() {
        assert_eq!(
            refusal(Local, &[("WEBHOOK_SECRET_ARN", "a"), ("TASK_HANDLER", "webhook")]),
            "WEBHOOK_SECRET_ARN does nothing here: only the processor function reads it. Set WEBHOOK_SECRET instead",
        );
        assert_eq!(
            refusal(Api, &[("TASK_HANDLER", "webhook")]),
            "TASK_HANDLER does nothing here: only `taskline local` and the processor function read it",
        );
        assert_eq!(
            refusal(Processor, &[("CORS_ORIGINS", "https://a.example")]),
            "CORS_ORIGINS does nothing here: only `taskline local` reads it",
        );
        assert_eq!(
            unread(Local, &[("LOG_LEVEL", "debug"), ("AWS_REGION", "eu-central-1"), ("log_level", "")]),
            [
                "LOG_LEVEL does nothing here: only the API function, the processor function and the watch function read it. \
              Set RUST_LOG instead"
            ],
        );
        assert_eq!(
            unread(Api, &[("RUST_LOG", "debug")]),
            ["RUST_LOG does nothing here: only `taskline local` reads it. Set LOG_LEVEL instead"],
        );
        assert_eq!(
            unread(Processor, &[("LOGLEVEL", "debug")]),
            ["LOGLEVEL is not a setting of Taskline: did you mean LOG_LEVEL?"],
        );
    }

    #[test]
    fn a_variable_that_is_no_setting_can_be_read() {
        assert_eq!(check(Processor, &[("STRIPE_KEY", "k")]).unwrap().get("STRIPE_KEY").as_deref(), Some("k"));
        assert_eq!(check(Processor, &[]).unwrap().get("STRIPE_KEY"), None);
    }
}
