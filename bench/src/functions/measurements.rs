//! The results of all functions.

use super::{
    figures::{Figure, Figures},
    implementation::{Function, Implementation},
    subject::Subject,
};
use crate::table::median;

/// The results of each function in every repetition.
#[derive(Debug, Clone)]
pub struct Measurements(Vec<(Function, Implementation, Vec<Figures>)>);

impl Measurements {
    pub fn empty() -> Self {
        Self(Vec::new())
    }

    /// Adds a function's results, one for each repetition.
    pub fn add(&mut self, subject: &Subject, figures: Vec<Figures>) {
        self.0.push((subject.function, subject.implementation, figures));
    }

    pub fn all(&self) -> impl Iterator<Item = (Function, Implementation)> {
        self.0.iter().map(|(function, implementation, _)| (*function, *implementation))
    }

    /// The median of one value of a function.
    pub fn median(&self, function: Function, implementation: Implementation, figure: Figure) -> Option<f64> {
        median(self.of(function, implementation)?.iter().filter_map(|figures| figures.get(figure)).collect())
    }

    /// The ratio of a value to that of another implementation: the median of the ratios in each repetition.
    pub fn ratio(
        &self,
        function: Function,
        implementation: Implementation,
        of: Implementation,
        figure: Figure,
    ) -> Option<f64> {
        let pairs = self.of(function, implementation)?.iter().zip(self.of(function, of)?);
        median(pairs.filter_map(|(these, those)| Some(these.get(figure)? / those.get(figure)?)).collect())
    }

    fn of(&self, function: Function, implementation: Implementation) -> Option<&[Figures]> {
        let found = self.0.iter().find(|(of, by, _)| (*of, *by) == (function, implementation));
        found.map(|(_, _, figures)| &figures[..])
    }
}
