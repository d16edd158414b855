//! Connections on which a client sends arbitrary bytes, which no HTTP library would send.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    time::timeout,
};

/// The maximum time for the server to close a connection; it closes after ten seconds at the latest.
const PATIENCE: Duration = Duration::from_secs(600);
/// A valid task.
pub const TASK: &str = r#"{"title":"a","description":"d","priority":"low"}"#;

/// A connection to the server at a URL.
pub struct Wire(TcpStream);

/// Everything received until the server closed the connection.
pub struct Received(pub String);

impl Received {
    /// The statuses of the responses, in order.
    pub fn statuses(&self) -> Vec<u16> {
        let lines = self.0.split("HTTP/1.").skip(1);
        lines.map(|line| line.split(' ').nth(1).unwrap().parse().unwrap()).collect()
    }
}

impl Wire {
    pub async fn to(url: &str) -> Self {
        Self(TcpStream::connect(address(url)).await.unwrap())
    }

    /// A connection whose client has no buffer for a response.
    pub async fn narrow(url: &str) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4096).unwrap();
        Self(socket.connect(address(url).parse().unwrap()).await.unwrap())
    }

    /// Sends as many of the bytes as the server reads.
    pub async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let _ = self.0.write_all(bytes.as_ref()).await;
    }

    /// Sends nothing more.
    pub async fn finish(&mut self) {
        let _ = self.0.shutdown().await;
    }

    /// Sends the bytes repeatedly until the server closes the connection, and reads nothing.
    pub async fn send_until_closed(&mut self, bytes: &str) {
        let sending = async { while self.0.write_all(bytes.as_bytes()).await.is_ok() {} };
        timeout(PATIENCE, sending).await.expect("the server did not close the connection");
    }

    /// Reads the head of one response, and leaves the rest.
    pub async fn read_head(&mut self) -> Received {
        let mut received = Vec::new();
        while !received.ends_with(b"\r\n\r\n") {
            let byte = timeout(PATIENCE, self.0.read_u8()).await.expect("an answer");
            received.push(byte.expect("a whole head"));
        }
        Received(String::from_utf8(received).unwrap())
    }

    pub async fn read(mut self) -> Received {
        let mut received = Vec::new();
        // A reset also ends the connection; the bytes before it count.
        let _ =
            timeout(PATIENCE, self.0.read_to_end(&mut received)).await.expect("the connection is still open");
        Received(String::from_utf8_lossy(&received).into_owned())
    }
}

/// Sends the bytes on a new connection, and reads the responses.
pub async fn exchange(url: &str, bytes: impl AsRef<[u8]>) -> Received {
    let mut wire = Wire::to(url).await;
    wire.send(bytes).await;
    wire.read().await
}

/// A `POST /tasks` with these headers besides the usual ones.
pub fn post(headers: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let head =
        format!("POST /tasks HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\n{headers}\r\n\r\n");
    [head.as_bytes(), body.as_ref()].concat()
}

/// A post with the length of its body, after which the connection is closed.
pub fn post_whole(body: impl AsRef<[u8]>) -> Vec<u8> {
    post(&format!("Connection: close\r\nContent-Length: {}", body.as_ref().len()), body)
}

/// A post in chunks.
pub fn post_chunked(chunks: impl IntoIterator<Item = impl AsRef<[u8]>>) -> Vec<u8> {
    let mut body = Vec::new();
    for chunk in chunks {
        let chunk = chunk.as_ref();
        body.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
        body.extend_from_slice(chunk);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"0\r\n\r\n");
    post("Connection: close\r\nTransfer-Encoding: chunked", body)
}

/// The process's peak memory, in MB. Linux reports it; elsewhere the peak is taken as 0.
pub fn peak_megabytes(process: u32) -> u64 {
    let Ok(status) = std::fs::read_to_string(format!("/proc/{process}/status")) else { return 0 };
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    peak.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1024
}

fn address(url: &str) -> &str {
    url.strip_prefix("http://").unwrap().split('/').next().unwrap()
}
