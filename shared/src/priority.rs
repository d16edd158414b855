//! How urgent the submitter says a task is. It never changes the order: the line is strictly first in, first out.

use serde::{Deserialize, Serialize};

/// The submitter's own word on urgency, kept and shown, without effect on the order of the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Priority {
    /// Can wait.
    Low,
    /// The usual.
    Medium,
    /// Urgent.
    High,
}
