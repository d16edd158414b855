//! The programs of earlier pipelines: none of them may still run when this one starts its first.
//!
//! Each guard of a process group holds a lock, and so does this pipeline. When a pipeline was killed, its guard gives the lock up
//! only after it has killed its group. The file also names the groups, because a killed process needs a moment to end. Neither a
//! program nor its children have the lock: a daemon of theirs would keep it for ever.

use std::{
    collections::BTreeSet,
    fs::{File, TryLockError},
    io::{self, Read, Seek, Write},
    path::PathBuf,
    process::Stdio,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use processor::HandlerFailure;
use rustix::process::{Pid, getpgrp, test_kill_process_group};
use tokio::{sync::OnceCell, time::timeout};
use tracing::{info, warn};

const INTERVAL: Duration = Duration::from_millis(5);

/// The lock file of a data folder, opened when the first program is started.
pub(crate) struct Predecessors {
    path: PathBuf,
    lock: OnceCell<ProgramsLock>,
}

impl Predecessors {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path, lock: OnceCell::new() }
    }

    /// The lock, when no program of an earlier pipeline runs any more. After `limit`, the line waits instead of the attempt.
    pub(crate) async fn gone(&self, limit: Duration) -> Result<ProgramsLock, HandlerFailure> {
        self.lock.get_or_try_init(|| self.wait(limit)).await.cloned()
    }

    async fn wait(&self, limit: Duration) -> Result<ProgramsLock, HandlerFailure> {
        let mut file = self.open().map_err(|error| self.cant_be_locked(&error))?;
        match timeout(limit, self.locked(&file)).await {
            Ok(locked) => locked.map_err(|error| self.cant_be_locked(&error))?,
            Err(_) => return Err(still_running()),
        }
        for group in noted_groups(&mut file).into_iter().filter(|group| *group != getpgrp()) {
            // Its guard has killed it. One that is dead and not reaped still counts, so it is not waited for any longer.
            if timeout(limit, until_ended(group)).await.is_err() {
                warn!(
                    group = group.as_raw_nonzero(),
                    "a killed program of the earlier pipeline was not reaped"
                );
            }
        }
        Ok(ProgramsLock(Arc::new(Held { file, groups: Mutex::default() })))
    }

    fn open(&self) -> io::Result<File> {
        File::options().create(true).truncate(false).read(true).write(true).open(&self.path)
    }

    async fn locked(&self, file: &File) -> io::Result<()> {
        let mut is_reported = false;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(()),
                Err(TryLockError::Error(error)) => return Err(error),
                Err(TryLockError::WouldBlock) => {}
            }
            if !is_reported {
                info!(lock = %self.path.display(), "waiting until the programs of an earlier pipeline have ended");
                is_reported = true;
            }
            tokio::time::sleep(INTERVAL).await;
        }
    }

    fn cant_be_locked(&self, error: &io::Error) -> HandlerFailure {
        warn!(%error, lock = %self.path.display(), "failed to lock the programs of the handler");
        HandlerFailure::Unavailable {
            code: "not_started".to_owned(),
            message: "the lock of the handler's programs can't be taken".to_owned(),
            retry_after: None,
        }
    }
}

fn still_running() -> HandlerFailure {
    HandlerFailure::Unavailable {
        code: "earlier_program_running".to_owned(),
        message: "a program that an earlier pipeline started is still running".to_owned(),
        retry_after: None,
    }
}

fn noted_groups(file: &mut File) -> Vec<Pid> {
    let mut text = String::new();
    match file.read_to_string(&mut text) {
        Ok(_) => text.lines().filter_map(|line| Pid::from_raw(line.parse().ok()?)).collect(),
        Err(_) => Vec::new(),
    }
}

async fn until_ended(group: Pid) {
    while test_kill_process_group(group).is_ok() {
        tokio::time::sleep(INTERVAL).await;
    }
}

/// Held by this pipeline, and by each guard.
#[derive(Clone)]
pub(crate) struct ProgramsLock(Arc<Held>);

