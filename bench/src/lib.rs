//! What Taskline costs, measured on the programs as they are shipped. Each measurement is a module with a command of its
//! own; nothing here goes into what is shipped.

pub mod load;
