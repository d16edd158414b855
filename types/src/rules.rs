//! The rules of a deployment for types and payloads: those of its file, or of a list of types.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use shared::{Task, TaskRules, TaskType, TaskTypes, TypeTerms, Violation};

use crate::{InvalidSchema, Schema, file::TypesFile, invalid::InvalidTypes};

/// The known types, and the schemas of those that have one.
#[derive(Default)]
pub struct Rules {
    task_types: TaskTypes,
    schemas: BTreeMap<TaskType, Compiled>,
}

struct Compiled {
    schema: Schema,
    text: String,
}

/// Rules that a pipeline wrote for its commands can't be read.
#[derive(Debug, thiserror::Error)]
pub enum InvalidRules {
    /// They are not in the form that this version writes.
    #[error("the types that the pipeline stored can't be read: is it of another version than this program?")]
    Foreign(#[from] serde_json::Error),
    /// A schema in them can't be used.
    #[error("the schema that the pipeline stored of the type {0} {1}")]
    Schema(TaskType, InvalidSchema),
}

/// How a pipeline stores its rules.
#[derive(Serialize, Deserialize)]
struct Stored {
    types: Vec<StoredType>,
}

#[derive(Serialize, Deserialize)]
struct StoredType {
    name: TaskType,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    schema: Option<String>,
}

impl Rules {
    /// Compiles the schemas of a file.
    ///
    /// # Errors
    /// [`InvalidTypes`] if one of them can't be used.
    pub fn of_file(file: &TypesFile) -> Result<Self, InvalidTypes> {
        let mut schemas = BTreeMap::new();
        for (task_type, text) in file.schema_texts()? {
            let schema = Schema::compile(&text).map_err(|problem| {
                InvalidTypes::of_type(&task_type, "schema", problem).of_file(file.path())
            })?;
            schemas.insert(task_type, Compiled { schema, text });
        }
        Ok(Self { task_types: file.task_types(), schemas })
    }

    /// The known types.
    pub fn task_types(&self) -> &TaskTypes {
        &self.task_types
    }

    /// The type that an example of a task names: one without a schema if there is one. `None` if it can do without a type.
    pub fn type_of_example(&self) -> Option<&TaskType> {
        let names: Vec<_> = self.task_types.known()?.map(|(name, _)| name).collect();
        let has_schema = |name: &&TaskType| self.schemas.contains_key(*name);
        let (with, without): (Vec<_>, Vec<_>) = names.into_iter().partition(has_schema);
        if without.iter().any(|name| name.is_default()) {
            return None;
        }
        without.into_iter().chain(with).next()
    }

    /// The rules as a pipeline stores them for its commands; `None` if it takes every type.
    pub fn stored(&self) -> Option<String> {
        let types = self.task_types.known()?.map(|(name, _)| StoredType {
            name: name.clone(),
            schema: self.schemas.get(name).map(|compiled| compiled.text.clone()),
        });
        serde_json::to_string(&Stored { types: types.collect() }).ok()
    }

    /// Reads what [`Self::stored`] wrote.
    ///
    /// # Errors
    /// [`InvalidRules`].
    pub fn from_stored(text: &str) -> Result<Self, InvalidRules> {
        let stored: Stored = serde_json::from_str(text)?;
        let (mut types, mut schemas) = (BTreeMap::new(), BTreeMap::new());
        for StoredType { name, schema } in stored.types {
            if let Some(text) = schema {
                let schema =
                    Schema::compile(&text).map_err(|problem| InvalidRules::Schema(name.clone(), problem))?;
                schemas.insert(name.clone(), Compiled { schema, text });
            }
            types.insert(name, TypeTerms::default());
        }
        Ok(Self { task_types: TaskTypes::of_file(types), schemas })
    }
}

/// A list of types has no schemas.
impl From<TaskTypes> for Rules {
    fn from(task_types: TaskTypes) -> Self {
        Self { task_types, schemas: BTreeMap::new() }
    }
}

impl TaskRules for Rules {
    fn violations(&self, task: &Task) -> Vec<Violation> {
        let task_type = task.task_type();
        if let Some(violation) = self.task_types.violation(task_type) {
            return vec![violation];
        }
        let compiled = self.schemas.get(task_type);
        compiled.map(|compiled| compiled.schema.violations(task.payload())).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
