//! The signals that stop a long-running program.

use std::{fs, io};

use tokio::signal::unix::{Signal, SignalKind, signal};

/// Ctrl-C, a supervisor's SIGTERM, or the end of the terminal (SIGHUP).
pub struct Stop {
    interrupt: Signal,
    terminate: Signal,
    /// Absent under `nohup`, which ignores SIGHUP: listening for it would undo that.
    hangup: Option<Signal>,
}

impl Stop {
    /// From now on these signals do not end the program at once.
    ///
    /// # Errors
    /// If the system can't report signals.
    pub fn listen() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: (!is_hangup_ignored()).then(|| signal(SignalKind::hangup())).transpose()?,
        })
    }

    /// Resolves when the program should stop.
    pub async fn asked(&mut self) {
        let hangup = async {
            match &mut self.hangup {
                Some(hangup) => hangup.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            _ = hangup => {}
        }
    }

    /// Resolves when Ctrl-C is pressed.
    pub async fn insisted(&mut self) {
        self.interrupt.recv().await;
    }
}

/// Linux reports which signals a process ignores (proc(5), `SigIgn`); elsewhere none counts as ignored.
fn is_hangup_ignored() -> bool {
    fs::read_to_string("/proc/self/status").is_ok_and(|status| ignores(&status, SignalKind::hangup()))
}

fn ignores(status: &str, signal: SignalKind) -> bool {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask >> (signal.as_raw_value() - 1) & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ignored_signal_is_a_bit_of_the_mask() {
        let status = "SigBlk:\t0000000000000000\nSigIgn:\t0000000000001001\nSigCgt:\t00000001\n";
        assert!(ignores(status, SignalKind::hangup()));
        assert!(ignores(status, SignalKind::pipe()));
        assert!(!ignores(status, SignalKind::terminate()));
        assert!(!ignores("", SignalKind::hangup()));
    }
}
