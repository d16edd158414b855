//! Settings: the environment variables that configure a program. Each is read once and checked before anything runs; an
//! error names a setting that is invalid or has no effect.

mod read;
mod description;
mod resemblance;
mod variables;

pub use description::{Program, SETTINGS, Setting};
pub use read::{InvalidSetting, Lookup, required, whole_number};
pub use variables::{Unread, Variables};
