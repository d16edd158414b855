//! Webhooks: signed POST requests to a receiver, as the Standard Webhooks specification defines them
//! (<https://www.standardwebhooks.com>), over HTTP/1.1.
//!
//! The status of the answer decides, even if the rest of the answer can't be read. Nothing that this crate logs or
//! returns holds a secret, a payload, or the part of the URL after its origin, where many services put a token.
//!
//! The crate knows nothing of tasks and handlers: `processor` adapts it to its handler.

#![warn(missing_docs)]

mod secret;
mod verification;
mod envelope;
mod receiver;
mod proxy;
mod proxy_setting;
mod proxies;
mod no_answer;
mod post_failure;
mod retry_after;
mod status_line;
mod connector;
mod status_tap;
mod connection;
mod body;
mod answer;
mod reply;
mod http_client;
mod redaction;
mod explanation;
mod client;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod odd_answers;
#[cfg(test)]
mod stalled_bodies;
#[cfg(test)]
mod json_answers;
#[cfg(test)]
mod proxied;

pub use answer::Answer;
pub use body::InvalidBody;
pub use client::Client;
pub use envelope::Envelope;
pub use no_answer::NoAnswer;
pub use post_failure::PostFailure;
pub use proxies::Proxies;
pub use receiver::InvalidReceiver;
pub use redaction::Redaction;
pub use reply::Reply;
pub use secret::{InvalidSecret, Secret};
pub use verification::{Signed, Unverified};
