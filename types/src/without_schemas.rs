//! Replaces the module for schemas in a program that is built without the feature `schemas`.

use std::convert::Infallible;

use shared::{Json, Violation};

use crate::invalid_schema::InvalidSchema;

/// There is none.
pub struct Schema(Infallible);

impl Schema {
    /// # Errors
    /// Always [`InvalidSchema::NotBuiltIn`].
    pub fn compile(_text: &str) -> Result<Self, InvalidSchema> {
        Err(InvalidSchema::NotBuiltIn)
    }

    /// Is never called.
    pub fn violations(&self, _payload: Option<&Json>) -> Vec<Violation> {
        match self.0 {}
    }
}
