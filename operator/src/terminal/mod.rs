//! Input and output of the program: data on stdout, messages on stderr, and an exit code.

mod confirm;
mod in_words;
mod interrupt;
mod log;
mod exit_status;
mod progress;
mod say;
mod shell_word;
mod stop;

pub use confirm::{Consent, ConsentArguments, confirm};
pub use exit_status::ExitStatus;
pub use in_words::in_words;
pub use interrupt::Interrupt;
pub use log::log_to_stderr;
pub use progress::progress;
pub use say::{Format, clear, is_read_after, print_data, print_json, print_json_line, say, unless_unread};
pub use shell_word::{program_word, shell_path, shell_word};
pub use stop::Stop;
