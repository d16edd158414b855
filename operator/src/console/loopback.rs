//! An address that only this machine reaches.

use std::{net::SocketAddr, str::FromStr};

/// An address of loopback; port 0 takes a free one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Loopback(SocketAddr);

/// The address can be reached from elsewhere, or is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the console listens on this machine only: 127.0.0.1:PORT or [::1]:PORT")]
pub struct NotLoopback;

impl Loopback {
    /// The address.
    pub fn address(self) -> SocketAddr {
        self.0
    }
}

impl FromStr for Loopback {
    type Err = NotLoopback;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.parse::<SocketAddr>() {
            Ok(address) if address.ip().is_loopback() => Ok(Self(address)),
            _ => Err(NotLoopback),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_other_machines_reach_is_refused() {
        for open in ["0.0.0.0:80", "[::]:80", "192.168.1.2:80", "127.0.0.1", "localhost:80", ""] {
            assert_eq!(open.parse::<Loopback>(), Err(NotLoopback), "{open}");
        }
        for closed in ["127.0.0.1:0", "[::1]:8081"] {
            assert!(closed.parse::<Loopback>().is_ok(), "{closed}");
        }
    }
}
