//! The rules of a payload, implemented independently: on a tree that serde_json makes after each number is replaced.

use std::{collections::HashSet, fmt};

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

/// Whether a JSON text keeps them.
pub fn keeps_the_rules(payload: &str) -> bool {
    payload.len() <= 128 * 1024
        && depth(payload) <= 64
        && serde_json::from_str::<Tree>(&without_numbers(payload)).is_ok()
}

/// Calls `visit` with each character and whether it is part of a text.
fn each_character(json: &str, mut visit: impl FnMut(char, bool)) {
    let (mut in_text, mut escaped) = (false, false);
    for character in json.chars() {
        visit(character, in_text || character == '"');
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => in_text = !in_text,
            _ => {}
        }
    }
}

fn depth(json: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    each_character(json, |character, in_text| match character {
        '[' | '{' if !in_text => {
            depth += 1;
            deepest = deepest.max(depth);
        }
        ']' | '}' if !in_text => depth -= 1,
        _ => {}
    });
    deepest
}

/// Many numbers have no value in serde_json.
fn without_numbers(json: &str) -> String {
    let mut replaced = String::new();
    let mut in_number = false;
    each_character(json, |character, in_text| {
        let begins = !in_text && (character.is_ascii_digit() || character == '-');
        let goes_on = in_number && (character.is_ascii_digit() || "+-.eE".contains(character));
        match (begins, goes_on) {
            (_, true) => {}
            (true, false) => replaced.push('0'),
            (false, false) => replaced.push(character),
        }
        in_number = begins || goes_on;
    });
    replaced
}

/// All but NUL and the 66 noncharacters.
pub fn is_allowed(character: char) -> bool {
    let code_point = u32::from(character);
    code_point != 0 && !(0xFDD0..=0xFDEF).contains(&code_point) && code_point % 0x1_0000 < 0xFFFE
}

/// A value without repeated names and noncharacters; serde_json refuses lone surrogates.
struct Tree;

fn text<E: serde::de::Error>(text: &str) -> Result<Tree, E> {
    match text.chars().all(|character| character == '\0' || is_allowed(character)) {
        true => Ok(Tree),
        false => Err(E::custom("a noncharacter")),
    }
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AnyValue;

        impl<'de> Visitor<'de> for AnyValue {
            type Value = Tree;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("any value")
            }

            fn visit_unit<E>(self) -> Result<Tree, E> {
                Ok(Tree)
            }

            fn visit_bool<E>(self, _: bool) -> Result<Tree, E> {
                Ok(Tree)
            }

            fn visit_u64<E>(self, _: u64) -> Result<Tree, E> {
                Ok(Tree)
            }

            fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Tree, E> {
                text(value)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Tree, A::Error> {
                while items.next_element::<Tree>()?.is_some() {}
                Ok(Tree)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Tree, A::Error> {
                let mut names = HashSet::new();
                while let Some((name, _)) = members.next_entry::<String, Tree>()? {
                    text::<A::Error>(&name)?;
                    if !names.insert(name) {
                        return Err(serde::de::Error::custom("a repeated name"));
                    }
                }
                Ok(Tree)
            }
        }

        deserializer.deserialize_any(AnyValue)
    }
}
