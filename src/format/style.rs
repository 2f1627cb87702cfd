//! The styles of text on a terminal. They match those of diagnostics; without colors, text has no
//! style.

use std::fmt::Display;

use super::RenderOptions;
#[cfg(feature = "cli")]
use crate::finding::Severity;
#[cfg(feature = "cli")]
use crate::version::Bump;

/// The role of a piece of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(
    not(feature = "cli"),
    expect(
        dead_code,
        reason = "the other styles are those of tables, which need `cli`"
    )
)]
pub(super) enum Style {
    /// A title or a headline.
    Bold,
    /// Something less important.
    Faint,
    /// Success.
    #[cfg(feature = "cli")]
    Good,
    /// A warning.
    Warning,
    /// An error, or something that blocks.
    Bad,
    /// An identifier, or a command to run.
    Code,
}

impl Style {
    const fn sequence(self) -> &'static str {
        match self {
            Self::Bold => "\u{1b}[1m",
            Self::Faint => "\u{1b}[2m",
            #[cfg(feature = "cli")]
            Self::Good => "\u{1b}[32m",
            Self::Warning => "\u{1b}[33m",
            Self::Bad => "\u{1b}[31m",
            Self::Code => "\u{1b}[36m",
        }
    }

    #[cfg(feature = "cli")]
    pub(super) const fn of_severity(severity: Severity) -> Self {
        match severity {
            Severity::Error => Self::Bad,
            Severity::Warning => Self::Warning,
            Severity::Note => Self::Code,
        }
    }

    #[cfg(feature = "cli")]
    pub(super) const fn of_bump(bump: Bump) -> Self {
        match bump {
            Bump::None => Self::Faint,
            Bump::Patch => Self::Good,
            Bump::Minor => Self::Warning,
            Bump::Major => Self::Bad,
        }
    }
}

impl RenderOptions {
    /// Text in a style; its width doesn't change.
    pub(super) fn paint(self, style: Style, text: impl Display) -> String {
        if self.color {
            format!("{}{text}\u{1b}[0m", style.sequence())
        } else {
            text.to_string()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_painted_in_color_only() {
        let options = RenderOptions {
            color: true,
            unicode: true,
            width: 80,
        };
        assert_eq!(options.paint(Style::Bad, "x"), "\u{1b}[31mx\u{1b}[0m");
        assert_eq!(
            RenderOptions {
                color: false,
                ..options
            }
            .paint(Style::Bad, "x"),
            "x"
        );
    }
}
