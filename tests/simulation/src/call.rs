//! A call to a service: other actors act before it and after it, and it can fail in every way in which calls fail.

use shared::ports::PortError;

use crate::{
    executor::pause,
    plan::Fault,
    world::{SharedWorld, World},
};

/// The service is down or unreachable.
#[derive(Debug, thiserror::Error)]
#[error("simulated")]
struct Unreachable;

enum Fate {
    Answered,
    AnswerLost,
    RequestLost,
    Throttled,
}

/// Calls `what`, which has this effect.
pub async fn call<T: Send>(
    world: &SharedWorld,
    what: &'static str,
    effect: impl FnOnce(&mut World) -> T + Send,
) -> Result<T, PortError> {
    let steps_before = world.lock().chance.between(1, 3);
    for _ in 0..steps_before {
        pause(world).await;
    }
    let fate = fate(&mut world.lock());
    let answer = match fate {
        Fate::Answered => Ok(effect(&mut world.lock())),
        Fate::AnswerLost => {
            effect(&mut world.lock());
            Err(PortError::unavailable(what, Unreachable))
        }
        Fate::RequestLost => Err(PortError::unavailable(what, Unreachable)),
        Fate::Throttled => Err(PortError::Throttled { what }),
    };
    pause(world).await;
    answer
}

fn fate(world: &mut World) -> Fate {
    if world.strikes(Fault::LostAnswer, 40) {
        Fate::AnswerLost
    } else if world.strikes(Fault::LostRequest, 40) {
        Fate::RequestLost
    } else if world.strikes(Fault::Throttle, 40) {
        Fate::Throttled
    } else {
        Fate::Answered
    }
}
