//! Addresses to listen on, as people write them: by number or by name.

use std::{
    fmt, io,
    net::{SocketAddr, ToSocketAddrs},
    str::FromStr,
};

/// An address to listen on; port 0 takes a free one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListenAddress(SocketAddr);

/// What was written names no address.
#[derive(Debug, thiserror::Error)]
pub enum InvalidAddress {
    /// It has not the form of one.
    #[error("write ADDRESS:PORT, such as 127.0.0.1:8081, localhost:8081 or [::1]:8081")]
    Form,
    /// Its name is not known.
    #[error(
        "the name {host:?} has no address ({source}): write one that this machine knows, such as localhost"
    )]
    UnknownName {
        /// The name.
        host: String,
        /// What the system says.
        source: io::Error,
    },
}

/// Nothing can listen there.
#[derive(Debug, thiserror::Error)]
#[error("failed to listen on {address} ({flag})")]
pub struct CantListen {
    /// What the address was given by.
    pub flag: &'static str,
    /// The address.
    pub address: SocketAddr,
    /// Why.
    pub source: io::Error,
}

impl ListenAddress {
    /// The address.
    pub fn address(self) -> SocketAddr {
        self.0
    }
}

impl fmt::Display for ListenAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl FromStr for ListenAddress {
    type Err = InvalidAddress;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        resolve(text).map(|all| Self(preferred(&all)))
    }
}

/// Every address that is meant; at least one.
pub fn resolve(text: &str) -> Result<Vec<SocketAddr>, InvalidAddress> {
    if let Ok(address) = text.parse() {
        return Ok(vec![address]);
    }
    let (host, port) = text.rsplit_once(':').ok_or(InvalidAddress::Form)?;
    let port: u16 = port.parse().map_err(|_| InvalidAddress::Form)?;
    let is_name = |c: char| c.is_alphanumeric() || "-._".contains(c);
    if host.is_empty() || !host.chars().all(is_name) {
        return Err(InvalidAddress::Form);
    }
    let unknown = |source| InvalidAddress::UnknownName { host: host.to_owned(), source };
    let all: Vec<SocketAddr> = (host, port).to_socket_addrs().map_err(unknown)?.collect();
    if all.is_empty() { Err(unknown(io::ErrorKind::NotFound.into())) } else { Ok(all) }
}

/// One of several: that of version 4, which every client of such a name tries. To go on to the next when the first is
/// taken would hide that it is.
pub fn preferred(all: &[SocketAddr]) -> SocketAddr {
    *all.iter().find(|address| address.is_ipv4()).unwrap_or(&all[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_number_or_a_name_with_a_port() {
        for (text, port) in
            [("127.0.0.1:8081", 8081), ("[::1]:8081", 8081), ("0.0.0.0:0", 0), ("localhost:80", 80)]
        {
            let address = text.parse::<ListenAddress>().unwrap().address();
            assert_eq!(address.port(), port, "{text}");
        }
        assert!("localhost:8081".parse::<ListenAddress>().unwrap().address().ip().is_loopback());
    }

    #[test]
    fn what_is_none_is_told_how_one_is_written() {
        for text in [
            "",
            "8081",
            ":8081",
            "localhost",
            "localhost:",
            "localhost:65536",
            "::1:8081",
            "http://localhost:8081",
            "*:8081",
            "127.0.0.1",
            "[::1]",
            "localhost:8081/",
            "a b:80",
            "localhost:-1",
        ] {
            let refused = text.parse::<ListenAddress>().unwrap_err().to_string();
            assert!(refused.starts_with("write ADDRESS:PORT"), "{text}: {refused}");
        }
    }
}
