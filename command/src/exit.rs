//! What the end of a program says about its task.

use std::{os::unix::process::ExitStatusExt, process::ExitStatus};

use processor::HandlerFailure;
use rustix::process::Signal;

/// `EX_UNAVAILABLE` and `EX_TEMPFAIL` of sysexits(3).
const UNAVAILABLE: i32 = 69;
const TEMPORARY_FAILURE: i32 = 75;

const SIGNALS: [(Signal, &str); 15] = [
    (Signal::HUP, "SIGHUP"),
    (Signal::INT, "SIGINT"),
    (Signal::QUIT, "SIGQUIT"),
    (Signal::ILL, "SIGILL"),
    (Signal::TRAP, "SIGTRAP"),
    (Signal::ABORT, "SIGABRT"),
    (Signal::BUS, "SIGBUS"),
    (Signal::FPE, "SIGFPE"),
    (Signal::KILL, "SIGKILL"),
    (Signal::SEGV, "SIGSEGV"),
    (Signal::PIPE, "SIGPIPE"),
    (Signal::ALARM, "SIGALRM"),
    (Signal::TERM, "SIGTERM"),
    (Signal::XCPU, "SIGXCPU"),
    (Signal::SYS, "SIGSYS"),
];

/// The failure that an exit reports; none for exit code 0.
pub(crate) fn failure(status: ExitStatus) -> Option<HandlerFailure> {
    let Some(exit) = status.code() else {
        return Some(killed(status.signal().unwrap_or_default()));
    };
    let (code, message) = (format!("exit_{exit}"), format!("the program ended with exit code {exit}"));
    match exit {
        0 => None,
        UNAVAILABLE => Some(HandlerFailure::Unavailable { code, message, retry_after: None }),
        TEMPORARY_FAILURE => Some(HandlerFailure::Transient { code, message, retry_after: None }),
        _ => Some(HandlerFailure::Permanent { code, message }),
    }
}

/// The crash of a program that a signal ended.
fn killed(signal: i32) -> HandlerFailure {
    let named = SIGNALS.iter().find(|(named, _)| named.as_raw() == signal);
    let name = named.map_or_else(|| format!("signal_{signal}"), |(_, name)| (*name).to_owned());
    HandlerFailure::Crashed {
        code: format!("killed_by_{name}"),
        message: format!("the program was killed by {}", name.replace('_', " ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A wait status: the exit code is its second byte, the signal its first.
    fn exited(code: i32) -> Option<HandlerFailure> {
        failure(ExitStatus::from_raw(code << 8))
    }

    #[test]
    fn an_exit_code_decides() {
        assert_eq!(exited(0), None);
        assert!(matches!(exited(75), Some(HandlerFailure::Transient { code, .. }) if code == "exit_75"));
        assert!(matches!(exited(69), Some(HandlerFailure::Unavailable { code, .. }) if code == "exit_69"));
        for code in [1, 2, 68, 70, 74, 76, 126, 127, 255] {
            let Some(HandlerFailure::Permanent { code: name, message }) = exited(code) else {
                unreachable!("{code} is permanent")
            };
            assert_eq!(
                (name, message),
                (format!("exit_{code}"), format!("the program ended with exit code {code}"))
            );
        }
    }

    #[test]
    fn a_signal_is_a_crash() {
        for (signal, code) in
            [(9, "killed_by_SIGKILL"), (11, "killed_by_SIGSEGV"), (60, "killed_by_signal_60")]
        {
            let Some(HandlerFailure::Crashed { code: name, .. }) = failure(ExitStatus::from_raw(signal))
            else {
                unreachable!("{signal} is a crash")
            };
            assert_eq!(name, code);
        }
    }
}
