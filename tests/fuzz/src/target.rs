//! A target of the inputs.

/// A function of the product that takes bytes from outside.
pub struct Target {
    /// Also the name of its corpus.
    pub name: &'static str,
    /// The words from which its inputs are made, besides its corpus.
    pub words: &'static [&'static str],
    /// All possible outcomes of an input.
    pub outcomes: &'static [&'static str],
    /// How many mutants the tests try.
    pub cases: u32,
    /// Panics if a property does not hold for these bytes; returns their outcome.
    pub check: fn(&[u8]) -> &'static str,
}
