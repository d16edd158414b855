//! What all functions are told by their stack.

use shared::setting::{InvalidSetting, Lookup, required};

/// Which pipeline a function belongs to, and where that is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionSettings {
    /// `QUEUE_URL`: the line.
    pub queue_url: String,
    /// `MESSAGE_GROUP`: all tasks are of this one.
    pub message_group: String,
    /// `TABLE_NAME`: the records.
    pub table_name: String,
    /// `PIPELINE`: the pipeline's name, the dimension of its metrics.
    pub pipeline: String,
}

impl FunctionSettings {
    /// Reads them; all are required, since a default could only be another pipeline's.
    ///
    /// # Errors
    /// [`InvalidSetting`] names the first that is missing.
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
    fn each_is_required_and_named_when_it_is_missing_or_empty() {
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
