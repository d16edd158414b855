//! The programs that the handlers of a pipeline start.

use command::{CommandHandler, ServerHandler};
use tokio::task::JoinSet;

/// The handlers that start programs.
#[derive(Default)]
pub struct Programs(Vec<Program>);

enum Program {
    Command(CommandHandler),
    Server(ServerHandler),
}

impl Programs {
    pub fn add_command(&mut self, handler: CommandHandler) {
        self.0.push(Program::Command(handler));
    }

    pub fn add_server(&mut self, handler: ServerHandler) {
        self.0.push(Program::Server(handler));
    }

    /// Starts what runs for longer than one task.
    pub async fn start(&self) {
        for program in &self.0 {
            match program {
                Program::Command(_) => {}
                Program::Server(handler) => handler.start().await,
            }
        }
    }

    /// Ends all of them at the same time: a handler that waits for its turn must not wait for one that isn't asked to end.
    pub async fn stop(self) {
        let mut stopping = JoinSet::new();
        for program in self.0 {
            match program {
                Program::Command(handler) => stopping.spawn(async move { handler.stop().await }),
                Program::Server(handler) => stopping.spawn(async move { handler.stop().await }),
            };
        }
        stopping.join_all().await;
    }
}
