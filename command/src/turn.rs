//! The turn of one program among all programs of a pipeline.

use std::{path::PathBuf, sync::Arc};

use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::predecessors::Predecessors;

/// Held while a program handles a task, or still has to end: the next one does not start beside it, whichever handler it is
/// of. Clones share it.
#[derive(Clone)]
pub struct Turn(Arc<State>);

struct State {
    turn: Arc<Mutex<()>>,
    predecessors: Predecessors,
}

impl Turn {
    /// The turn of a pipeline. `programs_lock` is a file of its data folder, locked while programs run.
    pub fn new(programs_lock: PathBuf) -> Self {
        Self(Arc::new(State { turn: Arc::default(), predecessors: Predecessors::new(programs_lock) }))
    }

    pub(crate) async fn take(&self) -> OwnedMutexGuard<()> {
        Arc::clone(&self.0.turn).lock_owned().await
    }

    /// The programs of earlier pipelines. One lock for all handlers: two would wait for each other.
    pub(crate) fn predecessors(&self) -> &Predecessors {
        &self.0.predecessors
    }
}
