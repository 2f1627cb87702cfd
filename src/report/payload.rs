//! The announcement as a message for a chat or a mail: text in the dialect of the service, within
//! its limits.
//!
//! No text of a ticket can mention people or channels: mentions are broken in every dialect.

use serde_json::{Value, json};

use super::Report as _;
use super::announcement::{Announcement, Change};
use super::clock::seconds_in_words;
use crate::source::{sanitise_line, word_enum};

word_enum! {
    /// The form of an announcement.
    pub(crate) enum Dialect {
        /// A document with everything.
        Markdown = "markdown",
        /// Plain text.
        Text = "text",
        /// The JSON that a Slack webhook takes.
        Slack = "slack",
        /// The JSON that a Mattermost webhook takes.
        Mattermost = "mattermost",
        /// A mail: its subject, and its text.
        Email = "email",
    }
}

/// The maximum number of characters of a header in Slack.
const MAX_HEADER: usize = 150;
/// The maximum number of characters of a section in Slack.
const MAX_SECTION: usize = 3000;
/// The maximum number of blocks in Slack.
const MAX_BLOCKS: usize = 50;
/// The maximum number of characters of a message in Mattermost.
const MAX_POST: usize = 16_383;

/// A character without width: it keeps `@here` from being a mention.
const JOINER: char = '\u{2060}';

impl Announcement {
    /// The announcement in a dialect.
    pub(crate) fn in_dialect(&self, dialect: Dialect) -> String {
        match dialect {
            Dialect::Markdown => self.markdown(),
            Dialect::Text => format!("{}\n\n{}", self.plain_subject(), self.plain_body()),
            Dialect::Email => {
                format!("Subject: {}\n\n{}", self.plain_subject(), self.plain_body())
            }
            Dialect::Slack => document(&self.slack()),
            Dialect::Mattermost => document(&json!({ "text": self.mattermost() })),
        }
    }

    fn plain_subject(&self) -> String {
        sanitise_line(&self.subject())
    }

    fn plain_body(&self) -> String {
        let lines: Vec<String> = self
            .changes
            .iter()
            .map(|change| change.line(plain))
            .collect();
        format!("{}\n\n{}\n", lines.join("\n"), self.made_of())
    }

    fn slack(&self) -> Value {
        let subject = slack(&self.subject());
        let mut blocks = vec![json!({
            "type": "header",
            "text": { "type": "plain_text", "text": cut(&self.release.name(), MAX_HEADER) },
        })];
        let intro = json!({
            "type": "section",
            "text": { "type": "mrkdwn", "text": cut(&subject, MAX_SECTION) },
        });
        blocks.push(intro);
        // One block remains for a note on what was left out, and one for the context.
        let room = MAX_BLOCKS - blocks.len() - 2;
        for change in self.changes.iter().take(room) {
            let text = cut(&change.line(slack), MAX_SECTION);
            blocks.push(json!({ "type": "section", "text": { "type": "mrkdwn", "text": text } }));
        }
        if let Some(more) = self
            .changes
            .len()
            .checked_sub(room)
            .filter(|more| *more > 0)
        {
            let text = format!("and {more} more changes");
            blocks.push(json!({ "type": "section", "text": { "type": "mrkdwn", "text": text } }));
        }
        let context = json!({ "type": "mrkdwn", "text": slack(&self.made_of()) });
        blocks.push(json!({ "type": "context", "elements": [context] }));
        json!({ "text": cut(&subject, MAX_SECTION), "blocks": blocks })
    }

    fn mattermost(&self) -> String {
        let mut text = format!("**{}**\n", mattermost(&self.subject()));
        let made_of = format!("\n{}", mattermost(&self.made_of()));
        for (index, change) in self.changes.iter().enumerate() {
            let line = format!("\n{}", change.line(mattermost));
            let more = format!("\n- and {} more changes", self.changes.len() - index);
            if text.chars().count() + line.chars().count() + more.len() + made_of.len() > MAX_POST {
                text.push_str(&more);
                break;
            }
            text.push_str(&line);
        }
        text.push('\n');
        text.push_str(&made_of);
        text
    }

