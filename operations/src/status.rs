//! The state of the pipeline: whether the line moves, its head, and the tasks that need attention.

use std::ops::ControlFlow;

use chrono::TimeDelta;
use serde::Serialize;
use shared::{
    Status, TaskRecord, TaskType, Timestamp,
    ports::{DeliverySwitch, LineStatus, PortError, TaskQueue, TaskRecords},
};

use crate::Operations;

/// How many of the newest failures are reported.
const NEWEST: usize = 3;

/// Whether the line moves, and if not, why. If several states apply, the first one in this order, as it must end first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LineState {
    /// No process runs the pipeline.
    Stopped,
    /// An operator stopped deliveries.
    Paused,
    /// The line waits at a task until an operator releases it.
    Held,
    /// The line is empty.
    Idle,
    /// The last attempt of the task at the head failed; another one is running or will follow.
    Retrying,
    /// Tasks are delivered.
    Moving,
    /// The line is not empty, and it is not known whether it moves.
    Unknown,
}

/// The pipeline at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PipelineStatus {
    pub state: LineState,
    /// Whether a process runs the pipeline; absent if that is not known.
    pub running: Option<bool>,
    pub paused: bool,
    /// Messages that wait, not including those in flight; approximate on AWS.
    pub waiting: u64,
    /// Messages that are delivered and not yet deleted.
    pub in_flight: u64,
    /// The task at the head of the line: the one that is held, running, or next. Absent if the line is empty or does not report it.
    pub head: Option<TaskRecord>,
    /// When the head is retried, if it waits for that and the line reports it.
    pub next_attempt_at: Option<Timestamp>,
    /// The outage of the handler's service, if the line waits for that.
    pub handler_unavailable: Option<HandlerOutage>,
    /// How long the head has been in the line, in seconds; absent if the line is empty or does not report it.
    pub head_age_seconds: Option<u64>,
    /// Tasks completed within the last 60 seconds; absent if the line does not report it.
    pub completed_last_minute: Option<u64>,
    /// How long until the line is empty at this rate and without new tasks; absent if that is not known.
    pub seconds_to_drain: Option<u64>,
    /// The tasks that hold the line.
    pub held: Vec<TaskRecord>,
    /// How many dead letters there are, including those whose redrive is under way.
    pub dead_lettered: usize,
    /// The newest failures of tasks that need attention, newest first.
    pub newest_failures: Vec<TaskRecord>,
}

/// An outage of the handler's service, as the task at the head finds it. It spends no attempts until it is too long.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HandlerOutage {
    pub since: Timestamp,
    /// The type of the task at the head, whose handler is unavailable. Other types may have other handlers.
    pub task_type: Option<TaskType>,
    /// The code of the last failure.
    pub code: String,
    /// Absent while a try is running, or if the line does not report it.
    pub next_try_at: Option<Timestamp>,
}

/// A held task, and what its hold means for the line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    pub record: TaskRecord,
    pub since: Timestamp,
    /// How many tasks wait behind it.
    pub waiting: u64,
    /// When the queue's retention deletes its message, which is the oldest; absent if there is no retention.
    pub lost_at: Option<Timestamp>,
}

impl LineState {
    /// All states, in the order in which they take precedence.
    pub const ALL: [Self; 7] =
        [Self::Stopped, Self::Paused, Self::Held, Self::Idle, Self::Retrying, Self::Moving, Self::Unknown];

    /// The state of a line with so many held tasks and this task at its head.
    pub fn of(line: &LineStatus, held: usize, head: Option<&TaskRecord>) -> Self {
        match (line.running, head) {
            (Some(false), _) => Self::Stopped,
            _ if line.paused => Self::Paused,
            _ if held > 0 => Self::Held,
            _ if line.waiting + line.in_flight == 0 => Self::Idle,
            (_, Some(head)) if head.is_tried_again() => Self::Retrying,
            (Some(true), _) => Self::Moving,
            (None, _) => Self::Unknown,
        }
    }

    /// The name in JSON and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stopped => "stopped",
            Self::Paused => "paused",
            Self::Held => "held",
            Self::Idle => "idle",
            Self::Retrying => "retrying",
            Self::Moving => "moving",
            Self::Unknown => "unknown",
        }
    }

    /// How long until a line in this state is empty at its rate and without new tasks; none if it does not move, or does not report
    /// its rate.
    pub fn seconds_to_drain(self, line: &LineStatus) -> Option<u64> {
        if self != Self::Moving {
            return None;
        }
        let rate = line.completed_last_minute.filter(|rate| *rate > 0)?;
        Some(((line.waiting + line.in_flight) * 60).div_ceil(rate))
    }

    /// When the task at the head of a line in this state is retried, if it waits for that and the line reports it. A line that is
    /// stopped, paused or held retries nothing.
    pub fn next_attempt_at(self, line: &LineStatus) -> Option<Timestamp> {
        let head = line.head.as_ref().filter(|_| self == Self::Retrying)?;
        let waits = head.record.as_ref().is_some_and(|record| record.status == Status::Retrying);
        head.next_delivery_at.filter(|_| waits)
    }

    /// The outage of the handler's service that a line in this state waits for.
    pub fn handler_unavailable(self, line: &LineStatus) -> Option<HandlerOutage> {
        let head = line.head.as_ref().filter(|_| self == Self::Retrying)?.record.as_ref()?;
        Some(HandlerOutage {
            since: head.handler_unavailable_since()?,
            task_type: head.task().map(|task| task.task_type().clone()),
            code: head.last_failure()?.code.clone(),
            next_try_at: self.next_attempt_at(line),
        })
    }
}

