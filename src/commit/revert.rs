//! The commits that a revert names.
//!
//! Only the names are read here. Whether they are in the range and what follows is decided by
//! `history` (docs/design/versions.md, Reverts).

/// The minimum number of digits that count as the name of a commit.
const MIN_DIGITS: usize = 7;

/// The targets that a revert names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Revert {
    /// Prefixes of the reverted commits: 7 to 64 hexadecimal digits each.
    pub(crate) targets: Vec<String>,
    /// The prefix of the parent that stays if a merge is reverted ("reversing changes made to").
    pub(crate) mainline: Option<String>,
}

impl Revert {
    /// Reads "This reverts commit SHA" anywhere in the rest of a message.
    #[must_use]
    pub(super) fn named_in(rest: &str) -> Self {
        let targets = rest
            .split("This reverts commit ")
            .skip(1)
            .filter_map(leading_digits)
            .map(str::to_owned)
            .collect();
        Self {
            targets,
            mainline: mainline(rest),
        }
    }

    /// Reads lines `Refs: SHA, SHA` too, as a commit of type `revert` may have them.
    #[must_use]
    pub(super) fn with_references(mut self, rest: &str) -> Self {
        for line in rest.lines() {
            let Some(list) = line.strip_prefix("Refs: ") else {
                continue;
            };
            let digits: Option<Vec<&str>> = list
                .split(',')
                .map(|item| whole_digits(item.trim_start_matches(' ')))
                .collect();
            self.targets
                .extend(digits.unwrap_or_default().into_iter().map(str::to_owned));
        }
        self
    }
}

fn mainline(rest: &str) -> Option<String> {
    rest.split("changes made").skip(1).find_map(|after| {
        let spaced = after.trim_start();
        let named = (spaced.len() < after.len())
            .then_some(spaced)?
            .strip_prefix("to ")?;
        leading_digits(named).map(str::to_owned)
    })
}

fn leading_digits(text: &str) -> Option<&str> {
    let end = text
        .find(|c: char| !matches!(c, '0'..='9' | 'a'..='f'))
        .unwrap_or(text.len());
    let digits = &text[..end.min(64)];
    (digits.len() >= MIN_DIGITS).then_some(digits)
}

fn whole_digits(text: &str) -> Option<&str> {
    leading_digits(text).filter(|digits| digits.len() == text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_git_name_a_target() {
        assert_eq!(
            Revert::named_in("\nThis reverts commit 0123456.").targets,
            ["0123456"]
        );
    }

    #[test]
    fn several_may_be_named() {
        assert_eq!(
            Revert::named_in("This reverts commit 0123456.\nThis reverts commit abcdef0.")
                .targets
                .len(),
            2
        );
    }

    #[test]
    fn six_digits_name_nothing() {
        assert!(
            Revert::named_in("This reverts commit 012345.")
                .targets
                .is_empty()
        );
    }

    #[test]
    fn references_need_a_line_of_their_own() {
        let read = |rest| Revert::named_in("").with_references(rest).targets;
        assert_eq!(read("Refs: 0123456, abcdef0"), ["0123456", "abcdef0"]);
        assert!(read("Refs: 0123456 and more").is_empty());
        assert!(read("Refs: #7").is_empty());
        assert!(read(" Refs: 0123456").is_empty());
    }

    #[test]
    fn the_mainline_of_a_merge_is_the_parent_named() {
        let rest = "This reverts commit 0123456, reversing\nchanges made to abcdef0.";
        assert_eq!(Revert::named_in(rest).mainline.as_deref(), Some("abcdef0"));
    }
}
