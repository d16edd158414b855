//! The handler of the same name.

include!(concat!(env!("OUT_DIR"), "/bin/handle.rs"));
