//! What Taskline costs, measured on the programs as they are shipped. Each measurement is a module with a command of its
//! own; nothing here goes into what is shipped.

mod document;
mod machine;
mod process;
mod table;
pub mod functions;
pub mod guard;
pub mod load;

pub use document::Document;
