//! The settings of the processor, read once and checked together.

use chrono::TimeDelta;
use shared::{
    TaskTypes, harmless,
    lifecycle::{Backoff, FailurePolicy},
    limits::{FAILURE_NAME_CHARACTERS_MAX, HANDLER_SECONDS_MAX, LEASE_MARGIN_SECONDS},
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
    /// `TASK_TYPES`: a task of another type waits until a deployment knows its type.
    pub task_types: TaskTypes,
    /// The wait before another attempt: `RETRY_BASE_SECONDS`, `RETRY_MAX_SECONDS`.
    pub backoff: Backoff,
    /// `CODE_VERSION`, by default [`CODE_VERSION`]: stored with every failure, so that a redrive knows whether the code
    /// that failed still runs.
    pub code_version: String,
}

/// The version of Taskline. A deployment sets a more exact version, because a team may add its own handler to the
/// binary.
pub const CODE_VERSION: &str = env!("CARGO_PKG_VERSION");

impl ProcessorSettings {
    /// Reads the settings. An absent one has its default.
    ///
    /// # Errors
    /// [`InvalidSetting`] names the first setting that can't be used.
    pub fn read(lookup: Lookup<'_>) -> Result<Self, InvalidSetting> {
        let backoff = Backoff {
            base_seconds: whole_number(lookup, "RETRY_BASE_SECONDS", 1, 1..=3600)?,
            max_seconds: whole_number(lookup, "RETRY_MAX_SECONDS", 60, 1..=3600)?,
        };
        if backoff.max_seconds < backoff.base_seconds {
            return Err(InvalidSetting::new("RETRY_MAX_SECONDS", "must not be less than RETRY_BASE_SECONDS"));
        }
        let handler_timeout = whole_number(lookup, "HANDLER_TIMEOUT_SECONDS", 20, 1..=HANDLER_SECONDS_MAX)?;
        Ok(Self {
            failure_policy: failure_policy(lookup)?,
            attempt_budget: whole_number(lookup, "ATTEMPT_BUDGET", 5, 1..=100)?,
            handler_timeout: TimeDelta::seconds(i64::from(handler_timeout)),
            task_types: TaskTypes::read(lookup)?,
            backoff,
            code_version: code_version(lookup)?,
        })
    }

    /// How long a claim is valid: the handler's timeout plus the time that the calls after it can take, so that no live
    /// run is taken over. Lambda ends the function after the same time.
    pub fn lease(&self) -> TimeDelta {
        self.handler_timeout + TimeDelta::seconds(i64::from(LEASE_MARGIN_SECONDS))
    }

    /// The visibility timeout of the queue: six times the lease, as AWS recommends, so that a message is not
    /// redelivered during its run.
    pub fn visibility_seconds(&self) -> u32 {
        u32::try_from(self.lease().num_seconds() * 6).unwrap_or(u32::MAX)
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
    use shared::{limits::VISIBILITY_SECONDS_MAX, setting::SETTINGS};

    fn read(settings: &[(&str, &str)]) -> Result<ProcessorSettings, InvalidSetting> {
        ProcessorSettings::read(&|name| {
            settings.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn every_setting_has_a_default() {
        let settings = read(&[]).unwrap();
        assert_eq!((settings.failure_policy, settings.attempt_budget), (FailurePolicy::DeadLetter, 5));
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
            ("HANDLER_TIMEOUT_SECONDS", "841"),
            ("HANDLER_TIMEOUT_SECONDS", "-1"),
            ("RETRY_BASE_SECONDS", "0"),
            ("RETRY_MAX_SECONDS", "1e3"),
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
    fn a_run_ends_before_its_lease_and_the_lease_before_a_redelivery() {
        for seconds in ["1", "20", "840"] {
            let settings = read(&[("HANDLER_TIMEOUT_SECONDS", seconds)]).unwrap();
            assert!(settings.handler_timeout < settings.lease());
            assert!(settings.lease().num_seconds() * 6 <= i64::from(settings.visibility_seconds()));
            assert!(settings.visibility_seconds() <= VISIBILITY_SECONDS_MAX);
        }
    }
}
