//! The scheduler: a random actor of those that can act is next; if none can, time advances.

use std::task::{Context, Poll, Waker};

use chrono::TimeDelta;
use shared::Timestamp;

use crate::{actor::Actor, plan::Fault, world::SharedWorld};

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// No actor has anything left to do.
    Quiet,
    /// Some actor always has something to do.
    NeverQuiet,
}

/// Lets all actors act until they are done, in at most `steps_max` steps.
pub fn drive(world: &SharedWorld, mut actors: Vec<Actor>, steps_max: u64) -> End {
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..steps_max {
        let Some(index) = next(world, &actors) else {
            return End::Quiet;
        };
        world.lock().wake = None;
        let poll = actors[index].future.as_mut().poll(&mut context);
        match poll {
            Poll::Ready(()) => drop(actors.swap_remove(index)),
            Poll::Pending => actors[index].continues_at = next_time(world),
        }
        let mut world = world.lock();
        let spent = world.chance.time(0, 20);
        world.now += spent;
        actors.append(&mut world.spawned);
    }
    End::NeverQuiet
}

/// Advances time when no actor can act yet.
fn next(world: &SharedWorld, actors: &[Actor]) -> Option<usize> {
    let first = actors.iter().map(|actor| actor.continues_at).min()?;
    let mut world = world.lock();
    world.now = world.now.max(first);
    let now = world.now;
    let able: Vec<_> = (0..actors.len()).filter(|index| actors[*index].continues_at <= now).collect();
    world.chance.one_of(&able).copied()
}

fn next_time(world: &SharedWorld) -> Timestamp {
    let mut world = world.lock();
    let wished = world.wake.take().unwrap_or(Timestamp::MAX_UTC);
    if world.strikes(Fault::Stall, 150) {
        let stall = world.chance.time(1_000, 240_000);
        return wished.max(world.now + stall);
    }
    wished
}

/// Lets other actors act.
pub async fn pause(world: &SharedWorld) {
    let mut has_paused = false;
    std::future::poll_fn(|_| {
        if std::mem::replace(&mut has_paused, true) {
            return Poll::Ready(());
        }
        let mut world = world.lock();
        let now = world.now;
        wish(&mut world.wake, now);
        Poll::Pending
    })
    .await;
}

/// Waits until `at`, on the world's clock.
pub async fn sleep_until(world: &SharedWorld, at: Timestamp) {
    std::future::poll_fn(|_| {
        let mut world = world.lock();
        if world.now >= at {
            return Poll::Ready(());
        }
        wish(&mut world.wake, at);
        Poll::Pending
    })
    .await;
}

/// Waits for a random time.
pub async fn rest(world: &SharedWorld, from_millis: u64, to_millis: u64) {
    let at = {
        let mut world = world.lock();
        let rest: TimeDelta = world.chance.time(from_millis, to_millis);
        world.now + rest
    };
    sleep_until(world, at).await;
}

/// Of several requested times of one actor the earliest counts.
fn wish(wake: &mut Option<Timestamp>, at: Timestamp) {
    *wake = Some(wake.map_or(at, |earlier| earlier.min(at)));
}

/// Does `work`, unless its process ends between two of its steps.
pub async fn unless_it_crashes<T: Send>(
    world: &SharedWorld,
    work: impl Future<Output = T> + Send,
) -> Option<T> {
    let mut work = Box::pin(work);
    std::future::poll_fn(|context| {
        if world.lock().strikes(Fault::Crash, 80) {
            return Poll::Ready(None);
        }
        work.as_mut().poll(context).map(Some)
    })
    .await
}