    /// `Made from 15dbdba0a1.`
    fn made_of(&self) -> String {
        format!("Made from {}.", &self.release.commit[..10])
    }
}

impl Change {
    /// `- Raise the pool (low risk, rollback within 10 minutes)`.
    fn line(&self, escape: fn(&str) -> String) -> String {
        let back = self.rollback_seconds.map_or_else(String::new, |seconds| {
            let within = seconds_in_words(seconds);
            format!(", rollback within {within}")
        });
        format!("- {} ({} risk{back})", escape(&self.title), self.risk)
    }
}

fn document(value: &Value) -> String {
    crate::source::json_document(value)
}

fn plain(text: &str) -> String {
    without_mentions(&sanitise_line(text))
}

/// Text for Slack: its three special characters are escaped, so that `<!channel>` and links stay
/// text; formatting characters are harmless.
fn slack(text: &str) -> String {
    plain(text)
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// Text for Mattermost, which reads Markdown.
fn mattermost(text: &str) -> String {
    without_mentions(&crate::changelog::escape(text))
}

fn without_mentions(text: &str) -> String {
    text.replace('@', &format!("@{JOINER}"))
}

/// The text, shortened to this number of characters.
fn cut(text: &str, max: usize) -> String {
    if text.chars().count() <= max {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(max - 1).collect();
    // Half an escaped character would be shown as it is.
    if let Some(at) = short.rfind('&').filter(|at| !short[*at..].contains(';')) {
        short.truncate(at);
    }
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use super::super::testing::facts_of;
    use super::*;

    fn announcement(tickets: &[(&str, &str)]) -> Announcement {
        Announcement::new(&facts_of(tickets)).unwrap()
    }

    fn json_of(announcement: &Announcement, dialect: Dialect) -> Value {
        serde_json::from_str(&announcement.in_dialect(dialect)).unwrap()
    }

    #[test]
    fn slack_gets_a_header_and_a_section_for_each_change() {
        let value = json_of(&announcement(&[("a", ""), ("b", "")]), Dialect::Slack);
        assert_eq!(value["text"], "shop 4.13.0: 2 changes");
        assert_eq!(value["blocks"][0]["text"]["text"], "shop 4.13.0");
        assert_eq!(value["blocks"][2]["text"]["text"], "- Change a (low risk)");
    }

    #[test]
    fn slack_payloads_stay_within_its_limits() {
        let ids: Vec<String> = (0..99).map(|number| format!("t{number:02}")).collect();
        let tickets: Vec<(&str, &str)> = ids.iter().map(|id| (id.as_str(), "")).collect();
        let value = json_of(&announcement(&tickets), Dialect::Slack);
        let blocks = value["blocks"].as_array().unwrap();
        assert_eq!(blocks.len(), MAX_BLOCKS);
        assert_eq!(blocks[48]["text"]["text"], "and 53 more changes");
    }

    #[test]
    fn nobody_is_mentioned() {
        for dialect in [Dialect::Slack, Dialect::Mattermost, Dialect::Text] {
            let mut announcement = announcement(&[("a", "")]);
            announcement.changes[0].title = "<!channel> @here @all".to_owned();
            let text = announcement.in_dialect(dialect);
            assert!(
                !text.contains("<!channel>") || dialect == Dialect::Text,
                "{text}"
            );
            assert!(!text.contains("@here") && !text.contains("@all"), "{text}");
        }
    }

    #[test]
    fn a_subject_has_one_line() {
        let mut announcement = announcement(&[("a", "")]);
        announcement.release.project = "shop\nBcc: eve@example.com".to_owned();
        let text = announcement.in_dialect(Dialect::Email);
        assert!(!text.contains("\nBcc"), "{text}");
    }

    #[test]
    fn a_cut_text_ends_before_half_an_escape() {
        assert_eq!(cut("ab&amp;cd", 5), "ab…");
        assert_eq!(cut("abc", 3), "abc");
    }
}
