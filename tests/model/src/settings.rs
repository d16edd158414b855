//! What is explored: how large the world is, and which protocol and policy it has.

use crate::world::Budget;

/// A world to explore.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Its name.
    pub name: &'static str,
    /// The number of lines.
    pub lines: u8,
    /// The number of tasks of each line.
    pub tasks: u8,
    /// Whether processors read the state of lines. False: the protocol without blocks.
    pub has_lines: bool,
    /// The failure policy `block`; else `continue`.
    pub blocks: bool,
    /// Whether the API's write of a record can come before or after its message, or never.
    pub has_late_records: bool,
    /// What may go wrong or be asked for.
    pub budget: Budget,
}

/// How many processors there are.
pub const PROCESSORS: usize = 2;

const fn world(name: &'static str, lines: u8, tasks: u8, budget: (u8, u8, u8)) -> Settings {
    let (faults, commands, failures) = budget;
    let budget = Budget { faults, commands, failures };
    Settings { name, lines, tasks, has_lines: true, blocks: true, has_late_records: false, budget }
}

impl Settings {
    /// Those that `make test` explores.
    pub const OF_TESTS: [Self; 5] = [
        Self {
            has_lines: false,
            blocks: false,
            has_late_records: true,
            ..world("no-blocks", 1, 3, (1, 1, 1))
        },
        Self { blocks: false, ..world("continue", 1, 2, (1, 2, 1)) },
        world("block", 1, 2, (1, 2, 1)),
        world("followers", 1, 3, (1, 1, 1)),
        world("two-lines", 2, 1, (1, 1, 1)),
    ];

    /// Those that take longer.
    pub const LARGE: [Self; 8] = [
        Self {
            has_lines: false,
            blocks: false,
            has_late_records: true,
            ..world("no-blocks-large", 1, 2, (2, 1, 2))
        },
        Self { blocks: false, ..world("continue-large", 1, 3, (1, 2, 1)) },
        world("faults", 1, 2, (2, 1, 1)),
        world("failures", 1, 2, (1, 2, 2)),
        world("commands", 1, 2, (0, 3, 2)),
        world("followers-large", 1, 3, (0, 2, 2)),
        world("four-tasks", 1, 4, (1, 1, 1)),
        world("two-lines-large", 2, 3, (0, 1, 1)),
    ];
}
