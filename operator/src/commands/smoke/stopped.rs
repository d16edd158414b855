//! Why no task can be completed now, whatever the pipeline's code is like.

use operations::{LineState, PipelineStatus};

/// None if the line may move.
pub fn why_stopped(status: &PipelineStatus) -> Option<String> {
    match status.state {
        LineState::Stopped => Some(
            "no `taskline local` runs on this data; start it with `taskline local --data DIR`".to_owned(),
        ),
        LineState::Paused => Some("the line is paused; resume it with `taskline line resume`".to_owned()),
        LineState::Held => {
            let at = status.held.first().map_or_else(String::new, |record| format!(" at {}", record.task_id));
            Some(format!("the line is held{at}; `taskline held show` shows why"))
        }
        LineState::Idle | LineState::Retrying | LineState::Moving | LineState::Unknown => None,
    }
}
