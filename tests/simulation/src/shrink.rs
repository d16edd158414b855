//! Shrinks a failing plan to a smaller one that still fails.

use crate::{
    plan::{Fault, Plan},
    run::run,
};

/// How many seeds are tried to make a smaller plan fail: with fewer actions, the same seed decides differently.
const SEEDS_PER_PLAN: u64 = 300;

/// Removes faults, operators, clients and tasks, one by one, as long as some promise is still broken.
pub fn shrink(plan: &Plan) -> Plan {
    let mut smallest = plan.clone();
    while let Some(smaller) = smaller_plans(&smallest).into_iter().find_map(failing) {
        smallest = smaller;
    }
    smallest
}

fn failing(plan: Plan) -> Option<Plan> {
    let mut plans =
        (0..SEEDS_PER_PLAN).map(|offset| Plan { seed: plan.seed.wrapping_add(offset), ..plan.clone() });
    plans.find(|plan| !run(plan).violations.is_empty())
}

fn smaller_plans(plan: &Plan) -> Vec<Plan> {
    let mut plans = Vec::new();
    if plan.operators > 0 {
        plans.push(Plan { operators: 0, ..plan.clone() });
    }
    if plan.clients > 1 {
        plans.push(Plan { clients: 1, ..plan.clone() });
    }
    if plan.tasks_per_client > 1 {
        plans.push(Plan { tasks_per_client: plan.tasks_per_client - 1, ..plan.clone() });
    }
    plans.extend(Fault::ALL.into_iter().filter_map(|fault| without(plan, fault)));
    plans
}

fn without(plan: &Plan, fault: Fault) -> Option<Plan> {
    let mut smaller = plan.clone();
    smaller.faults.remove(&fault).then_some(smaller)
}
