//! A count with its noun.

/// A count with its noun: `1 task`, `2 tasks`, `12,000 tasks`.
pub fn counted(count: impl TryInto<u64>, noun: &str) -> String {
    let count = count.try_into().unwrap_or(u64::MAX);
    let digits = count.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let plural = if count == 1 { "" } else { "s" };
    format!("{grouped} {noun}{plural}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_has_a_singular_or_plural_noun_and_thousands_separators() {
        assert_eq!(counted(0_u32, "task"), "0 tasks");
        assert_eq!(counted(1_u64, "older dead letter"), "1 older dead letter");
        assert_eq!(counted(999_usize, "record"), "999 records");
        assert_eq!(counted(1_234_567_u64, "record"), "1,234,567 records");
    }
}
