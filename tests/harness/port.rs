//! A port of this machine for a server that is told which one to take.

use std::net::Ipv4Addr;

use tokio::net::TcpSocket;

/// A port of 127.0.0.1 on which nobody listens. As long as this lives nobody is given it, and who asks for it by number
/// and may take addresses over, as servers do, can listen there.
pub struct Port(TcpSocket);

impl Port {
    /// Any that is free.
    pub fn free() -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_reuseaddr(true).unwrap();
        socket.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
        Self(socket)
    }

    /// Which one it is.
    pub fn number(&self) -> u16 {
        self.0.local_addr().unwrap().port()
    }
}
