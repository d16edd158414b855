//! The work of the handlers, with another function `pay`.

include!(concat!(env!("OUT_DIR"), "/lib.rs"));
