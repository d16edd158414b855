//! The process group of a program: it ends with the program, and also if the pipeline is killed.
//!
//! A guard leads the group. It waits for the end of a pipe that only the pipeline holds, and then kills the group, so a
//! program does not go on beside that of the next pipeline. The guard is in the group before the program, so there is no
//! moment without it. As long as the guard isn't reaped, the number of the group belongs to no other group. The guard also
//! holds the lock that the next pipeline waits for. It has no other open file than that and its standard input.

use std::{io, process::Stdio};

use rustix::{
    io::Errno,
    process::{Pid, Signal, kill_process_group},
};
use tokio::process::{Child, ChildStdin, Command};
use tracing::warn;

use crate::predecessors::ProgramsLock;

const SHELL: &str = "/bin/sh";
/// Signals to the whole group are for the program. `kill` and `read` are part of the shell.
const GUARD: &str = "trap '' HUP INT QUIT TERM USR1 USR2 ALRM; read -r _; kill -s KILL 0";

pub(crate) struct ProcessGroup {
    id: Pid,
    lock: ProgramsLock,
    guard: Child,
    /// Closed when this is dropped and when the pipeline ends, however it ends.
    _lifeline: Option<ChildStdin>,
}

impl ProcessGroup {
    /// Starts an empty group.
    pub(crate) fn start(lock: ProgramsLock) -> io::Result<Self> {
        let mut guard = Command::new(SHELL)
            .args(["-c", GUARD])
            .env_clear()
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(lock.for_guard()?)
            .stderr(Stdio::null())
            .spawn()?;
        let id = guard.id().and_then(|id| Pid::from_raw(id.try_into().ok()?));
        let id = id.ok_or_else(|| io::Error::other("the guard has no process id"))?;
        let _lifeline = guard.stdin.take();
        lock.note(id);
        Ok(Self { id, lock, guard, _lifeline })
    }

    /// The command starts in this group.
    pub(crate) fn contain(&self, command: &mut Command) {
        command.process_group(self.id.as_raw_nonzero().get());
    }

    /// SIGTERM.
    pub(crate) fn terminate(&self) {
        self.send(Signal::TERM);
    }

    /// SIGKILL, also to the guard.
    pub(crate) fn kill(&self) {
        self.send(Signal::KILL);
    }

    /// Kills what is left of it, and reaps the guard.
    pub(crate) async fn end(mut self) {
        self.kill();
        if let Err(error) = self.guard.wait().await {
            warn!(%error, "failed to wait for the end of a process group");
        }
        self.lock.forget(self.id);
    }

    fn send(&self, signal: Signal) {
        match kill_process_group(self.id, signal) {
            // Nothing is left of it; macOS reports EPERM for a group of which only the guard's remains are left.
            Ok(()) | Err(Errno::SRCH | Errno::PERM) => {}
            Err(error) => warn!(%error, "failed to signal a process group"),
        }
    }
}