struct Held {
    file: File,
    /// Those whose program runs: each type can have a server.
    groups: Mutex<BTreeSet<i32>>,
}

impl ProgramsLock {
    /// The lock for a guard, which holds it as its standard output until it ends.
    pub(crate) fn for_guard(&self) -> io::Result<Stdio> {
        Ok(self.0.file.try_clone()?.into())
    }

    /// Notes a group whose program runs.
    pub(crate) fn note(&self, group: Pid) {
        self.change(|groups| groups.insert(group.as_raw_nonzero().get()));
    }

    /// The program of the group has ended.
    pub(crate) fn forget(&self, group: Pid) {
        self.change(|groups| groups.remove(&group.as_raw_nonzero().get()));
    }

    fn change(&self, change: impl FnOnce(&mut BTreeSet<i32>) -> bool) {
        let mut groups = self.0.groups.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut groups);
        let text: String = groups.iter().map(|group| format!("{group}\n")).collect();
        let mut file = &self.0.file;
        let written =
            file.set_len(0).and_then(|()| file.rewind()).and_then(|()| file.write_all(text.as_bytes()));
        if let Err(error) = written {
            warn!(%error, "failed to note which programs of the handlers run");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tokio::process::Command;

    use super::*;

    const AMPLE: Duration = Duration::from_secs(60);

    fn predecessors() -> (tempfile::TempDir, Predecessors) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("programs.lock");
        (folder, Predecessors::new(path))
    }

    #[tokio::test]
    async fn the_groups_whose_programs_run_are_noted() {
        let (_folder, programs) = predecessors();
        let lock = programs.gone(AMPLE).await.unwrap();
        let noted = || fs::read_to_string(&programs.path).unwrap();
        let [first, second] = [70_000, 7].map(|number| Pid::from_raw(number).unwrap());
        lock.note(first);
        assert_eq!(noted(), "70000\n");
        lock.note(second);
        assert_eq!(noted(), "7\n70000\n");
        lock.forget(first);
        assert_eq!(noted(), "7\n");
        lock.forget(second);
        assert_eq!(noted(), "");
    }

    #[tokio::test]
    async fn the_programs_of_a_killed_pipeline_are_waited_for() {
        let (_folder, programs) = predecessors();
        let mut program =
            Command::new("/bin/sleep").arg("1000").process_group(0).kill_on_drop(true).spawn().unwrap();
        let group = Pid::from_raw(program.id().unwrap().try_into().unwrap()).unwrap();
        let lock = programs.gone(AMPLE).await.unwrap();
        let next = Predecessors::new(programs.path.clone());
        let mut gone = std::pin::pin!(next.gone(AMPLE));
        let mut is_waited_for = async |what| {
            let answer = timeout(Duration::from_millis(50), &mut gone).await;
            assert!(answer.is_err(), "{what}");
        };
        is_waited_for("the lock is held").await;
        lock.note(group);
        drop((programs, lock));
        is_waited_for("the program runs").await;
        program.kill().await.unwrap();
        assert!(gone.await.is_ok());
    }

    #[tokio::test]
    async fn a_program_that_goes_on_makes_the_line_wait() {
        let (_folder, programs) = predecessors();
        let lock = programs.gone(AMPLE).await.unwrap();
        let next = Predecessors::new(programs.path.clone());
        let failure = next.gone(Duration::ZERO).await.err();
        assert!(
            matches!(failure, Some(HandlerFailure::Unavailable { code, .. }) if code == "earlier_program_running")
        );
        drop((programs, lock));
        assert!(next.gone(AMPLE).await.is_ok());
    }

    #[tokio::test]
    async fn a_lock_that_cant_be_opened_makes_the_line_wait() {
        let programs = Predecessors::new("/no/such/folder/programs.lock".into());
        let failure = programs.gone(AMPLE).await.err();
        assert!(matches!(failure, Some(HandlerFailure::Unavailable { code, .. }) if code == "not_started"));
    }
}
