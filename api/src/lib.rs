//! The API: accepting and cancelling tasks, and the HTTP routes for it. `lambda_http` serves the routes on AWS,
//! `local::serve` on one machine.
//!
//! The server authenticates the caller and puts a [`shared::Caller`] into each request's extensions.

mod wait;
mod intake;
mod accept;
mod cancel;
mod find_settled;
mod media_type;
mod no_store;
mod view;
mod problem;
mod http;
mod origin;
mod cors;
mod permission;
#[cfg(feature = "lambda")]
mod authorizer;
#[cfg(feature = "lambda")]
pub mod lambda;

pub use accept::{AcceptError, AcceptRequest, Acceptance};
pub use cancel::CancelError;
pub use cors::CorsOrigins;
pub use http::{openapi, router};
pub use intake::Intake;
pub use origin::InvalidOrigin;
pub use permission::{
    Decision, InvalidPermissionName, MissingPermission, PermissionClaims, PermissionKind, PermissionName,
    Permissions, StringOrList,
};
pub use problem::Problem;
pub use view::{FailureView, TaskAccepted, TaskView};
pub use wait::{InvalidWait, Wait, WaitLimit};
