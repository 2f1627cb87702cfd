//! Git's settings for commit messages.

use crate::commit::{Cleanup, CleanupMode, chosen_comment};
use crate::git::Repository;

/// How a message was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MessageInput {
    /// In an editor.
    InEditor,
    /// On the command line, or from a file.
    WithoutEditor,
}

impl Repository {
    /// How Git will clean up a message before it stores it: `commit.cleanup`, `core.commentString`,
    /// `core.commentChar`.
    #[must_use]
    pub(crate) fn cleanup(&self, text: &str, writing: MessageInput) -> Cleanup {
        let word = self.setting("commit.cleanup");
        let mode = match writing {
            MessageInput::InEditor => CleanupMode::in_editor(word.as_deref()),
            MessageInput::WithoutEditor => CleanupMode::without_editor(word.as_deref()),
        };
        let comment = self
            .setting("core.commentString")
            .or_else(|| self.setting("core.commentChar"));
        let comment = match comment.as_deref() {
            None | Some("") => "#".to_owned(),
            Some("auto") => chosen_comment(text).to_owned(),
            Some(comment) => comment.to_owned(),
        };
        Cleanup { mode, comment }
    }

    /// The encoding in which messages are written: `i18n.commitEncoding`.
    #[must_use]
    pub(crate) fn message_encoding(&self) -> Option<String> {
        self.setting("i18n.commitEncoding")
    }

    /// Whether a merge is in progress.
    #[must_use]
    pub(crate) fn is_merging(&self) -> bool {
        self.raw().state() == git2::RepositoryState::Merge
    }

    pub(super) fn setting(&self, key: &str) -> Option<String> {
        self.raw().config().ok()?.get_string(key).ok()
    }
}
