//! One change to an input. Edits of words and quotes get past a parser's first checks far more often than flipped bits.

use std::ops::Range;

use proptest::{prelude::*, sample::Index};

use crate::node;

/// Inputs grow to this size only, a little more than the largest that is accepted anywhere.
const BYTES_MAX: usize = 200 * 1024;

/// A piece of an input.
#[derive(Debug, Clone)]
pub enum Span {
    /// So many bytes from anywhere.
    Bytes(Index, usize),
    /// The letters, digits and joining characters around a position.
    Word(Index),
    /// From a quote to the next.
    Quoted(Index),
    /// From a comma to the end of the element after it.
    Item(Index),
}

#[derive(Debug, Clone)]
pub enum Edit {
    Insert(Index, Vec<u8>),
    Replace(Span, Vec<u8>),
    Remove(Span),
    Repeat(Span, usize),
    FlipBit(Index, u8),
    /// Of a value in JSON; an insert if there is none.
    Value(Index, Option<Vec<u8>>),
}

impl Span {
    /// Its range in `input`; between characters if that is text.
    pub(crate) fn within(&self, input: &[u8]) -> Range<usize> {
        let range = match self {
            Self::Bytes(at, length) => {
                let start = at.index(input.len() + 1);
                start..input.len().min(start + length)
            }
            Self::Word(at) => word(input, at.index(input.len() + 1)),
            Self::Item(at) => item(input, at.index(input.len() + 1)),
            Self::Quoted(at) => quoted(input, at.index(input.len() + 1)),
        };
        floor(input, range.start)..floor(input, range.end)
    }
}

impl Edit {
    /// Makes the change.
    pub(crate) fn apply(&self, input: &mut Vec<u8>) {
        match self {
            Self::Insert(at, piece) => {
                let at = floor(input, at.index(input.len() + 1));
                input.splice(at..at, piece.iter().copied());
            }
            Self::Replace(span, piece) => {
                input.splice(span.within(input), piece.iter().copied());
            }
            Self::Remove(span) => {
                input.drain(span.within(input));
            }
            Self::Repeat(span, times) => {
                let range = span.within(input);
                let piece = input[range.clone()].repeat(*times);
                input.splice(range.end..range.end, piece);
            }
            Self::Value(at, piece) => {
                if !node::change(input, *at, piece.as_deref()) {
                    Self::Insert(*at, piece.clone().unwrap_or_default()).apply(input);
                }
            }
            Self::FlipBit(at, bit) => {
                if !input.is_empty() {
                    let at = at.index(input.len());
                    input[at] ^= 1 << bit;
                }
            }
        }
        input.truncate(BYTES_MAX);
    }

    /// Any edit; it inserts a piece of `pieces`.
    pub(crate) fn any(pieces: BoxedStrategy<Vec<u8>>) -> impl Strategy<Value = Self> {
        let times = prop_oneof![8 => 1_usize..4, 1 => 4_usize..300];
        prop_oneof![
            4 => (any::<Index>(), pieces.clone()).prop_map(|(at, piece)| Self::Insert(at, piece)),
            4 => (span(), pieces).prop_map(|(span, piece)| Self::Replace(span, piece)),
            2 => span().prop_map(Self::Remove),
            1 => (span(), times).prop_map(|(span, times)| Self::Repeat(span, times)),
            1 => (any::<Index>(), 0_u8..8).prop_map(|(at, bit)| Self::FlipBit(at, bit)),
        ]
    }
}

impl Edit {
    /// An edit after which JSON is still JSON.
    pub(crate) fn value(pieces: BoxedStrategy<Vec<u8>>) -> impl Strategy<Value = Self> {
        (any::<Index>(), prop::option::weighted(0.8, pieces)).prop_map(|(at, piece)| Self::Value(at, piece))
    }
}

/// Any span.
pub(crate) fn span() -> impl Strategy<Value = Span> {
    prop_oneof![
        (any::<Index>(), 0_usize..40).prop_map(|(at, length)| Span::Bytes(at, length)),
        any::<Index>().prop_map(Span::Word),
        any::<Index>().prop_map(Span::Quoted),
        any::<Index>().prop_map(Span::Item),
    ]
}

fn floor(input: &[u8], at: usize) -> usize {
    std::str::from_utf8(input).map_or(at, |text| text.floor_char_boundary(at))
}

fn word(input: &[u8], at: usize) -> Range<usize> {
    let joins = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-.+:".contains(byte);
    let before = input[..at].iter().rev().take_while(|byte| joins(byte)).count();
    let after = input[at..].iter().take_while(|byte| joins(byte)).count();
    at - before..at + after
}

fn quoted(input: &[u8], at: usize) -> Range<usize> {
    let is_quote = |byte: &u8| *byte == b'"';
    let Some(start) = input[..at].iter().rposition(is_quote) else { return at..at };
    let length = input[start + 1..].iter().position(is_quote).map_or(1, |length| length + 2);
    start..start + length
}

fn item(input: &[u8], at: usize) -> Range<usize> {
    let Some(start) = input[..at].iter().rposition(|byte| *byte == b',') else { return at..at };
    let ends = |byte: &u8| b",}]".contains(byte);
    let length = input[start + 1..].iter().position(ends).unwrap_or_default();
    start..start + 1 + length
}
