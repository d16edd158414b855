//! The settings that the stack sets for all functions.

use shared::setting::{InvalidSetting, Lookup, required};

/// The pipeline of a function, and its resources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionSettings {
    /// `QUEUE_URL`: the line's queue.
    pub queue_url: String,
    /// `MESSAGE_GROUP`: the message group of all tasks.
    pub message_group: String,
    /// `TABLE_NAME`: the table of the records.
    pub table_name: String,
    /// `PIPELINE`: the pipeline's name, the dimension of its metrics.
    pub pipeline: String,
}

impl FunctionSettings {
    /// Reads the settings. All are required, because a default would be another pipeline's.
    ///
    /// # Errors
    /// [`InvalidSetting`] names the first missing setting.
    pub fn read(lookup: Lookup<'_>) -> Result<Self, InvalidSetting> {
        Ok(Self {
            queue_url: required(lookup, "QUEUE_URL")?,
            message_group: required(lookup, "MESSAGE_GROUP")?,
            table_name: required(lookup, "TABLE_NAME")?,
            pipeline: required(lookup, "PIPELINE")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_or_empty_setting_is_named() {
        let names = ["QUEUE_URL", "MESSAGE_GROUP", "TABLE_NAME", "PIPELINE"];
        assert!(FunctionSettings::read(&|_| Some("x".to_owned())).is_ok());
        for missing in names {
            for value in [None, Some(String::new())] {
                let lookup = |name: &str| if name == missing { value.clone() } else { Some("x".to_owned()) };
                assert_eq!(FunctionSettings::read(&lookup).unwrap_err().name, missing);
            }
        }
    }
}
