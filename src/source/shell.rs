//! Commands that a message suggests for a person to copy into a shell.
//!
//! A repository decides the names in them, such as IDs, paths, and branches, so whatever is filled
//! in is quoted.

use std::borrow::Cow;
use std::fmt::Display;

/// A command to copy into a shell, like `format!` with every value quoted.
///
/// The values are named, as in `shell_command!("git push {remote} {branch}", remote, branch)`. A
/// placeholder without a value in the list would not be quoted, so it does not compile.
macro_rules! shell_command {
    ($command:literal, $($name:ident $(= $value:expr)?),+ $(,)?) => {{
        const {
            let values = [$(stringify!($name)),+].len();
            assert!($crate::source::count_placeholders($command) == values, "list every value");
        }
        $(let $name = $crate::source::shell_command!(@value $name $(= $value)?);)+
        $crate::source::single_end_of_options(&format!($command, $($name = $name),+))
    }};
    (@value $name:ident) => { $crate::source::ShellArgument::to_shell(&$name) };
    (@value $name:ident = $value:expr) => { $crate::source::ShellArgument::to_shell(&$value) };
}

pub(crate) use shell_command;

/// The maximum number of characters of one word of a suggested command: longer than any path.
const MAX_WORD_CHARS: usize = 5000;

/// A value that can be put into a suggested command.
pub(crate) trait ShellArgument {
    /// The value as it has to be written in a shell.
    fn to_shell(&self) -> String;
}

impl<T: Display + ?Sized> ShellArgument for T {
    fn to_shell(&self) -> String {
        let text = self.to_string();
        let end = text.char_indices().nth(MAX_WORD_CHARS);
        let text = end.map_or(Cow::Borrowed(&*text), |(end, _)| {
            Cow::Owned(format!("{}…", &text[..end]))
        });
        let word = shell_word(&text);
        // A name that starts with a hyphen would be an option.
        if text.starts_with('-') {
            format!("{END_OF_OPTIONS}{word}")
        } else {
            word
        }
    }
}

/// Words that are quoted already.
#[derive(Debug)]
pub(crate) struct ShellWords(String);

impl ShellWords {
    /// Several words, each quoted.
    pub(crate) fn new(words: impl IntoIterator<Item: Display>) -> Self {
        let words = words.into_iter().map(|word| word.to_shell());
        Self(words.collect::<Vec<_>>().join(" "))
    }

    /// What another suggested command prints, as one word.
    pub(crate) fn output_of(command: &str) -> Self {
        Self(format!("\"$({command})\""))
    }
}

impl ShellArgument for ShellWords {
    fn to_shell(&self) -> String {
        self.0.clone()
    }
}

/// What makes a command take all that follows for names.
const END_OF_OPTIONS: &str = "-- ";

/// For `shell_command!`: a command that ended its options before a name did has a single `--`.
pub(crate) fn single_end_of_options(command: &str) -> String {
    command.replace(" -- -- ", " -- ")
}

/// For `shell_command!`: the number of placeholders.
pub(crate) const fn count_placeholders(format: &str) -> usize {
    let bytes = format.as_bytes();
    let (mut count, mut at) = (0, 0);
    while at < bytes.len() {
        if bytes[at] == b'{' {
            count += 1;
        }
        at += 1;
    }
    count
}

/// A word, quoted for a shell if necessary.
#[must_use]
pub(crate) fn shell_word(word: &str) -> String {
    let is_plain =
        |character: char| character.is_ascii_alphanumeric() || "-_./@+:".contains(character);
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

    #[test]
    fn every_value_of_a_command_is_quoted() {
        let remote = "we$ird;x";
        let tags = ShellWords::new(["v1.1.0", "$(touch x)"]);
        assert_eq!(
            shell_command!("git push {remote} {refs}", remote, refs = tags),
            "git push 'we$ird;x' v1.1.0 '$(touch x)'"
        );
    }

    #[test]
    fn output_of_a_command_is_one_word() {
        let address =
            ShellWords::output_of(&shell_command!("git remote get-url {name}", name = "a b"));
        assert_eq!(
            shell_command!("git fetch {address}", address),
            "git fetch \"$(git remote get-url 'a b')\""
        );
    }

    #[test]
    fn name_with_a_hyphen_is_not_an_option() {
        let path = "--format=json=x";
        assert_eq!(
            shell_command!("tollgate check {path}", path),
            "tollgate check -- '--format=json=x'"
        );
        assert_eq!(
            shell_command!("git restore -- {path}", path = "-x"),
            "git restore -- -x"
        );
    }

    #[test]
    fn long_name_is_cut_inside_its_quotes() {
        let command = shell_command!("x {name}", name = "'".repeat(2 * MAX_WORD_CHARS));
        assert!(command.ends_with("…'"));
    }
}
