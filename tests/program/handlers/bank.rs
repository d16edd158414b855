//! The bank of the documented handlers: a server outside of them and of Taskline that sees every run begin and end.

use std::{
    io::{BufRead, BufReader, ErrorKind, Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
        mpsc::{Receiver, RecvTimeoutError, channel},
    },
    thread,
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};

/// How long a call or its end may take before a test fails.
const PATIENCE: Duration = Duration::from_secs(120);

pub struct Bank {
    pub port: u16,
    calls: Receiver<Call>,
}

/// A handler that waits for the bank's answer.
pub struct Call {
    pub task_id: String,
    pub attempt: u32,
    /// The process of the handler.
    pub pid: i32,
    /// Whether another handler waited for its answer when this one called.
    pub is_beside_another: bool,
    connection: TcpStream,
    /// How many handlers wait for an answer, as long as this one does.
    waiting: Option<Arc<AtomicU32>>,
}

impl Bank {
    pub fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (sender, calls) = channel();
        let waiting: Arc<AtomicU32> = Arc::default();
        thread::spawn(move || {
            for connection in listener.incoming() {
                let call = Call::read(connection.unwrap(), &waiting);
                if call.is_some_and(|call| sender.send(call).is_err()) {
                    return;
                }
            }
        });
        Self { port, calls }
    }

    /// The next call, if one arrives in this time.
    pub fn call_within(&self, time: Duration) -> Option<Call> {
        match self.calls.recv_timeout(time) {
            Ok(call) => Some(call),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => panic!("the bank has ended"),
        }
    }

    pub fn call(&self) -> Call {
        self.call_within(PATIENCE).expect("no handler called the bank")
    }
}

impl Call {
    /// None if the handler was killed before it had sent its line.
    fn read(connection: TcpStream, waiting: &Arc<AtomicU32>) -> Option<Self> {
        connection.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut line = String::new();
        BufReader::new(&connection).read_line(&mut line).ok()?;
        let mut words = line.strip_suffix('\n')?.split(' ');
        let task_id = words.next()?.to_owned();
        let attempt = words.next()?.parse().unwrap();
        let pid = words.next()?.parse().unwrap();
        let is_beside_another = waiting.fetch_add(1, Ordering::Relaxed) > 0;
        Some(Self {
            task_id,
            attempt,
            pid,
            is_beside_another,
            connection,
            waiting: Some(Arc::clone(waiting)),
        })
    }

    /// The receipt of this attempt.
    pub fn receipt(&self) -> String {
        format!("{}/{}", self.task_id, self.attempt)
    }

    /// Pays, with a receipt that names the attempt.
    pub fn pay(&mut self) {
        self.answer(&format!("paid {}", self.receipt()));
    }

    /// Answers, unless the handler has been killed.
    pub fn answer(&mut self, words: &str) {
        self.stop_waiting();
        let _ = writeln!(self.connection, "{words}");
        let _ = self.connection.shutdown(Shutdown::Write);
    }

    /// SIGKILL, to the process of the handler.
    pub fn kill(&mut self) {
        self.stop_waiting();
        // It may have ended already.
        let _ = kill_process(Pid::from_raw(self.pid).unwrap(), Signal::KILL);
    }

    /// Waits until the handler has closed its connection, or was killed.
    pub fn until_closed(mut self) {
        match self.connection.read(&mut [0]) {
            Ok(0) => {}
            Err(error) if error.kind() == ErrorKind::ConnectionReset => {}
            other => panic!("the handler of {} keeps its connection: {other:?}", self.receipt()),
        }
        self.stop_waiting();
    }

    fn stop_waiting(&mut self) {
        if let Some(waiting) = self.waiting.take() {
            waiting.fetch_sub(1, Ordering::Relaxed);
        }
    }
}
