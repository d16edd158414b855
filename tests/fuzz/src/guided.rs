//! One target, guided by coverage: `make fuzz TARGET=text`. LLVM's libFuzzer keeps inputs that reach new code.

#![no_main]

use std::sync::LazyLock;

use fuzz::{Mutant, Seed, TARGETS, Target, mutants, seeds};
use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};
use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};

static TARGET: LazyLock<&'static Target> = LazyLock::new(|| {
    let name = std::env::var("FUZZ_TARGET").unwrap_or_default();
    TARGETS.into_iter().find(|target| target.name == name).unwrap_or_else(|| {
        let names = TARGETS.map(|target| target.name).join(", ");
        panic!("FUZZ_TARGET is {name:?} and not one of {names}")
    })
});
static SEEDS: LazyLock<Vec<Seed>> = LazyLock::new(|| seeds(TARGET.name));

fuzz_target!(|input: &[u8]| {
    (TARGET.check)(input);
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    if seed % 2 == 0 {
        return fuzzer_mutate(data, size, max_size);
    }
    let mut bytes = [0; 32];
    bytes[..4].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let mutant = mutants(*TARGET, SEEDS.clone()).new_tree(&mut runner).map(|tree| tree.current());
    let Ok(Mutant { edits, .. }) = mutant else { return size };
    let input = Seed { name: String::new(), input: data[..size].to_vec() };
    let edited = Mutant { seed: input, edits }.input();
    let length = edited.len().min(max_size);
    data[..length].copy_from_slice(&edited[..length]);
    length
});
