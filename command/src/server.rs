//! One running server: a program that reads a line for each task and writes a line for each outcome.

use std::{
    io,
    pin::pin,
    process::{ExitStatus, Stdio},
    time::Duration,
};

use futures_util::future::{Either, select};
use rustix::io::ioctl_fionread;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    process::{Child, ChildStdin, ChildStdout, Command},
    time::timeout,
};

use crate::{answer::BadAnswer, predecessors::ProgramsLock, process_group::ProcessGroup};

/// A result of 32 KiB, and as much again for a message and for escapes.
const LINE_BYTES_MAX: usize = 64 * 1024;
/// How long a program that has closed its output may take to end.
const END_TIME: Duration = Duration::from_secs(1);
/// How long the system may take to end a killed process.
const KILL_TIME: Duration = Duration::from_secs(2);

pub(crate) struct Server {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
    group: ProcessGroup,
}

/// What a server did with a task.
pub(crate) enum Reply {
    Line(Vec<u8>),
    Bad(BadAnswer),
    /// It closed its output, which it does when it ends.
    Ended {
        has_read: bool,
    },
}

impl Server {
    /// Its standard error is the pipeline's.
    pub(crate) async fn start(mut command: Command, lock: ProgramsLock) -> io::Result<Self> {
        let group = ProcessGroup::start(lock)?;
        group.contain(&mut command);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = match command.spawn() {
            Ok(child) => child,
            Err(error) => {
                group.end().await;
                return Err(error);
            }
        };
        let no_pipe = || io::Error::other("the program has no standard output");
        let stdout = BufReader::new(child.stdout.take().ok_or_else(no_pipe)?);
        let stdin = child.stdin.take();
        Ok(Self { child, stdin, stdout, group })
    }

    /// Whether it has ended.
    pub(crate) fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    /// Writes a line and reads one.
    pub(crate) async fn ask(&mut self, line: &[u8]) -> Reply {
        let (mut answer, mut written) = (Vec::new(), 0);
        let read = {
            let mut limited = (&mut self.stdout).take(LINE_BYTES_MAX as u64 + 1);
            let reading = pin!(limited.read_until(b'\n', &mut answer));
            let writing = pin!(write(self.stdin.as_mut(), line, &mut written));
            match select(writing, reading).await {
                Either::Left(((), reading)) => reading.await,
                Either::Right((read, _)) => read,
            }
        };
        match read {
            Ok(_) if answer.len() > LINE_BYTES_MAX => Reply::Bad(BadAnswer::TooLong(LINE_BYTES_MAX)),
            Ok(_) if answer.ends_with(b"\n") && written == line.len() => Reply::Line(answer),
            Ok(_) if answer.ends_with(b"\n") => Reply::Bad(BadAnswer::TooEarly),
            Ok(_) | Err(_) => Reply::Ended { has_read: self.unread() < written },
        }
    }

    /// How much of its input it has not read. Linux counts it at this end of the pipe; elsewhere all counts as read.
    fn unread(&self) -> usize {
        let unread = self.stdin.as_ref().and_then(|stdin| ioctl_fionread(stdin).ok());
        unread.and_then(|bytes| bytes.try_into().ok()).unwrap_or(0)
    }

    /// How it ended, after it has closed its output. It is killed if it goes on without one.
    pub(crate) async fn exit(mut self) -> io::Result<ExitStatus> {
        let status = timeout(END_TIME, self.child.wait()).await;
        if status.is_err() {
            self.group.kill();
        }
        let status = match status {
            Ok(status) => status,
            Err(_) => timeout(KILL_TIME, self.child.wait()).await.unwrap_or_else(|late| Err(late.into())),
        };
        self.group.end().await;
        status
    }

    /// Ends it between two tasks: it sees the end of its input, then gets SIGTERM, then SIGKILL.
    pub(crate) async fn stop(mut self, grace: Duration) {
        self.stdin = None;
        if timeout(grace, self.child.wait()).await.is_err() {
            return self.terminate(grace).await;
        }
        self.group.end().await;
    }

    /// Ends it during a task: SIGTERM, then SIGKILL.
    pub(crate) async fn terminate(mut self, grace: Duration) {
        self.group.terminate();
        let _ = timeout(grace, self.child.wait()).await;
        self.group.end().await;
    }
}

/// A program that does not read its task does not answer either, or too early: an error says nothing more.
async fn write(stdin: Option<&mut ChildStdin>, line: &[u8], written: &mut usize) {
    let Some(stdin) = stdin else { return };
    while *written < line.len() {
        match stdin.write(&line[*written..]).await {
            Ok(bytes) => *written += bytes,
            Err(_) => return,
        }
    }
}
