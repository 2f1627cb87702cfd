//! Finds the entry of a list that a person names.

/// The numbers, counted from 1, of the entries that a person means by a number or by a part of one
/// of their texts.
///
/// Case doesn't matter, and an entry with exactly this text wins.
#[must_use]
pub(crate) fn entries_named(named: &str, entries: &[Vec<&str>]) -> Vec<usize> {
    if let Ok(number) = named.trim().parse::<usize>() {
        return (1..=entries.len())
            .filter(|entry| *entry == number)
            .collect();
    }
    let named = named.trim().to_lowercase();
    let exact = numbers(entries, |text| text.trim() == named);
    if exact.len() == 1 {
        return exact;
    }
    numbers(entries, |text| text.contains(&named))
}

/// The numbers of the entries with a text that fits in lower case.
fn numbers(entries: &[Vec<&str>], fits: impl Fn(&str) -> bool) -> Vec<usize> {
    let is_match = |texts: &Vec<&str>| texts.iter().any(|text| fits(&text.to_lowercase()));
    (1..)
        .zip(entries)
        .filter(|(_, texts)| is_match(texts))
        .map(|(number, _)| number)
        .collect()
}
