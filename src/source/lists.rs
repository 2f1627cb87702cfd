//! Lists in a sentence: `a`, `a or b`, `a, b, and c`.

/// Joins alternatives, with a serial comma.
#[must_use]
pub(crate) fn join_or<T: AsRef<str>>(items: &[T]) -> String {
    join(items, "or")
}

/// Joins things that are meant together, with a serial comma.
#[must_use]
pub(crate) fn join_and<T: AsRef<str>>(items: &[T]) -> String {
    join(items, "and")
}

fn join<T: AsRef<str>>(items: &[T], conjunction: &str) -> String {
    let items: Vec<&str> = items.iter().map(AsRef::as_ref).collect();
    match items.as_slice() {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [first, second] => format!("{first} {conjunction} {second}"),
        [first @ .., last] => format!("{}, {conjunction} {last}", first.join(", ")),
    }
}

/// Joins words in backticks as alternatives.
#[must_use]
pub(crate) fn any_of<T: AsRef<str>>(words: &[T]) -> String {
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
    fn lists_have_a_serial_comma() {
        assert_eq!(join_and(&["one", "two", "three"]), "one, two, and three");
        assert_eq!(any_of::<&str>(&[]), "");
        assert_eq!(any_of(&["en"]), "`en`");
        assert_eq!(any_of(&["en", "off"]), "`en` or `off`");
        assert_eq!(any_of(&["en", "de", "off"]), "`en`, `de`, or `off`");
    }
}
