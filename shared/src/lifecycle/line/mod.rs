//! The state of a line, and its transitions as pure functions. `docs/line-protocol.md` has the protocol,
//! and `tests/model` explores these functions exhaustively.
//!
//! A store keeps one [`Line`] under the key of each line that was ever blocked or paused, and the parked tasks of the line
//! beside it, by position. Every write of a line is conditional on the revision that it replaces. A line that the store
//! doesn't have is [`Line::default`], at revision 0.

mod state;
mod grant;
mod look;
mod block;
mod park;
mod turn;
mod advance;
mod unblock;
mod pause;
mod resume;
mod give_back;

#[cfg(test)]
mod fixture;

pub use advance::{Advance, advance};
pub use block::{NotBlockable, block};
pub use give_back::give_back;
pub use grant::{Carrier, Grant, grant};
pub use look::{AfterFinished, Look, after_finished, is_front_unsent, look_first};
pub use park::{Arriving, Parked, Parking, park};
pub use pause::pause;
pub use resume::{Resumption, resume};
pub use state::{Blocker, Line, LineState};
pub use turn::front_dedupe_id;
pub use unblock::{NotBlockedBy, unblock};
