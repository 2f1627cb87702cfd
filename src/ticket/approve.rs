//! Appends an approval to the text of a ticket and keeps every other byte.

use jiff::Timestamp;

use super::append::{whole_second, with_entry};
use super::template::quoted;
use super::words::Decision;
use crate::document::Document;

const APPROVALS: &str = "approvals";

/// An approval to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NewApproval {
    /// The approver.
    pub(crate) by: String,
    /// The role in which they decide.
    pub(crate) role: Option<String>,
    /// The decision.
    pub(crate) decision: Decision,
    /// The time, in whole seconds.
    pub(crate) at: Timestamp,
    /// The reason.
    pub(crate) reason: Option<String>,
    /// The signature, as `ssh-keygen -Y sign` writes it.
    pub(crate) signature: Option<String>,
}

impl NewApproval {
    /// Drops the fraction of the second, so that the signed text equals the written one.
    ///
    /// The time is never rounded up: an approval from the future does not count.
    #[must_use]
    pub(crate) fn at_whole_second(self) -> Self {
        let at = whole_second(self.at);
        Self { at, ..self }
    }

    fn to_toml(&self, digest: &str) -> String {
        let mut out = String::from("[[approvals]]\n");
        let mut line = |key: &str, value: &str| out.push_str(&format!("{key} = {value}\n"));
        line("by", &quoted(&self.by));
        if let Some(role) = &self.role {
            line("role", &quoted(role));
        }
        line("decision", &quoted(self.decision.as_str()));
        line("at", &self.at.to_string());
        line("digest", &quoted(digest));
        if let Some(reason) = &self.reason {
            line("reason", &quoted(reason));
        }
        if let Some(signature) = &self.signature {
            line(
                "signature",
                &format!("\"\"\"\n{}\n\"\"\"", signature.trim()),
            );
        }
        out
    }
}

/// The text of a ticket or a release file with an approval of the contents with this digest
/// appended.
///
/// `None` if that would change the ticket's meaning otherwise: the text has syntax errors, or its
/// approvals are an inline array.
#[must_use]
pub(crate) fn with_approval(
    document: &Document,
    approval: &NewApproval,
    approved: &str,
) -> Option<String> {
    with_entry(document, APPROVALS, &approval.to_toml(approved))
}

#[cfg(test)]
mod tests {
    use super::super::digest::digest;
    use super::*;
    use crate::source::Source;
    use crate::ticket::entries;

    fn approval() -> NewApproval {
        NewApproval {
            by: "bo@example.com".into(),
            role: Some("dba".into()),
            decision: Decision::Approve,
            at: "2026-11-20T12:00:00.7Z".parse().unwrap(),
            reason: None,
            signature: None,
        }
        .at_whole_second()
    }

    fn written(text: &str, approval: &NewApproval) -> Option<String> {
        let document = Document::parse(Source::new("changes/a.toml", text)).0;
        with_approval(&document, approval, &digest(&document))
    }

    #[test]
    fn approval_is_appended_with_the_digest() {
        let text = written("title = \"a\"", &approval()).unwrap();
        let (before, added) = text.split_once("\n\n").unwrap();
        assert_eq!(before, "title = \"a\"");
        let digest = digest(&Document::parse(Source::new("changes/a.toml", before)).0);
        assert_eq!(
            added,
            format!(
                "[[approvals]]\nby = \"bo@example.com\"\nrole = \"dba\"\ndecision = \"approve\"\n\
                 at = 2026-11-20T12:00:00Z\ndigest = \"{digest}\"\n"
            )
        );
    }

    #[test]
    fn time_of_an_approval_is_not_in_the_future() {
        assert_eq!(approval().at.to_string(), "2026-11-20T12:00:00Z");
    }

    #[test]
    fn a_second_one_is_added_below() {
        let once = written("title = \"a\"\n", &approval()).unwrap();
        let twice = written(
            &once,
            &NewApproval {
                by: "kim".into(),
                ..approval()
            },
        )
        .unwrap();
        assert!(twice.starts_with(&once) && twice.matches("[[approvals]]").count() == 2);
    }

    #[test]
    fn windows_line_ends_stay() {
        let text = written("title = \"a\"\r\n", &approval()).unwrap();
        assert_eq!(text.matches('\n').count(), text.matches("\r\n").count());
    }

    #[test]
    fn a_signature_and_a_reason_read_back_as_they_are() {
        let signed = NewApproval {
            reason: Some("say \"no\"\nto it".into()),
            signature: Some(
                "-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----\n".into(),
            ),
            ..approval()
        };
        let text = written("title = \"a\"\n", &signed).unwrap();
        let document = Document::parse(Source::new("changes/a.toml", text)).0;
        let entry = &entries(&document, APPROVALS)[0];
        assert_eq!(entry["reason"], "say \"no\"\nto it");
        assert_eq!(
            entry["signature"],
            "-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----\n"
        );
    }

    #[test]
    fn approvals_in_one_line_are_left_alone() {
        assert_eq!(written("approvals = []\ntitle = \"a\"", &approval()), None);
    }
}
