//! What Taskline costs, measured on the programs as they are shipped. Each measurement is a module with a command of its
//! own; nothing here goes into what is shipped.

mod document;
mod exit;
mod machine;
mod plotted;
mod process;
mod table;
pub mod capacity;
pub mod functions;
pub mod guard;
pub mod load;
pub mod stall;

pub use document::Document;
pub use exit::exit;
pub use plotted::Plotted;
