//! Quotes words for messages, and for commands that a person may copy into a shell.

use std::fmt::Display;

/// Names in backticks, separated by commas.
pub(crate) fn quoted_list(names: impl IntoIterator<Item: Display>) -> String {
    let names = names.into_iter().map(|name| format!("`{name}`"));
    names.collect::<Vec<_>>().join(", ")
}

/// A word, quoted for a shell if necessary.
#[must_use]
pub(crate) fn shell_word(word: &str) -> String {
    let is_plain =
        |character: char| character.is_ascii_alphanumeric() || "-_./@+".contains(character);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_shell_would_change_is_quoted() {
        assert_eq!(shell_word("core-v1.2.3+build@x"), "core-v1.2.3+build@x");
        assert_eq!(
            (shell_word("a b").as_str(), shell_word("it's").as_str()),
            ("'a b'", r"'it'\''s'")
        );
        assert_eq!(shell_word(""), "''");
    }
}
