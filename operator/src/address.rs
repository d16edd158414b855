//! Addresses to listen on, with a number or a name for the host.

use std::{
    fmt, io,
    net::{SocketAddr, ToSocketAddrs},
    str::FromStr,
};

/// An address to listen on; port 0 uses a free port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListenAddress(SocketAddr);

/// The text is not an address.
#[derive(Debug, thiserror::Error)]
pub enum InvalidAddress {
    #[error("write ADDRESS:PORT, such as 127.0.0.1:8081, localhost:8081 or [::1]:8081")]
    Form,
    #[error(
        "the name {host:?} has no address ({source}): use a name that this machine can resolve, such as localhost"
    )]
    UnknownName { host: String, source: io::Error },
}

/// The program can't listen on the address.
#[derive(Debug, thiserror::Error)]
#[error("failed to listen on {address} ({flag})")]
pub struct CantListen {
    /// The option that set the address.
    pub flag: &'static str,
    pub address: SocketAddr,
    pub source: io::Error,
}

impl ListenAddress {
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

/// All addresses of the text; at least one.
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

/// Chooses one of several addresses: the IPv4 address, which every client of such a name tries. If it is in use, the next one is
/// not tried, as that would hide the conflict.
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
    fn an_invalid_address_is_refused_with_the_valid_forms() {
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
