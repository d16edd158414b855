//! The model: the first state, and the state after each action.

use shared::{Status, lifecycle::line::Line};
use stateright::{Model, Property};

use crate::{
    action::{Action, possible},
    command::{Operator, Performed},
    environment::{Ghost, Group, LineWorld, Source, TASKS_MAX, TaskMessage},
    interned::LineItem,
    operator, processor, rest,
    rules::{self, Change, Outcome},
    settings::{PROCESSORS, Settings},
    situation::{Names, Reached},
    work::Step,
    world::World,
};

/// Explores a world.
#[derive(Clone)]
pub struct Protocol {
    pub settings: Settings,
    /// The calls before which a crash was explored.
    pub crashed: Names,
    /// The situations that were reached.
    pub reached: Reached,
}

impl Protocol {
    pub fn new(settings: Settings) -> Self {
        Self { settings, crashed: Names::default(), reached: Reached::default() }
    }
}

impl Model for Protocol {
    type State = World;
    type Action = Action;

    fn init_states(&self) -> Vec<World> {
        let line = LineWorld {
            records: [None; TASKS_MAX],
            accepted: 0,
            messages: Group::default(),
            front: Group::default(),
            dead_letters: Vec::new(),
            item: LineItem::of(Line::default()),
            parked: Vec::new(),
            next_sequence: 1,
            next_enqueued: 0,
            seen: Default::default(),
            ghost: Ghost::default(),
        };
        vec![World {
            lines: vec![line; usize::from(self.settings.lines)],
            processors: vec![None; PROCESSORS],
            operator: Operator::default(),
            budget: self.settings.budget,
            broken: None,
        }]
    }

    fn actions(&self, world: &World, actions: &mut Vec<Action>) {
        if world.broken.is_some() {
            return;
        }
        possible(&self.settings, world, actions);
    }

    fn next_state(&self, world: &World, action: Action) -> Option<World> {
        let mut next = world.clone();
        self.act(&mut next, action);
        next.processors.sort_unstable();
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("no promise is broken", |model: &Protocol, world: &World| {
                model.reached.note(world);
                world.broken.is_none()
            }),
            Property::always("every line comes to rest", |model: &Protocol, world| {
                rest::is_reached(&model.settings, world)
            }),
        ]
    }
}

impl Protocol {
    fn act(&self, world: &mut World, action: Action) {
        match action {
            Action::Accept(line) => self.accept(&mut world.lines[usize::from(line)]),
            Action::WriteRecord(line, task) => {
                let message = TaskMessage { task, generation: 0, enqueued: 0, sequence: 0 };
                world.lines[usize::from(line)].records[usize::from(task)] = Some(rules::accept(message));
            }
            Action::EnqueueAgain(line, task) => {
                world.budget.faults -= 1;
                let line = &mut world.lines[usize::from(line)];
                line.next_enqueued += 1;
                let enqueued = line.next_enqueued;
                let message = TaskMessage { task, generation: 0, enqueued, sequence: 0 };
                line.enqueue(message, rules::dedupe_id(message), true);
            }
            Action::Receive(index, number, source) => {
                let work = processor::receive(world, &self.settings, number, source);
                world.processors[index] = Some(work);
            }
            Action::Step(index) => processor::step(world, &self.settings, index, false),
            Action::StepMissingDuplicate(index) => {
                world.budget.faults -= 1;
                processor::step(world, &self.settings, index, true);
            }
            Action::End(index, outcome) => {
                world.budget.failures -= u8::from(outcome != Outcome::Success);
                if let Some(work) = &mut world.processors[index] {
                    work.step = Step::End(outcome);
                }
            }
            Action::Crash(index) => {
                world.budget.faults -= 1;
                if let Some(work) = world.processors[index].take() {
                    self.crashed.add(work.step.name());
                }
            }
            Action::Suspend(index) => {
                world.budget.faults -= 1;
                if let Some(work) = &mut world.processors[index] {
                    work.is_suspended = true;
                }
            }
            Action::BecomeVisible(number, source) => world.become_visible(number, source),
            Action::Operate(line, command) => {
                world.budget.commands -= 1;
                world.operator.performs = Some(Performed::new(line, command));
            }
            Action::OperatorStep => operator::step(world),
            Action::OperatorCrash => {
                world.budget.faults -= 1;
                if let Some(performed) = world.operator.performs.take() {
                    self.crashed.add(performed.call.name());
                }
                world.operator.must_reconcile = true;
            }
            Action::Cancel(line, task) => {
                world.budget.commands -= 1;
                let line = &mut world.lines[usize::from(line)];
                let cancelled = line.record(task).and_then(|record| rules::change(record, Change::Cancel));
                line.records[usize::from(task)] = cancelled;
            }
            Action::NativeRedrive(line) => {
                world.budget.commands -= 1;
                native_redrive(&mut world.lines[usize::from(line)]);
            }
            Action::Expire(line, source) => {
                world.budget.faults -= 1;
                world.operator.must_reconcile = true;
                let line = &mut world.lines[usize::from(line)];
                match source {
                    Source::Line => {
                        let task = line.messages.messages[0].task;
                        line.ghost.excused.add(task);
                        line.ghost.expired.add(task);
                        line.messages.delete_head();
                    }
                    Source::Front => line.front.delete_head(),
                }
            }
        }
    }

    fn accept(&self, line: &mut LineWorld) {
        let task = line.accepted;
        line.accepted += 1;
        let message = TaskMessage { task, generation: 0, enqueued: 0, sequence: 0 };
        line.enqueue(message, rules::dedupe_id(message), false);
        if !self.settings.has_late_records {
            line.records[usize::from(task)] = Some(rules::accept(message));
        }
    }
}

/// The moved message keeps its body and gets a new sequence number, at the end of its group.
fn native_redrive(line: &mut LineWorld) {
    let moved = line.dead_letters.remove(0);
    let sequence = line.next_sequence;
    line.next_sequence += 1;
    line.messages.messages.push(TaskMessage { sequence, ..moved });
    let is_dead =
        line.record(moved.task).is_some_and(|record| rules::facts(record).status == Status::DeadLettered);
    if is_dead && !line.ghost.blocking.has(moved.task) {
        line.ghost.excused.add(moved.task);
    }
}
