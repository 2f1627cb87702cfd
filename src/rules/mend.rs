//! Applies the fixes that findings offer.
//!
//! Decided here: which fixes may be applied, that each is applied whole or not at all, and that a text which would get
//! worse is left alone. The plan of a ticket that is approved is never touched, since its approvals are of that text.

use super::lint::lint_ticket;
use super::settings::Settings;
use crate::document::{Document, splice};
use crate::finding::{Applicability, Edit, Finding, Fix};
use crate::source::{Source, Span};
use crate::ticket::{self, State};

/// How often a text is judged anew: a fix may bring up a further one.
const MOST_ROUNDS: usize = 10;

/// A ticket's text after its fixes.
#[derive(Debug, Clone)]
pub struct Mended {
    /// The text, under its old name.
    pub source: Source,
    /// How many fixes were applied.
    pub applied: usize,
}

/// Applies the safe fixes of a ticket, and the unsafe ones too where those are allowed; `None` where there are none.
///
/// What comes back has no further such fix, so that mending twice is mending once.
#[must_use]
pub fn mend(source: &Source, allowed: Applicability, settings: &Settings) -> Option<Mended> {
    let mut mended = Mended { source: source.clone(), applied: 0 };
    for _ in 0..MOST_ROUNDS {
        let Some(next) = round(&mended, allowed, settings) else { break };
        mended = next;
    }
    (mended.applied > 0).then_some(mended)
}

fn round(before: &Mended, allowed: Applicability, settings: &Settings) -> Option<Mended> {
    let source = &before.source;
    if is_frozen(source) {
        return None;
    }
    let findings = lint_ticket(source, settings).findings;
    let fixes = chosen(&findings, allowed);
    let edits: Vec<(Span, &str)> =
        fixes.iter().flat_map(|fix| &fix.edits).map(|edit| (edit.span, edit.text.as_str())).collect();
    let text = splice(source.text(), &edits).filter(|text| text != source.text())?;
    let after = Source::new(source.name(), text);
    let better = lint_ticket(&after, settings).findings.len() < findings.len();
    better.then(|| Mended { source: after, applied: before.applied + fixes.len() })
}

fn is_frozen(source: &Source) -> bool {
    let (document, errors) = Document::parse(source.clone());
    errors.is_empty() && ticket::parse(&document).0.state >= State::Approved
}

/// The fixes that are allowed and do not touch one another, in order.
fn chosen(findings: &[Finding], allowed: Applicability) -> Vec<&Fix> {
    let mut chosen: Vec<&Fix> = Vec::new();
    for fix in findings.iter().filter_map(|finding| finding.fix.as_ref()) {
        let may = fix.applicability == Applicability::Safe || allowed == Applicability::Unsafe;
        let touches =
            |edit: &Edit| chosen.iter().flat_map(|other| &other.edits).any(|other| meet(edit.span, other.span));
        if may && !fix.edits.iter().any(touches) {
            chosen.push(fix);
        }
    }
    chosen
}

fn meet(one: Span, other: Span) -> bool {
    one.start <= other.end && other.start <= one.end
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::{settings, ticket};

    fn mended(text: &str, allowed: Applicability) -> Option<String> {
        let source = Source::new("changes/a.toml", text);
        mend(&source, allowed, &settings()).map(|mended| mended.source.text().to_owned())
    }

    #[test]
    fn safe_fixes_keep_comments_and_formatting() {
        let text = ticket("gaol   =  'x'  # why\nservices = 'a' # all\n");
        let expected = text.replace("gaol", "goal").replace("'a'", "['a']");
        assert_eq!(mended(&text, Applicability::Safe), Some(expected));
    }

    #[test]
    fn unsafe_fixes_are_applied_only_where_they_are_allowed() {
        let text = ticket("category = \"bugfixx\"\n");
        assert_eq!(mended(&text, Applicability::Safe), None);
        assert_eq!(mended(&text, Applicability::Unsafe), Some(text.replace("bugfixx", "bugfix")));
    }

    #[test]
    fn the_plan_of_an_approved_ticket_is_never_touched() {
        assert_eq!(mended(&ticket("state = \"approved\"\nservices = 'a'\n"), Applicability::Unsafe), None);
    }

    #[test]
    fn a_text_without_fixes_or_without_syntax_is_left_alone() {
        assert_eq!(mended(&ticket(""), Applicability::Unsafe), None);
        assert_eq!(mended("title = \n gaol = 1", Applicability::Unsafe), None);
    }
}
