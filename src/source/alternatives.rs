//! Alternatives in a sentence: `a`, `a or b`, `a, b, or c`.

/// Joins alternatives, with a serial comma.
#[must_use]
pub fn join_or<T: AsRef<str>>(items: &[T]) -> String {
    match items {
        [] => String::new(),
        [only] => only.as_ref().to_owned(),
        [first, second] => format!("{} or {}", first.as_ref(), second.as_ref()),
        [first @ .., last] => {
            let first: Vec<&str> = first.iter().map(AsRef::as_ref).collect();
            format!("{}, or {}", first.join(", "), last.as_ref())
        }
    }
}

/// Joins words in backticks as alternatives.
#[must_use]
pub fn any_of<T: AsRef<str>>(words: &[T]) -> String {
    let quoted: Vec<String> = words
        .iter()
        .map(|word| format!("`{}`", word.as_ref()))
        .collect();
    join_or(&quoted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alternatives_have_a_serial_comma() {
        assert_eq!(any_of::<&str>(&[]), "");
        assert_eq!(any_of(&["en"]), "`en`");
        assert_eq!(any_of(&["en", "off"]), "`en` or `off`");
        assert_eq!(any_of(&["en", "de", "off"]), "`en`, `de`, or `off`");
    }
}
