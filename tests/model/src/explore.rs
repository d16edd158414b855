//! Explores a world breadth first, so that the path to a broken promise is the shortest one.

use std::{collections::BTreeSet, fmt::Write as _};

use stateright::{Checker, HasDiscoveries, Model, Path};

use crate::{action::Action, model::Protocol, rest::broken_at_rest, settings::Settings, world::World};

/// What was found.
#[derive(Debug)]
pub struct Explored {
    /// The number of different states.
    pub states: usize,
    /// The number of steps between them.
    pub steps: usize,
    /// The longest of the shortest paths.
    pub depth: usize,
    /// The situations that no path reached.
    pub missed: BTreeSet<&'static str>,
    /// The calls before which their actor crashed.
    pub crashed: BTreeSet<&'static str>,
    /// The promise that is broken, with the shortest path to it.
    pub broken: Option<String>,
}

/// Explores all of it, or up to the first broken promise.
pub fn explore(settings: &Settings, threads: usize) -> Explored {
    let model = Protocol::new(settings.clone());
    let (crashed, reached) = (model.crashed.clone(), model.reached.clone());
    let finish = HasDiscoveries::AnyFailures;
    let checker = model.checker().threads(threads).finish_when(finish).spawn_bfs().join();
    let broken = checker.discoveries().into_values().next().map(|path| described(settings, path));
    Explored {
        states: checker.unique_state_count(),
        steps: checker.state_count(),
        depth: checker.max_depth(),
        missed: reached.missed(),
        crashed: crashed.names(),
        broken,
    }
}

fn described(settings: &Settings, path: Path<World, Action>) -> String {
    let last = path.last_state();
    let broken = last.broken.or_else(|| broken_at_rest(settings, last)).unwrap_or("unknown");
    let mut text = format!("{}: {broken}", settings.name);
    for (state, action) in path.into_vec() {
        if let Some(action) = action {
            // Writing to a string doesn't fail.
            let _ = write!(text, "\n    {}", action.describe(&state));
        }
    }
    text
}
