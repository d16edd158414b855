//! Handles the tasks on its standard input, one a line.

use std::io::{self, Write};

use payments::{Failure, Task, handle};
use serde_json::{Value, json};

fn main() -> io::Result<()> {
    for line in io::stdin().lines() {
        let task: Task = serde_json::from_str(&line?)?;
        let mut answers = io::stdout().lock();
        writeln!(answers, "{}", answer(&task))?;
        answers.flush()?;
    }
    Ok(())
}

fn answer(task: &Task) -> Value {
    let mut answer = match handle(task) {
        Ok(payment) => json!({"outcome": "completed", "result": payment}),
        Err(Failure::Refused(message)) => {
            json!({"outcome": "permanent", "code": "refused", "message": message})
        }
        Err(Failure::Unavailable(message)) => {
            json!({"outcome": "unavailable", "code": "bank_unavailable", "message": message})
        }
        Err(Failure::Failed(message)) => {
            json!({"outcome": "transient", "code": "failed", "message": message})
        }
    };
    answer["task_id"] = json!(task.task_id);
    answer["attempt"] = json!(task.attempt);
    answer
}
