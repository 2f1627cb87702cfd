//! Describes libgit2's errors for users: the one place that turns its codes and classes into text.
//!
//! The error above names the object and the operation; this is only the reason. libgit2's own
//! message is kept as a detail.

use git2::{ErrorClass, ErrorCode};

use crate::error::Reason;

impl From<git2::Error> for Reason {
    fn from(error: git2::Error) -> Self {
        let detail = format!("libgit2: {error}");
        words(&error)
            .map_or_else(Self::none, Self::new)
            .detail(detail)
    }
}

/// Why it failed; `None` if something does not exist, which the error above says.
fn words(error: &git2::Error) -> Option<String> {
    let text = error.message();
    let path = quoted(text).map(|path| format!("`{path}`"));
    let reason = match (error.code(), error.class()) {
        (ErrorCode::NotFound | ErrorCode::UnbornBranch, _) => return None,
        (ErrorCode::Ambiguous, _) => "the abbreviated ID matches more than one object".into(),
        (ErrorCode::Locked, _) => {
            let lock = path.unwrap_or_else(|| "a file of the repository".into());
            format!("{lock} is locked: another Git process is running or was interrupted")
        }
        (ErrorCode::InvalidSpec, _) => "Git does not allow this name".into(),
        (ErrorCode::Owner, _) => "it belongs to another user".into(),
        (ErrorCode::Exists, _) => "it already exists".into(),
        (ErrorCode::Modified, _) => "another process changed it".into(),
        (_, ErrorClass::Config) => match place(text) {
            Some((file, line)) => {
                format!("line {line} of Git's configuration `{file}` cannot be parsed")
            }
            None => "Git's configuration cannot be read".into(),
        },
        (_, ErrorClass::Os) => {
            let system = text.rsplit(": ").next().unwrap_or_default();
            path.map_or_else(|| system.to_owned(), |path| format!("{path}: {system}"))
        }
        (
            _,
            ErrorClass::Zlib
            | ErrorClass::Odb
            | ErrorClass::Object
            | ErrorClass::Sha1
            | ErrorClass::Tree,
        ) => "an object of the repository is damaged".into(),
        (_, ErrorClass::Reference) => "a reference of the repository is damaged".into(),
        (_, ErrorClass::Index) => "the index of the repository is damaged".into(),
        (_, ErrorClass::NoMemory) => "there is not enough memory".into(),
        _ => "Git's files could not be read as expected; `--verbose` shows the details".into(),
    };
    Some(reason)
}

/// The text between the first two single quotation marks.
fn quoted(text: &str) -> Option<&str> {
    text.split('\'')
        .nth(1)
        .filter(|path| path.contains(['/', '\\']))
}

/// The file and the line at the end of a message: `… (in /home/bo/.gitconfig:3)`.
fn place(text: &str) -> Option<(&str, &str)> {
    text.rsplit_once("(in ")?
        .1
        .trim_end_matches(')')
        .rsplit_once(':')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;

    fn shown(code: ErrorCode, class: ErrorClass, message: &str) -> (Option<String>, String) {
        let error = Error::usage("x", "").with_source(git2::Error::new(code, class, message));
        let because = std::error::Error::source(&error).map(ToString::to_string);
        (because, error.detail().unwrap_or_default().to_owned())
    }

    #[test]
    fn codes_and_classes_are_details() {
        let message = "revspec 'v1' not found";
        let (because, detail) = shown(ErrorCode::NotFound, ErrorClass::Reference, message);
        assert_eq!(because, None);
        assert!(
            detail.starts_with("libgit2: revspec 'v1' not found; class=Reference (4)"),
            "{detail}"
        );
    }

    #[test]
    fn the_words_of_the_system_and_its_path_are_kept() {
        let message = "failed to open '/r/.git/HEAD': Permission denied";
        let because = shown(ErrorCode::GenericError, ErrorClass::Os, message).0;
        assert_eq!(
            because.as_deref(),
            Some("`/r/.git/HEAD`: Permission denied")
        );
    }

    #[test]
    fn a_fault_in_the_configuration_has_its_line() {
        let message = "failed to parse config file: invalid section header (in /r/.git/config:7)";
        let because = shown(ErrorCode::GenericError, ErrorClass::Config, message).0;
        assert_eq!(
            because.as_deref(),
            Some("line 7 of Git's configuration `/r/.git/config` cannot be parsed")
        );
    }

    #[test]
    fn a_lock_is_named() {
        let message = "failed to lock file '/r/.git/index.lock' for writing: ";
        let because = shown(ErrorCode::Locked, ErrorClass::Index, message)
            .0
            .unwrap();
        assert!(
            because.starts_with("`/r/.git/index.lock` is locked"),
            "{because}"
        );
    }

    #[test]
    fn no_class_shows_the_words_of_the_library() {
        use ErrorClass as C;
        for class in [
            C::None,
            C::Invalid,
            C::Odb,
            C::Zlib,
            C::Repository,
            C::Checkout,
            C::Filesystem,
            C::Patch,
        ] {
            let because = shown(ErrorCode::GenericError, class, "inner words")
                .0
                .unwrap();
            assert!(!because.contains("inner words"), "{because}");
        }
    }
}
