//! The event source mapping, and the processors that it starts, each a separate process.

use std::sync::Arc;

use chrono::TimeDelta;
use processor::{Handling, Invocation, Processor, ProcessorSettings, sqs_event};
use shared::Delivery;

use crate::{
    actor::Actor,
    clock::SimulatedClock,
    executor::{rest, unless_it_crashes},
    handler::SimulatedHandler,
    plan::{Fault, HandledBy},
    queue::{SimulatedQueue, Which},
    records::SimulatedRecords,
    world::SharedWorld,
};

/// Delivers until no actor has anything left to do.
pub async fn deliver(world: SharedWorld) {
    let mut invocations = 0;
    while !world.lock().is_over {
        rest(&world, 50, 2_000).await;
        let deliveries = {
            let mut world = world.lock();
            if world.is_paused { Vec::new() } else { world.receive_from_line() }
        };
        for delivery in deliveries {
            if world.lock().strikes(Fault::InvokeThrottle, 20) {
                continue;
            }
            invocations += 1;
            let run = run(world.clone(), format!("run-{invocations}"), delivery);
            world.lock().spawned.push(Actor::new(run));
        }
    }
}

/// One invocation. The mapping deletes its message if the invocation acknowledges it.
async fn run(world: SharedWorld, name: String, delivery: Delivery) {
    let receipt = delivery.receipt.clone();
    let processor = processor(&world);
    let invocation = Invocation { request_id: name, xray_trace_id: None };
    let batch = processor.process_batch(sqs_event([delivery]), &invocation);
    let answer = unless_it_crashes(&world, batch).await;
    let is_done = answer.and_then(Result::ok).is_some_and(|response| response.batch_item_failures.is_empty());
    if is_done {
        let mut world = world.lock();
        let now = world.now;
        if !world.strikes(Fault::LostDelete, 20) {
            world.line.delete(&receipt, now);
        }
    }
}

fn processor(world: &SharedWorld) -> Processor<SimulatedRecords, SimulatedQueue> {
    let queue = |which| SimulatedQueue { world: world.clone(), which };
    Processor::new(
        SimulatedRecords(world.clone()),
        queue(Which::Line),
        queue(Which::DeadLetters),
        handling(world),
        Arc::new(SimulatedClock::of_a_process(world)),
        settings(world),
    )
}

fn handling(world: &SharedWorld) -> Handling {
    let is_by_record = {
        let mut world = world.lock();
        match world.plan.handled_by {
            HandledBy::Handler => false,
            HandledBy::Record => true,
            HandledBy::Either => world.chance.once_in(2),
        }
    };
    if is_by_record { Handling::Record } else { SimulatedHandler(world.clone()).into() }
}

fn settings(world: &SharedWorld) -> ProcessorSettings {
    let plan = &world.lock().plan;
    ProcessorSettings {
        failure_policy: plan.policy,
        attempt_budget: plan.attempt_budget,
        unavailable_max: plan.unavailable_max,
        handler_timeout: TimeDelta::seconds(if plan.has_long_runs { 200 } else { 20 }),
        task_types: shared::TaskTypes::default(),
        backoff: shared::lifecycle::Backoff { base_seconds: 1, max_seconds: 60 },
        code_version: "simulated".to_owned(),
    }
}
