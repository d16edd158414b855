//! The results of a measurement, as tables of medians.

use std::fmt;

use serde::Serialize;

use crate::{machine::Machine, table::Table};

#[derive(Debug, Clone, Serialize)]
pub struct Report {
    pub machine: Machine,
    /// How many repetitions.
    pub repetitions: usize,
    pub tables: Vec<Table>,
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let each = match self.repetitions {
            1 => "one repetition".to_owned(),
            count => format!("medians of {count} repetitions"),
        };
        writeln!(formatter, "{}; {each}.", self.machine)?;
        self.tables.iter().try_for_each(|table| write!(formatter, "\n{table}"))
    }
}
