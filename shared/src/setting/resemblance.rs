//! Whether the name of an unknown variable is a misspelt setting.
//!
//! A false positive would keep a program from starting because of another program's variable, so only close names count: the
//! same letters in another case or with other separators, one typing error, two typing errors in different or long words, a
//! missing or another unit of time, and the prefix `TASKLINE_`.

/// A prefix that the settings don't have, and that users may expect.
const PREFIX: &str = "TASKLINE";
const UNIT: &str = "SECONDS";
const OTHER_UNITS: [&str; 9] = ["", "S", "SEC", "SECS", "MS", "MILLIS", "MILLISECONDS", "MIN", "MINUTES"];
/// A word of this length is recognisable after two typing errors.
const LONG_WORD: usize = 7;

/// A variable's name, prepared for comparison.
pub(super) struct WrittenName {
    letters: String,
    words: Vec<String>,
}

impl WrittenName {
    pub(super) fn new(name: &str) -> Self {
        let name = name.to_ascii_uppercase();
        let words = name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        let mut words: Vec<String> = words.map(str::to_owned).collect();
        if words.len() > 1 && words[0] == PREFIX {
            words.remove(0);
        }
        Self { letters: words.concat(), words }
    }

    /// Whether only case, separators or the prefix differ.
    pub(super) fn spells(&self, ours: &str) -> bool {
        self.letters.bytes().eq(letters_of(ours))
    }

    /// The number of typing errors between the name and a setting's name, if they are so few that the setting is meant.
    pub(super) fn slips_from(&self, ours: &str) -> Option<usize> {
        if self.spells(ours) {
            return Some(0);
        }
        if self.has_another_unit(ours) {
            return Some(1);
        }
        // A cheap test that excludes most names: each function compares its whole environment at every start.
        if !self.could_be(ours) {
            return None;
        }
        let other = Self::new(ours);
        match distance(&self.letters, &other.letters) {
            1 => Some(1),
            2 if self.words.len() == other.words.len() => {
                let mut words = self.words.iter().zip(&other.words);
                let is_near = |(written, ours): (&String, &String)| {
                    distance(written, ours) <= if ours.len() >= LONG_WORD { 2 } else { 1 }
                };
                words.all(is_near).then_some(2)
            }
            _ => None,
        }
    }

    fn has_another_unit(&self, ours: &str) -> bool {
        let Some(stem) = ours.strip_suffix(UNIT) else {
            return false;
        };
        let mut rest = self.letters.bytes();
        letters_of(stem).all(|letter| rest.next() == Some(letter))
            && OTHER_UNITS.iter().any(|unit| rest.clone().eq(unit.bytes()))
    }

    /// Whether two typing errors can turn the letters of one name into those of the other, in any order. Each error changes the
    /// counts of at most two letters.
    fn could_be(&self, ours: &str) -> bool {
        let mut counts = [0_i32; 256];
        let mut differ = |letter: u8, by: i32| counts[usize::from(letter)] += by;
        self.letters.bytes().for_each(|letter| differ(letter, 1));
        letters_of(ours).for_each(|letter| differ(letter, -1));
        counts.iter().map(|count| count.abs()).sum::<i32>() <= 4
    }
}

/// The letters of a setting's name, which is in capitals.
fn letters_of(ours: &str) -> impl Iterator<Item = u8> {
    ours.bytes().filter(|letter| *letter != b'_')
}

/// The optimal string alignment distance: the number of letters omitted, added, changed, or swapped with the next.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let changed = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = changed.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(before_last[j - 2] + 1);
            }
            row.push(least);
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typing_error_is_a_letter_omitted_added_changed_or_swapped() {
        for (a, b, slips) in [
            ("", "", 0),
            ("", "AB", 2),
            ("URL", "URL", 0),
            ("UL", "URL", 1),
            ("URLS", "URL", 1),
            ("URI", "URL", 1),
            ("ULR", "URL", 1),
            ("LRU", "URL", 2),
        ] {
            assert_eq!((distance(a, b), distance(b, a)), (slips, slips), "{a} {b}");
        }
    }

    #[test]
    fn a_name_with_another_word_is_no_misspelling() {
        for (written, ours) in [
            ("WEBHOOK_TTL", "WEBHOOK_URL"),
            ("WEBHOOK_UID", "WEBHOOK_URL"),
            ("WEBHOOK_SECURE", "WEBHOOK_SECRET"),
            ("RETRY_MIN_SECONDS", "RETRY_MAX_SECONDS"),
        ] {
            assert_eq!(WrittenName::new(written).slips_from(ours), None, "{written}");
        }
    }
}
