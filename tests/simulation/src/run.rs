//! One run, from its plan to its observations.

use std::panic;

use crate::{
    actor::Actor,
    actors::{calm, client, deliver, operate},
    executor::{End, drive},
    handler::PLANNED_PANIC,
    observations::Seen,
    plan::Plan,
    world::SharedWorld,
};

/// Far more than any finite run needs.
const STEPS_MAX: u64 = 400_000;

/// Runs a plan.
pub fn run(plan: &Plan) -> Seen {
    let world = SharedWorld::new(plan.clone());
    let mut actors = vec![Actor::new(deliver(world.clone())), Actor::new(calm(world.clone()))];
    for number in 0..plan.clients {
        actors.push(Actor::new(client(world.clone(), format!("client-{number}"))));
    }
    for number in 0..plan.operators {
        actors.push(Actor::new(operate(world.clone(), format!("operator-{number}"))));
    }
    let end = drive(&world, actors, STEPS_MAX);
    let mut world = world.lock();
    if end == End::NeverQuiet {
        let now = world.now;
        world.seen.violated("liveness", format!("not finished after {STEPS_MAX} steps"), now);
    }
    world.ends();
    std::mem::take(&mut world.seen)
}

/// Handlers panic by plan; their messages are not printed. All others are.
pub fn keep_panics_quiet() {
    let print = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        if panic.payload_as_str() != Some(PLANNED_PANIC) {
            print(panic);
        }
    }));
}
