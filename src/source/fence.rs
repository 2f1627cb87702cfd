//! The fences of Markdown's code blocks: what opens one, and what closes it.

/// A fence of backticks or tildes that opens a code block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fence {
    mark: char,
    length: usize,
}

impl Fence {
    /// The fence that a line opens, regardless of its indentation.
    #[must_use]
    pub(crate) fn opened_by(line: &str) -> Option<Self> {
        let line = line.trim_start();
        let mark = line
            .chars()
            .next()
            .filter(|mark| matches!(mark, '`' | '~'))?;
        let info = line.trim_start_matches(mark);
        let length = line.len() - info.len();
        // A line such as ```` ``` a ``` ```` is a code span.
        (length >= 3 && (mark == '~' || !info.contains('`'))).then_some(Self { mark, length })
    }

    /// Whether a line closes this fence.
    #[must_use]
    pub(crate) fn is_closed_by(self, line: &str) -> bool {
        closing_length(line, self.mark) >= self.length
    }

    /// What closes a fence.
    #[must_use]
    pub(crate) fn closing(self) -> String {
        self.mark.to_string().repeat(self.length)
    }
}

/// The fences of a text that are closed further down.
#[derive(Debug)]
pub(crate) struct Fences(Vec<Option<Fence>>);

impl Fences {
    /// Finds the closed fences in one pass over the lines.
    #[must_use]
    pub(crate) fn of(lines: &[&str]) -> Self {
        let mut fences = vec![None; lines.len()];
        // The longest closing line of backticks, and of tildes, below the current line.
        let (mut backticks, mut tildes) = (0, 0);
        for (fence, line) in fences.iter_mut().zip(lines).rev() {
            let is_closed =
                |fence: &Fence| fence.length <= if fence.mark == '`' { backticks } else { tildes };
            *fence = Fence::opened_by(line).filter(is_closed);
            backticks = backticks.max(closing_length(line, '`'));
            tildes = tildes.max(closing_length(line, '~'));
        }
        Self(fences)
    }

    /// The fence that a line opens.
    #[must_use]
    pub(crate) fn opened(&self, line: usize) -> Option<Fence> {
        self.0[line]
    }
}

/// The length of a line that consists only of this mark; 0 for any other line.
fn closing_length(line: &str, mark: char) -> usize {
    let line = line.trim();
    if line.trim_start_matches(mark).is_empty() {
        line.len()
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fence_is_closed_by_one_at_least_as_long() {
        let fence = Fence::opened_by("  ````js").unwrap();
        assert!(fence.is_closed_by("````") && fence.is_closed_by("  ````` "));
        assert!(
            !fence.is_closed_by("```")
                && !fence.is_closed_by("````js")
                && !fence.is_closed_by("~~~~")
        );
        assert_eq!(fence.closing(), "````");
    }

    #[test]
    fn a_code_span_opens_no_block() {
        for line in ["``", "``` a ```", "text ```", "- ```", ""] {
            assert_eq!(Fence::opened_by(line), None, "{line}");
        }
        assert!(Fence::opened_by("~~~ a ~ `b`").is_some());
    }

    #[test]
    fn only_fences_that_are_closed_count() {
        let lines = ["````", "```", "a", "~~~", "```"];
        let fences = Fences::of(&lines);
        let opened: Vec<bool> = (0..lines.len())
            .map(|at| fences.opened(at).is_some())
            .collect();
        assert_eq!(opened, [false, true, false, false, false]);
    }
}
