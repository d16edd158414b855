//! A kept input with a few edits. When one fails, proptest removes edits until each that is left is needed.

use proptest::prelude::*;

use crate::{Edit, Seed, Target, edit::span};

/// The most edits of one input: enough to build something from nothing.
const EDITS_MAX: usize = 16;

#[derive(Debug, Clone)]
pub struct Mutant {
    pub seed: Seed,
    pub edits: Vec<Edit>,
}

impl Mutant {
    /// Its bytes.
    pub fn input(&self) -> Vec<u8> {
        let mut input = self.seed.input.clone();
        self.edits.iter().for_each(|edit| edit.apply(&mut input));
        input
    }
}

/// Mutants of these seeds. They insert the target's words, and pieces of other seeds.
pub fn mutants(target: &'static Target, seeds: Vec<Seed>) -> impl Strategy<Value = Mutant> {
    let words = prop::sample::select(target.words).prop_map(|word| word.as_bytes().to_vec());
    let parts = (prop::sample::select(seeds.clone()), span()).prop_map(|(seed, span)| {
        let range = span.within(&seed.input);
        seed.input[range].to_vec()
    });
    let pieces = prop_oneof![4 => words, 1 => parts].boxed();
    let edits = prop_oneof![
        3 => prop::collection::vec(Edit::value(pieces.clone()), 1..4),
        2 => prop::collection::vec(Edit::any(pieces.clone()), 1..4),
        1 => prop::collection::vec(Edit::any(pieces), 4..EDITS_MAX),
    ];
    (prop::sample::select(seeds), edits).prop_map(|(seed, edits)| Mutant { seed, edits })
}
