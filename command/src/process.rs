//! One process for one task: gets its input, is stopped when the attempt is cancelled, and leaves no process behind.

use std::{
    io,
    pin::pin,
    process::{ExitStatus, Stdio},
    time::Duration,
};

use futures_util::future::{Either, join3, select};
use tokio::{
    io::AsyncWriteExt,
    process::{Child, ChildStdin, Command},
    time::timeout,
};

use crate::{
    output::{Kept, Output},
    predecessors::ProgramsLock,
    process_group::ProcessGroup,
};

/// How long the outputs are read after the program has ended, if other processes keep them open, and again after those were
/// killed. A daemon that left the group can keep them open for longer.
const DRAIN_TIME: Duration = Duration::from_secs(1);
/// How long the system may take to end a killed process.
const KILL_TIME: Duration = Duration::from_secs(2);

/// A process that has ended.
pub(crate) struct Ended {
    pub status: ExitStatus,
    pub was_cancelled: bool,
    pub stdout: Output,
    pub stderr: Output,
}

/// Runs a command in a separate process group until it ends. When `cancelled` completes first, the group gets SIGTERM, and
/// SIGKILL after `grace`. When this returns, no process of the group is left.
pub(crate) async fn run(
    mut command: Command,
    lock: ProgramsLock,
    input: &[u8],
    cancelled: impl Future<Output = ()>,
    grace: Duration,
) -> io::Result<Ended> {
    let group = ProcessGroup::start(lock)?;
    group.contain(&mut command);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) => {
            group.end().await;
            return Err(error);
        }
    };
    let (mut stdout, mut stderr) = (Output::new(Kept::Head), Output::new(Kept::Tail));
    let (status, was_cancelled) = {
        let mut ending = pin!(end(&mut child, &group, input, &mut stdout, &mut stderr));
        tokio::select! {
            biased;
            status = &mut ending => (status, false),
            () = cancelled => {
                group.terminate();
                let status = match timeout(grace, &mut ending).await {
                    Ok(status) => status,
                    Err(_) => {
                        group.kill();
                        timeout(KILL_TIME, &mut ending).await.unwrap_or_else(|late| Err(late.into()))
                    }
                };
                (status, true)
            }
        }
    };
    group.end().await;
    Ok(Ended { status: status?, was_cancelled, stdout, stderr })
}

/// Feeds the process and reads its outputs until it has ended.
async fn end(
    child: &mut Child,
    group: &ProcessGroup,
    input: &[u8],
    stdout: &mut Output,
    stderr: &mut Output,
) -> io::Result<ExitStatus> {
    let (stdin, out, err) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let mut streams = pin!(join3(feed(stdin, input), stdout.read(out), stderr.read(err)));
    match select(pin!(child.wait()), streams.as_mut()).await {
        Either::Left((status, _)) => {
            if timeout(DRAIN_TIME, streams.as_mut()).await.is_err() {
                group.kill();
                // What has not come by then is not waited for.
                let _ = timeout(DRAIN_TIME, streams).await;
            }
            status
        }
        Either::Right((_, ending)) => ending.await,
    }
}

/// A program need not read its input: an error is not one of the task.
async fn feed(stdin: Option<ChildStdin>, input: &[u8]) {
    if let Some(mut stdin) = stdin {
        let _ = stdin.write_all(input).await;
    }
}
