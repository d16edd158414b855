//! The settings of the processor, read once and checked together.

use chrono::TimeDelta;
use shared::{
    TaskTypes, harmless,
    lifecycle::{Backoff, FailurePolicy},
    limits::{
        ATTEMPT_BUDGET_MAX, FAILURE_NAME_CHARACTERS_MAX, FUNCTION_HANDLER_SECONDS_MAX, HANDLER_SECONDS_MAX,
        OUTAGE_SECONDS_DEFAULT, OUTAGE_SECONDS_MAX, RETRY_SECONDS_MAX, VISIBILITY_RUNS,
        VISIBILITY_SECONDS_MAX,
    },
    setting::{InvalidSetting, Lookup, whole_number},
};

/// How the processor handles tasks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProcessorSettings {
    /// `FAILURE_POLICY`: what happens to a task that can't succeed.
    pub failure_policy: FailurePolicy,
    /// `ATTEMPT_BUDGET`: how many attempts a generation has.
    pub attempt_budget: u32,
    /// `HANDLER_TIMEOUT_SECONDS`: how long a handler may run.
    pub handler_timeout: TimeDelta,
    /// `TASK_TYPES`, or the types of the file of `TYPES_FILE`: a task of another type waits until a deployment knows its
    /// type.
    pub task_types: TaskTypes,
    /// The wait before another attempt: `RETRY_BASE_SECONDS`, `RETRY_MAX_SECONDS`.
    pub backoff: Backoff,
    /// `UNAVAILABLE_SECONDS_MAX`: how long an unavailable handler spends no attempts.
    pub unavailable_max: TimeDelta,
    /// `CODE_VERSION`, by default [`CODE_VERSION`]: stored with every failure, so that a redrive knows whether the code
    /// that failed still runs.
    pub code_version: String,
}

/// The version of Taskline. A deployment sets a more exact version, because a team may add its own handler to the
/// binary.
pub const CODE_VERSION: &str = env!("CARGO_PKG_VERSION");

impl ProcessorSettings {
    /// Reads the settings of a processor on one machine. An absent one has its default.
    ///
    /// # Errors
    /// [`InvalidSetting`] names the first setting that can't be used.
    pub fn read(lookup: Lookup<'_>) -> Result<Self, InvalidSetting> {
        Self::read_with(lookup, HANDLER_SECONDS_MAX)
    }

    /// Reads the settings of a processor in a Lambda function, which ends an attempt after 15 minutes.
    ///
    /// # Errors
    /// [`InvalidSetting`] names the first setting that can't be used.
    pub fn read_in_a_function(lookup: Lookup<'_>) -> Result<Self, InvalidSetting> {
        Self::read_with(lookup, FUNCTION_HANDLER_SECONDS_MAX)
    }

    fn read_with(lookup: Lookup<'_>, handler_seconds_max: u32) -> Result<Self, InvalidSetting> {
        let backoff = Backoff {
            base_seconds: whole_number(lookup, "RETRY_BASE_SECONDS", 1, 1..=RETRY_SECONDS_MAX)?,
            max_seconds: whole_number(lookup, "RETRY_MAX_SECONDS", 60, 1..=RETRY_SECONDS_MAX)?,
        };
        if backoff.max_seconds < backoff.base_seconds {
            return Err(InvalidSetting::new("RETRY_MAX_SECONDS", "must not be less than RETRY_BASE_SECONDS"));
        }
        let handler_timeout = whole_number(lookup, "HANDLER_TIMEOUT_SECONDS", 20, 1..=handler_seconds_max)?;
        let outage =
            whole_number(lookup, "UNAVAILABLE_SECONDS_MAX", OUTAGE_SECONDS_DEFAULT, 0..=OUTAGE_SECONDS_MAX)?;
        Ok(Self {
            failure_policy: failure_policy(lookup)?,
            attempt_budget: whole_number(lookup, "ATTEMPT_BUDGET", 10, 1..=ATTEMPT_BUDGET_MAX)?,
            handler_timeout: TimeDelta::seconds(i64::from(handler_timeout)),
            task_types: TaskTypes::read(lookup)?,
            backoff,
            unavailable_max: TimeDelta::seconds(i64::from(outage)),
            code_version: code_version(lookup)?,
        })
    }

    /// The visibility timeout of the queue: six times as long as a run of any type can last, as AWS recommends, so that a
    /// message is not redelivered during its run; at most what SQS allows.
    pub fn visibility_seconds(&self) -> u32 {
        let seconds = self.longest_attempt_terms().run_timeout().num_seconds() * i64::from(VISIBILITY_RUNS);
        u32::try_from(seconds).unwrap_or(u32::MAX).min(VISIBILITY_SECONDS_MAX)
    }
}

