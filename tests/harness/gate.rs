//! A gate at which a handler waits until its test opens it.

use tokio::sync::watch;

use crate::within;

/// Clones are the same gate.
#[derive(Debug, Clone)]
pub struct Gate(watch::Sender<State>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct State {
    arrivals: u32,
    open: bool,
}

impl Gate {
    pub fn closed() -> Self {
        Self(watch::Sender::new(State::default()))
    }

    pub fn open(&self) {
        self.0.send_modify(|state| state.open = true);
    }

    /// Waits until a handler waits at the gate.
    pub async fn reached(&self) {
        let mut state = self.0.subscribe();
        within("a handler at the gate", state.wait_for(|state| state.arrivals > 0)).await.unwrap();
    }

    pub(crate) async fn pass(&self) {
        self.0.send_modify(|state| state.arrivals += 1);
        let mut state = self.0.subscribe();
        state.wait_for(|state| state.open).await.unwrap();
    }
}
