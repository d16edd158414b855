//! Who may call, when callers must bring a token: what API Gateway's JWT authorizer does on AWS, on one machine.
//!
//! What is checked is what that authorizer checks ("Control access to HTTP APIs with JWT authorizers", API Gateway
//! developer guide). Keys come from a file, never from the network.

mod ring_rsa;
mod jwk;
mod keys;
mod claims;
mod authorizer;
mod refusal;

pub use authorizer::Authorizer;
pub use keys::{InvalidKeys, JwtKeys};

pub(crate) use authorizer::authorize;
