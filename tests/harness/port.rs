//! A port of this machine for a server that needs its number in advance.

use std::net::Ipv4Addr;

use tokio::net::TcpSocket;

/// A port of 127.0.0.1 on which nothing listens. As long as this lives the system assigns it to no one else, and a
/// server that sets `SO_REUSEADDR` can listen on it.
pub struct Port(TcpSocket);

impl Port {
    /// Any free port.
    pub fn free() -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_reuseaddr(true).unwrap();
        socket.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
        Self(socket)
    }

    /// Its number.
    pub fn number(&self) -> u16 {
        self.0.local_addr().unwrap().port()
    }
}
