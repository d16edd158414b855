//! The API: one axum router over the ports. `lambda_http` serves it on AWS, `local::serve` on one machine.
//!
//! Who calls is put into a request's extensions as a [`shared::Caller`] by whoever serves the router. The modules
//! follow a request.

mod origin;
mod cors;
mod description;
mod http;
mod media_type;
mod no_store;
mod accept;
mod cancel;
mod view;
mod problem;
mod permission;
#[cfg(feature = "lambda")]
mod authorizer;
#[cfg(feature = "lambda")]
pub mod lambda;

pub use accept::{AcceptError, Accepted, Intake, Submission};
pub use cancel::CancelError;
pub use cors::CorsOrigins;
pub use http::{openapi, router};
pub use origin::InvalidOrigin;
pub use permission::{
    Decision, InvalidPermissionName, MissingPermission, PermissionClaims, PermissionKind, PermissionName,
    Permissions, StringOrList,
};
pub use problem::Problem;
pub use view::{FailureView, TaskAccepted, TaskView};
