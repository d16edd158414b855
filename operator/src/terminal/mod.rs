//! How the program speaks: data on stdout, talk on stderr, and an exit code.

mod confirm;
mod outcome;
mod progress;
mod say;

pub use confirm::{Consent, confirm};
pub use outcome::Outcome;
pub use progress::progress;
pub use say::{Format, print_data, print_json, say};
