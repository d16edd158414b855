//! The types that a deployment knows.

use std::collections::BTreeMap;

use crate::{
    TaskType, Violation,
    setting::{InvalidSetting, Lookup},
};

const SETTING: &str = "TASK_TYPES";
const FILE: &str = "the file of TYPES_FILE";

/// A message names at most this many of them.
const NAMED_MAX: usize = 20;

/// The types of `TASK_TYPES` or of the file of `TYPES_FILE`; every type if neither is set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TaskTypes(Option<Known>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Known {
    types: BTreeMap<TaskType, TypeTerms>,
    /// For error messages.
    named_by: &'static str,
}

/// What holds for the tasks of one type. What is absent is as for all types.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TypeTerms {
    /// Instead of `HANDLER_TIMEOUT_SECONDS`.
    pub timeout_seconds: Option<u32>,
    /// Instead of `ATTEMPT_BUDGET`.
    pub attempt_budget: Option<u32>,
}

impl TaskTypes {
    /// Reads `TASK_TYPES`: types separated by commas.
    ///
    /// # Errors
    /// [`InvalidSetting`] when one of them is no type, or is named twice.
    pub fn read(lookup: Lookup<'_>) -> Result<Self, InvalidSetting> {
        let Some(text) = lookup(SETTING) else { return Ok(Self::default()) };
        let mut types = BTreeMap::new();
        for name in text.split(',').map(str::trim) {
            let task_type: TaskType = name.parse().map_err(|error| {
                InvalidSetting::new(SETTING, format!("must be types separated by commas; each {error}"))
            })?;
            if types.insert(task_type, TypeTerms::default()).is_some() {
                return Err(InvalidSetting::new(SETTING, format!("names {name} twice")));
            }
        }
        Ok(Self(Some(Known { types, named_by: SETTING })))
    }

    /// The types of the file that `TYPES_FILE` names.
    pub fn of_file(types: BTreeMap<TaskType, TypeTerms>) -> Self {
        Self(Some(Known { types, named_by: FILE }))
    }

    /// Whether tasks of this type can be handled.
    pub fn knows(&self, task_type: &TaskType) -> bool {
        self.0.as_ref().is_none_or(|known| known.types.contains_key(task_type))
    }

    /// What holds for the tasks of this type instead of what holds for all.
    pub fn terms(&self, task_type: &TaskType) -> TypeTerms {
        let known = self.0.as_ref().and_then(|known| known.types.get(task_type));
        known.copied().unwrap_or_default()
    }

    /// The known types; `None` if all are.
    pub fn known(&self) -> Option<impl Iterator<Item = (&TaskType, &TypeTerms)>> {
        self.0.as_ref().map(|known| known.types.iter())
    }

    /// What names the known types, for an error message.
    pub fn named_by(&self) -> &'static str {
        self.0.as_ref().map_or(SETTING, |known| known.named_by)
    }

    /// What is wrong with a request for a task of this type; `None` if the type is known.
    pub fn violation(&self, task_type: &TaskType) -> Option<Violation> {
        let types = &self.0.as_ref().filter(|known| !known.types.contains_key(task_type))?.types;
        let names: Vec<_> = types.keys().take(NAMED_MAX).map(TaskType::as_str).collect();
        let more = if types.len() > NAMED_MAX { " or another known type" } else { "" };
        let default = if task_type.is_default() { "; without a type it is task" } else { "" };
        Some(Violation::new("/type", format!("must be one of {}{more}{default}", names.join(", "))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<TaskTypes, InvalidSetting> {
        TaskTypes::read(&|name| (name == SETTING).then(|| text.to_owned()))
    }

    fn task_type(text: &str) -> TaskType {
        text.parse().unwrap()
    }

    #[test]
    fn without_a_setting_every_type_is_known() {
        let types = TaskTypes::read(&|_| None).unwrap();
        assert!(types.knows(&TaskType::default()) && types.knows(&task_type("any")));
        assert_eq!(types.violation(&task_type("any")), None);
        assert!(types.known().is_none());
    }

    #[test]
    fn only_the_named_types_are_known() {
        let types = read("a, b").unwrap();
        assert!(types.knows(&task_type("a")) && types.knows(&task_type("b")));
        assert_eq!(types.violation(&task_type("a")), None);
        let message = |name| types.violation(&task_type(name)).unwrap().message;
        assert_eq!(message("c"), "must be one of a, b");
        assert_eq!(message("task"), "must be one of a, b; without a type it is task");
    }

    #[test]
    fn a_type_of_a_file_has_its_own_terms_and_another_none() {
        let terms = TypeTerms { timeout_seconds: Some(120), attempt_budget: None };
        let types = TaskTypes::of_file(BTreeMap::from([(task_type("a"), terms)]));
        assert_eq!(types.terms(&task_type("a")), terms);
        assert_eq!(types.terms(&task_type("b")), TypeTerms::default());
        assert_eq!((types.knows(&task_type("b")), types.named_by()), (false, "the file of TYPES_FILE"));
    }

    #[test]
    fn many_types_are_not_all_named() {
        let many: Vec<_> = (0..1_000).map(|number| format!("type-{number}")).collect();
        let message = read(&many.join(",")).unwrap().violation(&TaskType::default()).unwrap().message;
        assert!(message.len() < 500 && message.contains(" or another known type"), "{message}");
    }

    #[test]
    fn an_unusable_list_is_refused() {
        for text in ["", ",", "a,", "a,,b", "A", "a b", "a;b", "a,a"] {
            assert_eq!(read(text).unwrap_err().name, SETTING, "{text:?}");
        }
    }
}
