//! The trailer `Change: none (reason)`, with which a commit declares that it needs no ticket.
//!
//! Only reads the trailer. Whether it is allowed is decided by the policy.

use crate::commit::Trailer;

/// The reason why a commit with these trailers needs no ticket; `None` if there is no such trailer,
/// or no reason.
pub(super) fn no_ticket_reason_in(trailers: &[Trailer<'_>]) -> Option<String> {
    let values = trailers.iter().filter(|trailer| trailer.names_ticket());
    let mut reasons = values.filter_map(|trailer| no_ticket_reason(&trailer.value));
    reasons
        .find(|reason| reason.contains(char::is_alphanumeric))
        .map(str::to_owned)
}

/// The text in the parentheses of `none (reason)`, empty for `none` alone; `None` for the name of a
/// ticket.
#[must_use]
pub(crate) fn no_ticket_reason(value: &str) -> Option<&str> {
    let rest = value.strip_prefix("none")?;
    if rest.is_empty() {
        return Some("");
    }
    rest.trim_start()
        .strip_prefix('(')
        .map(|reason| reason.trim_end().trim_end_matches(')').trim())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commit::trailers;

    fn reason(trailer: &str) -> Option<String> {
        no_ticket_reason_in(&trailers(&format!("fix: a\n\nChange: {trailer}\n")))
    }

    #[test]
    fn no_ticket_reason_is_read() {
        assert_eq!(
            reason("none (a comment alone)").as_deref(),
            Some("a comment alone")
        );
        assert_eq!(reason("none(typo)").as_deref(), Some("typo"));
    }

    #[test]
    fn an_exception_without_a_reason_is_none() {
        assert_eq!(
            (reason("none"), reason("none ()"), reason("none (.)")),
            (None, None, None)
        );
    }

    #[test]
    fn a_ticket_may_be_called_almost_none() {
        assert_eq!((reason("none-1"), reason("nonesuch")), (None, None));
    }
}
