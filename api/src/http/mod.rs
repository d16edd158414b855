//! The API over HTTP: one file per method of a task, and the OpenAPI document of them.

mod any_intake;
pub(crate) mod headers;
mod body;
mod task_path;
mod post;
mod get;
mod delete;
mod openapi;
mod router;

pub use openapi::openapi;
pub use router::router;