/// The task at the head: the held task, or the one that the line reports.
pub fn head_of<'a>(line: &'a LineStatus, held: Option<&'a TaskRecord>) -> Option<&'a TaskRecord> {
    held.or_else(|| line.head.as_ref()?.record.as_deref())
}

impl<R: TaskRecords, Q: TaskQueue, L: DeliverySwitch> Operations<R, Q, L> {
    /// Reads the state of the line and all records that need attention.
    ///
    /// # Errors
    /// [`PortError`] if the pipeline does not answer.
    pub async fn status(&self) -> Result<PipelineStatus, PortError> {
        let status = self.line.status().await?;
        let (mut held, mut newest, mut dead_lettered) = (Vec::new(), Vec::new(), 0);
        self.each_needing_attention(|record| {
            match record.status {
                Status::Held => held.push(record.clone()),
                _ => dead_lettered += 1,
            }
            newest.push(record);
            newest.sort_by_key(|record| std::cmp::Reverse(record.last_failure().map(|failure| failure.at)));
            newest.truncate(NEWEST);
            ControlFlow::Continue(())
        })
        .await?;
        let now = self.clock.now();
        let head = head_of(&status, held.first()).cloned();
        let state = LineState::of(&status, held.len(), head.as_ref());
        Ok(PipelineStatus {
            state,
            running: status.running,
            paused: status.paused,
            head,
            next_attempt_at: state.next_attempt_at(&status),
            handler_unavailable: state.handler_unavailable(&status),
            waiting: status.waiting,
            in_flight: status.in_flight,
            head_age_seconds: status.head_enqueued_at.map(|at| seconds_between(at, now)),
            completed_last_minute: status.completed_last_minute,
            seconds_to_drain: state.seconds_to_drain(&status),
            held,
            dead_lettered,
            newest_failures: newest,
        })
    }

    /// The held tasks. There is at most one, unless SQS redelivered another meanwhile.
    ///
    /// # Errors
    /// [`PortError`] if the pipeline does not answer.
    pub async fn holds(&self) -> Result<Vec<Hold>, PortError> {
        let held = self.needing_attention(usize::MAX, |record| record.status == Status::Held).await?;
        if held.is_empty() {
            return Ok(Vec::new());
        }
        let waiting = self.line.status().await?.waiting;
        Ok(held.into_iter().map(|record| self.hold(record, waiting)).collect())
    }

    /// The hold at `record`, with so many tasks waiting. It begins with the failure that caused it.
    pub fn hold(&self, record: TaskRecord, waiting: u64) -> Hold {
        let since = record.needs_attention_since();
        let kept = |seconds| TimeDelta::seconds(i64::from(seconds));
        let lost_at = self.retention_seconds.map(|seconds| record.enqueued_at + kept(seconds));
        Hold { record, since, waiting, lost_at }
    }
}

