//! The commands: a folder for each noun, a file for each verb. Each command owns its arguments, prints what it found, asks
//! before it changes anything, and prints the result.

mod amend;
pub mod backup;
pub mod console;
pub mod dead_letters;
mod handler_arguments;
pub mod held;
mod input;
pub mod line;
pub mod listen;
pub mod local;
mod permission_arguments;
pub mod smoke;
pub mod submit;
pub mod task;
pub mod verify;
