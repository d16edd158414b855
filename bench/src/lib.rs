//! Measures what Taskline costs, on the programs as they are shipped. Each measurement is a module with its own command. The
//! product doesn't depend on this crate.

mod chart;
mod document;
mod exit_code;
mod machine;
mod document_with_plot;
mod process;
mod report;
mod table;
pub mod capacity;
pub mod functions;
pub mod guard;
pub mod load;
pub mod stall;

pub use document::Document;
pub use document_with_plot::DocumentWithPlot;
pub use exit_code::exit_code;
