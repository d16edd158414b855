//! How the pipeline stands: whether the line moves, what is at its head, what waits for a person.

use std::ops::ControlFlow;

use chrono::TimeDelta;
use shared::{
    Status, TaskRecord, Timestamp,
    ports::{Line, LineStatus, PortError, TaskQueue, TaskRecords},
};

use super::Desk;

/// How many of the newest failures are told.
const NEWEST: usize = 3;

/// Whether the line moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// An operator stopped deliveries.
    Paused,
    /// It stands still at a task until an operator lets it go on.
    Held,
    /// There is nothing in it.
    Idle,
    /// It moves.
    Moving,
}

/// The pipeline at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Whether the line moves.
    pub state: State,
    /// Messages that wait, without the one in flight; approximate on AWS.
    pub waiting: u64,
    /// Messages delivered and not settled.
    pub in_flight: u64,
    /// For how long the head of the line has been in it, in seconds; absent when it is empty or does not tell.
    pub head_age_seconds: Option<u64>,
    /// Tasks completed within the last minute; absent when the line does not tell.
    pub completed_last_minute: Option<u64>,
    /// When the line would be empty at this rate and with nothing new; absent when nobody can know.
    pub seconds_to_drain: Option<u64>,
    /// The task at which it is held.
    pub held: Vec<TaskRecord>,
    /// How many dead letters there are, also those whose redrive is under way.
    pub dead_lettered: usize,
    /// The failures that need a person, newest first.
    pub newest_failures: Vec<TaskRecord>,
}

/// The held task, and what its hold means for the line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// The task.
    pub record: TaskRecord,
    /// Since when it is held.
    pub since: Timestamp,
    /// How many wait behind it.
    pub waiting: u64,
    /// When the queue's retention first deletes a message, which is this one's; absent where messages stay for ever.
    pub lost_at: Option<Timestamp>,
}

impl State {
    /// That of a line with so many tasks held.
    pub fn of(line: &LineStatus, held: usize) -> Self {
        match (line.paused, held) {
            (true, _) => Self::Paused,
            (false, 1..) => Self::Held,
            (false, 0) if line.waiting + line.in_flight == 0 => Self::Idle,
            (false, 0) => Self::Moving,
        }
    }

    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Paused => "paused",
            Self::Held => "held",
            Self::Idle => "idle",
            Self::Moving => "moving",
        }
    }

    /// When a line in this state would be empty at its rate and with nothing new; none when it does not move, or does
    /// not tell its rate.
    pub fn seconds_to_drain(self, line: &LineStatus) -> Option<u64> {
        if self != Self::Moving {
            return None;
        }
        let rate = line.completed_last_minute.filter(|rate| *rate > 0)?;
        Some(((line.waiting + line.in_flight) * 60).div_ceil(rate))
    }
}

impl<R: TaskRecords, Q: TaskQueue, L: Line> Desk<R, Q, L> {
    /// Looks at the line, and once at all records that need a person.
    ///
    /// # Errors
    /// [`PortError`] when the pipeline does not answer.
    pub async fn standing(&self) -> Result<Standing, PortError> {
        let status = self.line.status().await?;
        let (mut held, mut newest, mut dead_lettered) = (Vec::new(), Vec::new(), 0);
        self.each_needing_a_person(|record| {
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
        let state = State::of(&status, held.len());
        Ok(Standing {
            state,
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

    /// The task at which the line is held. There is one at most, unless SQS brought another back meanwhile.
    ///
    /// # Errors
    /// [`PortError`] when the pipeline does not answer.
    pub async fn holds(&self) -> Result<Vec<Hold>, PortError> {
        let held = self.needing_a_person(usize::MAX, |record| record.status == Status::Held).await?;
        if held.is_empty() {
            return Ok(Vec::new());
        }
        let waiting = self.line.status().await?.waiting;
        Ok(held.into_iter().map(|record| self.hold(record, waiting)).collect())
    }

    /// What the hold at `record` means, with so many waiting. It begins with the failure that caused it.
    pub fn hold(&self, record: TaskRecord, waiting: u64) -> Hold {
        let since = record.last_failure().map_or(record.enqueued_at, |failure| failure.at);
        let kept = |seconds| TimeDelta::seconds(i64::from(seconds));
        let lost_at = self.retention_seconds.map(|seconds| record.enqueued_at + kept(seconds));
        Hold { record, since, waiting, lost_at }
    }
}

/// None are negative: clocks of two machines differ.
pub fn seconds_between(from: Timestamp, to: Timestamp) -> u64 {
    u64::try_from((to - from).num_seconds()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(paused: bool, waiting: u64, in_flight: u64) -> LineStatus {
        LineStatus { paused, waiting, in_flight, head_enqueued_at: None, completed_last_minute: Some(20) }
    }

    #[test]
    fn a_line_is_idle_only_when_nothing_waits_nothing_is_in_flight_and_nobody_stopped_it() {
        for (waiting, in_flight, state) in
            [(0, 0, State::Idle), (1, 0, State::Moving), (0, 1, State::Moving), (1, 1, State::Moving)]
        {
            assert_eq!(State::of(&line(false, waiting, in_flight), 0), state, "{waiting} {in_flight}");
            assert_eq!(State::of(&line(false, waiting, in_flight), 1), State::Held);
            assert_eq!(State::of(&line(true, waiting, in_flight), 1), State::Paused);
        }
    }

    #[test]
    fn a_state_is_written_as_it_is_called() {
        let states = [State::Paused, State::Held, State::Idle, State::Moving];
        assert_eq!(states.map(State::as_str), ["paused", "held", "idle", "moving"]);
    }

    #[test]
    fn time_between_two_clocks_is_never_negative() {
        let at = |seconds| Timestamp::UNIX_EPOCH + TimeDelta::seconds(seconds);
        assert_eq!((seconds_between(at(3), at(10)), seconds_between(at(10), at(3))), (7, 0));
    }

    #[test]
    fn only_a_line_that_moves_drains() {
        let line = |paused| line(paused, 9, 1);
        let drains = |paused, held| State::of(&line(paused), held).seconds_to_drain(&line(paused));
        assert_eq!(drains(false, 0), Some(30));
        assert_eq!((drains(false, 1), drains(true, 0)), (None, None));
        assert_eq!(
            State::Moving.seconds_to_drain(&LineStatus { completed_last_minute: Some(0), ..line(false) }),
            None
        );
    }
}