/// It is stored with every failure and compared for equality, so it must be a text that a record stores unchanged.
fn code_version(lookup: Lookup<'_>) -> Result<String, InvalidSetting> {
    let Some(version) = lookup("CODE_VERSION") else {
        return Ok(CODE_VERSION.to_owned());
    };
    if version.chars().count() > FAILURE_NAME_CHARACTERS_MAX || harmless(&version) != version {
        let problem = format!(
            "must be one line of at most {FAILURE_NAME_CHARACTERS_MAX} visible characters, without blanks around it"
        );
        return Err(InvalidSetting::new("CODE_VERSION", problem));
    }
    Ok(version)
}

fn failure_policy(lookup: Lookup<'_>) -> Result<FailurePolicy, InvalidSetting> {
    match lookup("FAILURE_POLICY").as_deref() {
        None | Some("dead-letter") => Ok(FailurePolicy::DeadLetter),
        Some("hold") => Ok(FailurePolicy::Hold),
        Some(_) => Err(InvalidSetting::new("FAILURE_POLICY", "must be dead-letter or hold")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::setting::SETTINGS;

    use crate::AttemptTerms;

    fn read(settings: &[(&str, &str)]) -> Result<ProcessorSettings, InvalidSetting> {
        ProcessorSettings::read(&|name| {
            settings.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn every_setting_has_a_default() {
        let settings = read(&[]).unwrap();
        assert_eq!((settings.failure_policy, settings.attempt_budget), (FailurePolicy::DeadLetter, 10));
    }

    #[test]
    fn the_defaults_equal_the_documented_ones() {
        let documented = |name: &str| {
            let setting = SETTINGS.iter().find(|it| it.name == name)?;
            setting.default.parse::<u32>().ok()?;
            Some(setting.default.to_owned())
        };
        assert_eq!(ProcessorSettings::read(&documented).unwrap(), read(&[]).unwrap());
        assert!(documented("ATTEMPT_BUDGET").is_some());
    }

    #[test]
    fn an_unusable_setting_is_named() {
        for (name, value) in [
            ("FAILURE_POLICY", "stop"),
            ("FAILURE_POLICY", ""),
            ("ATTEMPT_BUDGET", "0"),
            ("ATTEMPT_BUDGET", "many"),
            ("TASK_TYPES", "a,"),
            ("HANDLER_TIMEOUT_SECONDS", "43141"),
            ("HANDLER_TIMEOUT_SECONDS", "-1"),
            ("RETRY_BASE_SECONDS", "0"),
            ("RETRY_MAX_SECONDS", "1e3"),
            ("RETRY_MAX_SECONDS", "3601"),
            ("UNAVAILABLE_SECONDS_MAX", "604801"),
            ("UNAVAILABLE_SECONDS_MAX", "1d"),
            ("CODE_VERSION", "a\nb"),
            ("CODE_VERSION", "a\u{1B}[31m"),
            ("CODE_VERSION", " 1.0 "),
            ("CODE_VERSION", &"1".repeat(FAILURE_NAME_CHARACTERS_MAX + 1)),
        ] {
            assert_eq!(read(&[(name, value)]).unwrap_err().name, name, "{value:?}");
        }
        let swapped = read(&[("RETRY_BASE_SECONDS", "9"), ("RETRY_MAX_SECONDS", "8")]);
        assert_eq!(swapped.unwrap_err().name, "RETRY_MAX_SECONDS");
    }

    #[test]
    fn a_run_ends_before_its_lease_or_renews_it_and_the_lease_ends_before_a_redelivery() {
        for (seconds, lease_seconds, visibility_seconds) in
            [(1, 14, 84), (20, 33, 198), (47, 60, 360), (48, 60, 366), (840, 60, 5_118), (43_140, 60, 43_200)]
        {
            let settings = read(&[("HANDLER_TIMEOUT_SECONDS", &seconds.to_string())]).unwrap();
            let terms = settings.attempt_terms();
            assert_eq!(terms.lease().num_seconds(), lease_seconds, "{seconds}");
            assert_eq!(settings.visibility_seconds(), visibility_seconds, "{seconds}");
            assert_eq!(terms.run_timeout(), settings.handler_timeout + AttemptTerms::lease_margin());
        }
    }

    #[test]
    fn a_handler_in_a_function_can_not_run_for_longer_than_the_function() {
        let timeout = |seconds: &str| {
            let seconds = seconds.to_owned();
            ProcessorSettings::read_in_a_function(&|name| {
                (name == "HANDLER_TIMEOUT_SECONDS").then(|| seconds.clone())
            })
        };
        assert_eq!(timeout("840").unwrap().handler_timeout, TimeDelta::seconds(840));
        let refused = timeout("841").unwrap_err();
        assert_eq!(refused.to_string(), "HANDLER_TIMEOUT_SECONDS must be a whole number from 1 to 840");
    }
}
