//! Connections on which a client says what it likes, byte by byte, as no HTTP library would.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    time::timeout,
};

/// How long the server has to end a connection; it wants to after ten seconds at the latest.
const PATIENCE: Duration = Duration::from_secs(60);
/// A task as good as any.
pub const TASK: &str = r#"{"title":"a","description":"d","priority":"low"}"#;

/// A connection to the server at a URL.
pub struct Wire(TcpStream);

/// All that came back until the server closed the connection.
pub struct Heard(pub String);

impl Heard {
    /// The statuses of the answers, in order.
    pub fn statuses(&self) -> Vec<u16> {
        let lines = self.0.split("HTTP/1.").skip(1);
        lines.map(|line| line.split(' ').nth(1).unwrap().parse().unwrap()).collect()
    }
}

impl Wire {
    pub async fn to(url: &str) -> Self {
        Self(TcpStream::connect(address(url)).await.unwrap())
    }

    /// One whose client has no room for an answer.
    pub async fn narrow(url: &str) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4096).unwrap();
        Self(socket.connect(address(url).parse().unwrap()).await.unwrap())
    }

    /// Says as much of it as the server listens to.
    pub async fn say(&mut self, bytes: impl AsRef<[u8]>) {
        let _ = self.0.write_all(bytes.as_ref()).await;
    }

    /// Says nothing more.
    pub async fn finish(&mut self) {
        let _ = self.0.shutdown().await;
    }

    /// Says it over and over until the server closes the connection, and hears nothing.
    pub async fn until_deaf(&mut self, bytes: &str) {
        let talk = async { while self.0.write_all(bytes.as_bytes()).await.is_ok() {} };
        timeout(PATIENCE, talk).await.expect("the server still listens to who does not read");
    }

    /// Hears one answer's head, and leaves what comes after it.
    pub async fn hear_head(&mut self) -> Heard {
        let mut heard = Vec::new();
        while !heard.ends_with(b"\r\n\r\n") {
            let byte = timeout(PATIENCE, self.0.read_u8()).await.expect("an answer");
            heard.push(byte.expect("a whole head"));
        }
        Heard(String::from_utf8(heard).unwrap())
    }

    pub async fn hear(mut self) -> Heard {
        let mut heard = Vec::new();
        // A reset ends it as well; what came before counts.
        let _ =
            timeout(PATIENCE, self.0.read_to_end(&mut heard)).await.expect("the connection is still open");
        Heard(String::from_utf8_lossy(&heard).into_owned())
    }
}

/// Says it on a connection of its own, and hears what comes back.
pub async fn say(url: &str, bytes: impl AsRef<[u8]>) -> Heard {
    let mut wire = Wire::to(url).await;
    wire.say(bytes).await;
    wire.hear().await
}

/// A `POST /tasks` whose headers, beside the usual ones, are these.
pub fn post(headers: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let head =
        format!("POST /tasks HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\n{headers}\r\n\r\n");
    [head.as_bytes(), body.as_ref()].concat()
}

/// One with the length that its body has, after which the connection is closed.
pub fn post_whole(body: impl AsRef<[u8]>) -> Vec<u8> {
    post(&format!("Connection: close\r\nContent-Length: {}", body.as_ref().len()), body)
}

/// One in chunks.
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

/// The most memory that the process ever had, in MB. Linux says so; elsewhere nobody is asked.
pub fn peak_megabytes(process: u32) -> u64 {
    let Ok(status) = std::fs::read_to_string(format!("/proc/{process}/status")) else { return 0 };
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    peak.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1024
}

fn address(url: &str) -> &str {
    url.strip_prefix("http://").unwrap().split('/').next().unwrap()
}
