//! The bounds: a JSON file with a number for each cost.

use std::{collections::BTreeMap, fs, path::Path};

use anyhow::{Context, Result};

use super::cost::Cost;
use crate::table::grouped;

/// The highest allowed value of each cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bounds(BTreeMap<String, u64>);

impl Bounds {
    pub fn read(file: &Path) -> Result<Self> {
        let text = fs::read(file).with_context(|| format!("failed to read {}", file.display()))?;
        let bounds = serde_json::from_slice(&text);
        Ok(Self(bounds.with_context(|| format!("{} holds no bounds", file.display()))?))
    }

    /// The bounds that these costs just meet.
    pub fn around(costs: &[Cost]) -> Self {
        let bound = |cost: &Cost| cost.figure + cost.figure * cost.slack_percent / 100;
        Self(costs.iter().map(|cost| (cost.name.clone(), bound(cost))).collect())
    }

    pub fn write(&self, file: &Path) -> Result<()> {
        let text = serde_json::to_string_pretty(&self.0)? + "\n";
        fs::write(file, text).with_context(|| format!("failed to write {}", file.display()))
    }

    /// Costs above their bound, costs without a bound, and bounds without a cost.
    pub fn violations(&self, costs: &[Cost]) -> Vec<String> {
        let beyond = costs.iter().filter_map(|cost| match self.0.get(&cost.name) {
            Some(bound) if cost.figure <= *bound => None,
            Some(bound) => Some(format!("{}: {}, at most {}", cost.name, count(cost.figure), count(*bound))),
            None => Some(format!("{}: {}, without a bound", cost.name, count(cost.figure))),
        });
        let unmeasured = self.0.keys().filter(|name| costs.iter().all(|cost| cost.name != **name));
        beyond.chain(unmeasured.map(|name| format!("{name}: bounded and not measured"))).collect()
    }
}

/// Formats a cost.
pub fn count(figure: u64) -> String {
    grouped(figure as f64, 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cost(name: &str, figure: u64) -> Cost {
        Cost { name: name.to_owned(), figure, slack_percent: 10 }
    }

    #[test]
    fn a_cost_above_its_bound_is_reported_by_name() {
        let bounds = Bounds::around(&[cost("a", 1_000), cost("b", 5)]);
        assert_eq!(bounds.violations(&[cost("a", 1_100), cost("b", 5)]), [""; 0]);
        assert_eq!(
            bounds.violations(&[cost("a", 1_101), cost("c", 1)]),
            ["a: 1,101, at most 1,100", "c: 1, without a bound", "b: bounded and not measured"]
        );
    }

    #[test]
    fn bounds_can_be_written_and_read_again() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let bounds = Bounds::around(&[cost("a", 1_000)]);
        bounds.write(file.path()).unwrap();
        assert_eq!(Bounds::read(file.path()).unwrap(), bounds);
        fs::write(file.path(), "[]").unwrap();
        assert!(Bounds::read(file.path()).unwrap_err().to_string().contains("holds no bounds"));
    }
}
