//! What can happen in a state.

use std::fmt::Write as _;

use crate::{
    command::{self, Command},
    environment::{LineWorld, Source, TaskNumber},
    rules::{self, Change, Outcome},
    settings::Settings,
    work::{Step, Work},
    world::World,
};

/// What happens next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// The API accepts the next task of a line.
    Accept(u8),
    /// The API's own write of a task's record.
    WriteRecord(u8, TaskNumber),
    /// A request is enqueued again, after the deduplication interval.
    EnqueueAgain(u8, TaskNumber),
    /// A processor receives the head of a group.
    Receive(usize, u8, Source),
    /// A processor makes its next call.
    Step(usize),
    /// The same, and the queue doesn't recognise a deduplication id.
    StepMissingDuplicate(usize),
    /// A handler ends.
    End(usize, Outcome),
    Crash(usize),
    /// A processor stops for longer than its lease and its visibility timeout.
    Suspend(usize),
    /// The head of a group becomes visible again.
    BecomeVisible(u8, Source),
    Operate(u8, Command),
    OperatorStep,
    OperatorCrash,
    /// The submitter cancels a task.
    Cancel(u8, TaskNumber),
    /// SQS moves the oldest dead letter back to its line.
    NativeRedrive(u8),
    /// Retention deletes the head of a group.
    Expire(u8, Source),
}

impl Action {
    /// The action in words, in this state.
    pub fn describe(self, world: &World) -> String {
        let step = |index: usize| {
            let Some(Some(work)) = world.processors.get(index) else { return String::new() };
            let mut text = format!("processor: {}", work.step.name());
            // Writing to a string doesn't fail.
            let _ = match work.message {
                Some(message) => write!(text, ", task {} of generation {}", message.task, message.generation),
                None => Ok(()),
            };
            let _ = match work.turn {
                Some(turn) => write!(text, ", in turn {turn}"),
                None => Ok(()),
            };
            text
        };
        match self {
            Self::Step(index) => step(index),
            Self::StepMissingDuplicate(index) => format!("{}, whose duplicate the queue misses", step(index)),
            Self::End(index, outcome) => format!("{}: {outcome:?}", step(index)),
            Self::Crash(index) => format!("{}: it crashes before that", step(index)),
            Self::Suspend(index) => format!("{}: it is suspended before that", step(index)),
            Self::OperatorStep => {
                world.operator.performs.map_or("", |performed| performed.call.name()).to_owned()
            }
            other => format!("{other:?}"),
        }
    }
}

/// Everything that can happen.
pub fn possible(settings: &Settings, world: &World, actions: &mut Vec<Action>) {
    for (number, line) in (0..).zip(&world.lines) {
        of_the_line(settings, world, number, line, actions);
    }
    for (index, work) in world.processors.iter().enumerate() {
        if let Some(work) = work {
            of_the_processor(world, index, work, actions);
        }
    }
    if world.operator.performs.is_some() {
        actions.push(Action::OperatorStep);
        if world.budget.faults > 0 {
            actions.push(Action::OperatorCrash);
        }
    }
}

fn of_the_line(settings: &Settings, world: &World, number: u8, line: &LineWorld, actions: &mut Vec<Action>) {
    let budget = world.budget;
    if line.accepted < settings.tasks {
        actions.push(Action::Accept(number));
    }
    let recorded = line.accepted + 1;
    for task in (0..recorded.min(settings.tasks)).filter(|_| settings.has_late_records) {
        if line.record(task).is_none() {
            actions.push(Action::WriteRecord(number, task));
        }
    }
    for (source, is_empty, in_flight) in [
        (Source::Line, line.messages.messages.is_empty(), line.messages.in_flight),
        (Source::Front, line.front.messages.is_empty(), line.front.in_flight),
    ] {
        if is_empty {
            continue;
        }
        let holds = |work: &Work| work.line == number && work.holds && work.is_from(source);
        let is_held = world.processors.iter().flatten().any(holds);
        if in_flight && (!is_held || budget.faults > 0) {
            actions.push(Action::BecomeVisible(number, source));
        }
        if !in_flight {
            if let Some(idle) = world.processors.iter().position(Option::is_none) {
                actions.push(Action::Receive(idle, number, source));
            }
            if budget.faults > 0 {
                actions.push(Action::Expire(number, source));
            }
        }
    }
    for task in 0..line.accepted {
        if budget.faults > 0 && line.record(task).is_none_or(rules::is_enqueued_again) {
            actions.push(Action::EnqueueAgain(number, task));
        }
        let is_cancelled = line.record(task).and_then(|record| rules::change(record, Change::Cancel));
        if budget.commands > 0 && is_cancelled.is_some() && is_cancelled != line.record(task) {
            actions.push(Action::Cancel(number, task));
        }
    }
    if budget.commands > 0 && !line.dead_letters.is_empty() {
        actions.push(Action::NativeRedrive(number));
    }
    if budget.commands > 0 && world.operator.performs.is_none() {
        let of_tasks = (0..line.accepted)
            .flat_map(|task| [Command::Skip(task), Command::Discard(task), Command::Redrive(task)]);
        let commands = [Command::Pause, Command::Resume].into_iter().filter(|_| settings.has_lines);
        let sensible = commands.chain(of_tasks).filter(|command| command::is_sensible(line, *command));
        actions.extend(sensible.map(|command| Action::Operate(number, command)));
    }
}

fn of_the_processor(world: &World, index: usize, work: &Work, actions: &mut Vec<Action>) {
    let budget = world.budget;
    if work.step == Step::Run {
        actions.push(Action::End(index, Outcome::Success));
        if budget.failures > 0 {
            actions.push(Action::End(index, Outcome::Transient));
            actions.push(Action::End(index, Outcome::Permanent));
        }
    } else {
        actions.push(Action::Step(index));
    }
    if budget.faults == 0 {
        return;
    }
    actions.push(Action::Crash(index));
    if matches!(work.step, Step::SendFront | Step::SendDeadLetter) {
        actions.push(Action::StepMissingDuplicate(index));
    }
    if !work.is_suspended && work.run.is_some() && work.has_claim_in(&world.lines[usize::from(work.line)]) {
        actions.push(Action::Suspend(index));
    }
}
