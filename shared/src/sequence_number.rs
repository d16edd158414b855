//! The sequence number of a message: its position in the line, assigned by the queue.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// The position of a message in its group. SQS: "large, non-consecutive", 128 bits, increasing. It alone defines the order.
/// In JSON it is a decimal string, because JavaScript would round a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SequenceNumber(u128);

/// The text is not a decimal number of up to 128 bits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a sequence number is a decimal number of up to 128 bits")]
pub struct InvalidSequenceNumber;

impl SequenceNumber {
    /// A sequence number of this value.
    pub fn new(value: u128) -> Self {
        Self(value)
    }

    /// The value.
    pub fn get(self) -> u128 {
        self.0
    }

    /// The number zero-padded to the full width, so that texts sort like numbers.
    pub fn to_sortable(self) -> String {
        format!("{:039}", self.0)
    }
}

impl fmt::Display for SequenceNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl FromStr for SequenceNumber {
    type Err = InvalidSequenceNumber;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // u128 also parses a leading plus sign, which SQS never writes.
        if text.starts_with('+') {
            return Err(InvalidSequenceNumber);
        }
        text.parse().map(Self).map_err(|_| InvalidSequenceNumber)
    }
}

impl TryFrom<String> for SequenceNumber {
    type Error = InvalidSequenceNumber;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<SequenceNumber> for String {
    fn from(number: SequenceNumber) -> Self {
        number.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twenty_digits_and_more_survive_json() {
        for text in ["18849496460467696128", "340282366920938463463374607431768211455"] {
            let number: SequenceNumber = text.parse().unwrap();
            let json = serde_json::to_string(&number).unwrap();
            assert_eq!(json, format!("\"{text}\""));
            assert_eq!(serde_json::from_str::<SequenceNumber>(&json).unwrap(), number);
            assert_eq!(number.get().to_string(), text);
        }
    }

    #[test]
    fn sortable_text_sorts_as_the_numbers_do() {
        let (nine, ten) = (SequenceNumber::new(9), SequenceNumber::new(10));
        assert!(nine < ten && nine.to_sortable() < ten.to_sortable());
        assert_eq!(SequenceNumber::new(u128::MAX).to_sortable().len(), nine.to_sortable().len());
    }

    #[test]
    fn anything_but_plain_digits_is_refused() {
        for text in ["", "-1", "+1", "1.0", "1e3", " 1", "340282366920938463463374607431768211456"] {
            assert_eq!(text.parse::<SequenceNumber>(), Err(InvalidSequenceNumber), "{text:?}");
        }
    }
}