/// The seconds between two times; 0 if the clocks of two machines make them negative.
pub fn seconds_between(from: Timestamp, to: Timestamp) -> u64 {
    u64::try_from((to - from).num_seconds()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use shared::{Failure, FailureClass, ports::Head};

    use super::*;
    use crate::fixture::{at, edited, record};

    fn line(paused: bool, waiting: u64, in_flight: u64) -> LineStatus {
        let (running, completed_last_minute) = (Some(true), Some(20));
        LineStatus { running, paused, waiting, in_flight, completed_last_minute, ..LineStatus::default() }
    }

    /// The task at the head: its attempt, and the one that failed last.
    fn head(status: Status, attempt: u32, failed: Option<u32>) -> TaskRecord {
        let failure = |attempt| Failure {
            class: FailureClass::Transient,
            code: "http_503".to_owned(),
            message: "busy".to_owned(),
            attempt,
            generation: 0,
            at: at(1),
            replaced: 0,
            duration_ms: None,
            request_id: String::new(),
            xray_trace_id: None,
            code_version: String::new(),
            handler_version: None,
            answer: None,
        };
        edited(record(status, 1), |record| {
            record.attempt = attempt;
            record.failures = failed.map(failure).into_iter().collect();
        })
    }

    #[test]
    fn a_line_is_idle_only_if_it_is_empty_and_neither_stopped_nor_paused_nor_held() {
        for (waiting, in_flight, state) in [
            (0, 0, LineState::Idle),
            (1, 0, LineState::Moving),
            (0, 1, LineState::Moving),
            (1, 1, LineState::Moving),
        ] {
            assert_eq!(
                LineState::of(&line(false, waiting, in_flight), 0, None),
                state,
                "{waiting} {in_flight}"
            );
            assert_eq!(LineState::of(&line(false, waiting, in_flight), 1, None), LineState::Held);
            assert_eq!(LineState::of(&line(true, waiting, in_flight), 1, None), LineState::Paused);
            let stopped = LineStatus { running: Some(false), ..line(true, waiting, in_flight) };
            assert_eq!(LineState::of(&stopped, 1, None), LineState::Stopped);
        }
    }

    #[test]
    fn a_line_moves_only_if_that_is_known() {
        let unknown = LineStatus { running: None, ..line(false, 1, 0) };
        assert_eq!(LineState::of(&unknown, 0, None), LineState::Unknown);
        assert_eq!(LineState::of(&LineStatus { waiting: 0, ..unknown }, 0, None), LineState::Idle);
    }

    #[test]
    fn a_line_retries_while_the_last_attempt_at_its_head_failed() {
        let state = |head: TaskRecord| LineState::of(&line(false, 1, 0), 0, Some(&head));
        assert_eq!(state(head(Status::Retrying, 3, Some(3))), LineState::Retrying);
        assert_eq!(
            state(head(Status::Processing, 4, Some(3))),
            LineState::Retrying,
            "the next one is under way"
        );
        for moves in [
            head(Status::Accepted, 0, None),
            head(Status::Processing, 1, None),
            head(Status::Completed, 4, Some(3)),
            edited(head(Status::Processing, 4, Some(3)), |record| record.generation = 1),
        ] {
            assert_eq!(state(moves.clone()), LineState::Moving, "{moves:?}");
        }
    }

    #[test]
    fn only_a_waiting_task_in_a_retrying_line_has_a_next_attempt() {
        let line = |status| LineStatus {
            head: Some(Head {
                task_id: record(status, 1).task_id,
                record: Some(Box::new(head(status, 2, Some(2)))),
                next_delivery_at: Some(at(9)),
            }),
            ..line(false, 1, 0)
        };
        assert_eq!(LineState::Retrying.next_attempt_at(&line(Status::Retrying)), Some(at(9)));
        assert_eq!(LineState::Retrying.next_attempt_at(&line(Status::Processing)), None);
        for state in LineState::ALL.into_iter().filter(|state| *state != LineState::Retrying) {
            assert_eq!(state.next_attempt_at(&line(Status::Retrying)), None, "{state:?}");
        }
    }

    #[test]
    fn only_a_retrying_line_waits_for_an_unavailable_handler() {
        let with = |head: TaskRecord| LineStatus {
            head: Some(Head {
                task_id: head.task_id,
                record: Some(Box::new(head)),
                next_delivery_at: Some(at(9)),
            }),
            ..line(false, 1, 0)
        };
        let line = |status, attempt| {
            with(edited(head(status, attempt, Some(2)), |record| record.unavailable_since = Some(at(1))))
        };
        let outage = |next_try_at| HandlerOutage {
            since: at(1),
            task_type: Some(TaskType::default()),
            code: "http_503".to_owned(),
            next_try_at,
        };
        let waiting = LineState::Retrying.handler_unavailable(&line(Status::Retrying, 2));
        assert_eq!(waiting, Some(outage(Some(at(9)))));
        let running = LineState::Retrying.handler_unavailable(&line(Status::Processing, 3));
        assert_eq!(running, Some(outage(None)));
        for state in LineState::ALL.into_iter().filter(|state| *state != LineState::Retrying) {
            assert_eq!(state.handler_unavailable(&line(Status::Retrying, 2)), None, "{state:?}");
        }
        let otherwise = with(head(Status::Retrying, 2, Some(2)));
        assert_eq!(LineState::Retrying.handler_unavailable(&otherwise), None, "another failure");
    }

    #[test]
    fn a_state_has_the_same_name_in_json() {
        for state in LineState::ALL {
            assert_eq!(serde_json::to_value(state).unwrap(), state.as_str());
        }
    }

    #[test]
    fn the_time_between_two_clocks_is_never_negative() {
        assert_eq!((seconds_between(at(3), at(10)), seconds_between(at(10), at(3))), (7, 0));
    }

    #[test]
    fn only_a_line_that_moves_drains() {
        let line = |paused| line(paused, 9, 1);
        let drains = |paused, held| LineState::of(&line(paused), held, None).seconds_to_drain(&line(paused));
        assert_eq!(drains(false, 0), Some(30));
        assert_eq!((drains(false, 1), drains(true, 0)), (None, None));
        assert_eq!(
            LineState::Moving.seconds_to_drain(&LineStatus { completed_last_minute: Some(0), ..line(false) }),
            None
        );
    }
}
