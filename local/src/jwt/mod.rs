//! Checks the tokens of callers on one machine, as API Gateway's JWT authorizer does on AWS.
//!
//! The checks are those of "Control access to HTTP APIs with JWT authorizers" in the API Gateway developer guide. Keys come
//! from a file, never from the network.

mod ring_rsa;
mod jwk;
mod keys;
mod claims;
mod authorizer;
mod refusal;

pub use authorizer::Authorizer;
pub use keys::{InvalidKeys, JwtKeys};

pub(crate) use authorizer::authorize;
