//! The handler of the same name.

include!(concat!(env!("OUT_DIR"), "/bin/serve.rs"));
