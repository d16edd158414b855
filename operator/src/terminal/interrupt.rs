//! Ctrl-C during a long command: it stops between two steps instead of within one.

use std::{io, process};

use tokio::{
    signal::unix::{SignalKind, signal},
    sync::watch,
};

use crate::terminal::{ExitStatus, say};

/// Whether Ctrl-C was pressed.
pub struct Interrupt(watch::Receiver<bool>);

impl Interrupt {
    /// From now on Ctrl-C is reported here. A second one ends the program at once.
    ///
    /// # Errors
    /// If the system can't report the signal.
    pub fn listen() -> io::Result<Self> {
        let mut signals = signal(SignalKind::interrupt())?;
        let (raise, raised) = watch::channel(false);
        tokio::spawn(async move {
            signals.recv().await;
            say("Stopping. Ctrl-C again ends at once; nothing is lost either way.");
            raise.send_replace(true);
            signals.recv().await;
            process::exit(ExitStatus::Failed.code().into());
        });
        Ok(Self(raised))
    }

    /// Resolves once Ctrl-C was pressed.
    pub async fn raised(&mut self) {
        if self.0.wait_for(|is_raised| *is_raised).await.is_err() {
            std::future::pending().await
        }
    }
}
