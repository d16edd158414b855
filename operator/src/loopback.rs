//! An address that only this machine can reach.

use std::{net::SocketAddr, str::FromStr};

use crate::address::{InvalidAddress, preferred, resolve};

/// A loopback address; port 0 uses a free port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Loopback(SocketAddr);

/// The text is not a loopback address.
#[derive(Debug, thiserror::Error)]
pub enum NotLoopback {
    /// Other machines can reach it.
    #[error("the console listens on this machine only: 127.0.0.1:PORT, localhost:PORT or [::1]:PORT")]
    Open,
    #[error(transparent)]
    Invalid(#[from] InvalidAddress),
}

impl Loopback {
    pub fn address(self) -> SocketAddr {
        self.0
    }
}

impl FromStr for Loopback {
    type Err = NotLoopback;

    /// All addresses of a name must be loopback addresses, as the name server could return any of them.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let all = resolve(text)?;
        let is_closed = all.iter().all(|address| address.ip().is_loopback());
        if is_closed { Ok(Self(preferred(&all))) } else { Err(NotLoopback::Open) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_other_machines_can_reach_is_refused() {
        for open in ["0.0.0.0:80", "[::]:80", "192.168.1.2:80", "[::ffff:127.0.0.1]:80"] {
            assert!(matches!(open.parse::<Loopback>(), Err(NotLoopback::Open)), "{open}");
        }
        for no_address in ["127.0.0.1", "localhost", "9000", ""] {
            assert!(matches!(no_address.parse::<Loopback>(), Err(NotLoopback::Invalid(_))), "{no_address}");
        }
        for closed in ["127.0.0.1:0", "[::1]:8081", "localhost:8081"] {
            assert!(closed.parse::<Loopback>().is_ok(), "{closed}");
        }
    }
}
