//! The announcement as a message for a chat or a mail: text in the dialect of the service, within
//! its limits.
//!
//! No text of a ticket can mention people or channels: mentions are broken in every dialect.

use serde_json::{Value, json};

use super::Report as _;
use super::announcement::Announcement;
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
        /// The JSON that a webhook of Microsoft Teams takes: an Adaptive Card.
        Teams = "teams",
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
/// The maximum number of bytes of a message in Teams, which allows 28 KB.
const MAX_CARD: usize = 28_000;
/// The maximum number of characters of a line in Teams; no service sets one.
const MAX_CARD_LINE: usize = 1000;

/// A character without width: it keeps `@here` from being a mention.
const JOINER: char = '\u{2060}';

/// A message before it is written in a dialect.
pub(super) struct ChatMessage {
    /// What is released.
    pub(super) name: String,
    pub(super) subject: String,
    /// A line for each change.
    pub(super) lines: Vec<String>,
    /// `Made from 15dbdba0a1.`
    pub(super) made_of: String,
}

impl Announcement {
    /// The announcement in a dialect.
    pub(crate) fn in_dialect(&self, dialect: Dialect) -> String {
        let message = self.message();
        match dialect {
            Dialect::Markdown => self.markdown(),
            Dialect::Text => format!("{}\n\n{}", plain(&message.subject), message.plain_body()),
            Dialect::Email => {
                let subject = sanitise_line(&message.subject);
                format!("Subject: {subject}\n\n{}", message.plain_body())
            }
            Dialect::Slack => document(&message.slack()),
            Dialect::Mattermost => document(&json!({ "text": message.mattermost() })),
            Dialect::Teams => message.teams(),
        }
    }
}

impl ChatMessage {
    fn plain_body(&self) -> String {
        let lines: Vec<String> = self.lines.iter().map(|line| plain(line)).collect();
        format!("- {}\n\n{}\n", lines.join("\n- "), self.made_of)
    }

    fn slack(&self) -> Value {
        let subject = slack(&self.subject);
        let section = |text: String| {
            let text = cut(&text, MAX_SECTION);
            json!({ "type": "section", "text": { "type": "mrkdwn", "text": text } })
        };
        let header = cut(&plain(&self.name), MAX_HEADER);
        let mut blocks = vec![json!({
            "type": "header",
            "text": { "type": "plain_text", "text": header },
        })];
        blocks.push(section(subject.clone()));
        // One block remains for a note on what was left out, and one for the context.
        let room = MAX_BLOCKS - blocks.len() - 2;
        let lines = self.lines.iter().take(room);
        blocks.extend(lines.map(|line| section(format!("- {}", slack(line)))));
        if self.lines.len() > room {
            blocks.push(section(more(self.lines.len() - room)));
        }
        let context = json!({ "type": "mrkdwn", "text": slack(&self.made_of) });
        blocks.push(json!({ "type": "context", "elements": [context] }));
        json!({ "text": cut(&subject, MAX_SECTION), "blocks": blocks })
    }

    fn mattermost(&self) -> String {
        let subject = cut(&mattermost(&self.subject), MAX_SECTION);
        let mut text = format!("**{subject}**\n");
        let made_of = format!("\n\n{}", mattermost(&self.made_of));
        for (index, line) in self.lines.iter().enumerate() {
            let line = format!("\n- {}", mattermost(line));
            let rest = format!("\n- {}", more(self.lines.len() - index));
            if length(&text) + length(&line) + length(&rest) + length(&made_of) > MAX_POST {
                text.push_str(&rest);
                break;
            }
            text.push_str(&line);
        }
        text + &made_of
    }

    /// An Adaptive Card with as many lines as fit.
    fn teams(&self) -> String {
        let mut shown = self.lines.len();
        loop {
            let card = document(&self.card(shown));
            if card.len() <= MAX_CARD || shown == 0 {
                return card;
            }
            shown = shown * MAX_CARD / card.len();
        }
    }

    /// An Adaptive Card with this number of lines. Its text runs, unlike text blocks, are not
    /// Markdown.
    fn card(&self, shown: usize) -> Value {
        let line = |text: String| {
            let run = json!({ "type": "TextRun", "text": cut(&text, MAX_CARD_LINE) });
            json!({ "type": "RichTextBlock", "inlines": [run] })
        };
        let title = json!({
            "type": "TextRun",
            "text": cut(&plain(&self.subject), MAX_CARD_LINE),
            "weight": "Bolder",
            "size": "Medium",
        });
        let mut body = vec![json!({ "type": "RichTextBlock", "inlines": [title] })];
        let lines = self.lines.iter().take(shown);
        body.extend(lines.map(|text| line(format!("• {}", plain(text)))));
        if shown < self.lines.len() {
            body.push(line(more(self.lines.len() - shown)));
        }
        body.push(line(self.made_of.clone()));
        json!({
            "type": "message",
            "attachments": [{
                "contentType": "application/vnd.microsoft.card.adaptive",
                "content": {
                    "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                    "type": "AdaptiveCard",
                    "version": "1.4",
                    "body": body,
                },
            }],
        })
    }
}

/// `and 3 more changes`.
fn more(count: usize) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("and {count} more change{s}")
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
        .replace("<at>", &format!("<{JOINER}at>"))
}

/// The number of characters as JavaScript counts them, which is never less than others count.
fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

/// The text, shortened to this length.
fn cut(text: &str, max: usize) -> String {
    if length(text) <= max {
        return text.to_owned();
    }
    let mut rest = max - 1;
    let fits = |character: &char| {
        let units = character.len_utf16();
        let is_left = units <= rest;
        rest -= units.min(rest);
        is_left
    };
    let mut short: String = text.chars().take_while(fits).collect();
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

    /// An announcement of this number of changes with this title.
    fn of_changes(count: usize, title: &str) -> Announcement {
        let ids: Vec<String> = (0..count).map(|number| format!("t{number:03}")).collect();
        let tickets: Vec<(&str, &str)> = ids.iter().map(|id| (id.as_str(), "")).collect();
        let mut announcement = announcement(&tickets);
        for change in &mut announcement.changes {
            title.clone_into(&mut change.title);
        }
        announcement
    }

    const CHATS: [Dialect; 3] = [Dialect::Slack, Dialect::Mattermost, Dialect::Teams];

    #[test]
    fn slack_gets_a_header_and_a_section_for_each_change() {
        let value = json_of(&announcement(&[("a", ""), ("b", "")]), Dialect::Slack);
        assert_eq!(value["text"], "shop 4.13.0: 2 changes");
        assert_eq!(value["blocks"][0]["text"]["text"], "shop 4.13.0");
        assert_eq!(value["blocks"][2]["text"]["text"], "- Change a (low risk)");
    }

    #[test]
    fn slack_payloads_stay_within_its_limits() {
        for title in ["a", "<&>", "🦀", "田"] {
            let mut announcement = of_changes(99, &title.repeat(4000));
            announcement.release.project = title.repeat(4000);
            let value = json_of(&announcement, Dialect::Slack);
            let blocks = value["blocks"].as_array().unwrap();
            assert_eq!(blocks.len(), 50);
            assert_eq!(blocks[48]["text"]["text"], "and 53 more changes");
            let text = |block: &Value| block["text"]["text"].as_str().map_or(0, length);
            assert!(text(&blocks[0]) <= 150);
            assert!(blocks.iter().all(|block| text(block) <= 3000));
            assert!(length(value["text"].as_str().unwrap()) <= 4000);
        }
    }

    #[test]
    fn mattermost_posts_stay_within_its_limit() {
        for title in ["a", "[x](y)", "🦀"] {
            let mut announcement = of_changes(200, &title.repeat(300));
            announcement.release.project = title.repeat(4000);
            let value = json_of(&announcement, Dialect::Mattermost);
            let text = value["text"].as_str().unwrap();
            assert!(length(text) <= 16_383);
            assert!(text.contains("more changes\n\nMade from "), "{text}");
        }
    }

    #[test]
    fn teams_gets_a_card_without_markdown_within_its_limit() {
        let value = json_of(
            &of_changes(1, "a **b** [c](https://d.example)"),
            Dialect::Teams,
        );
        let content = &value["attachments"][0]["content"];
        assert_eq!(content["type"], "AdaptiveCard");
        let line = &content["body"][1]["inlines"][0];
        assert_eq!(line["type"], "TextRun");
        assert_eq!(line["text"], "• a **b** [c](https://d.example) (low risk)");
        for title in ["a", "\"", "🦀", "\u{7}"] {
            let card = of_changes(300, &title.repeat(500)).in_dialect(Dialect::Teams);
            assert!(card.len() <= 28 * 1000, "{}", card.len());
            assert!(card.contains("more changes"), "{card}");
        }
    }

    #[test]
    fn nobody_is_mentioned() {
        let hostile =
            "<!channel> <!here|x> <@U123> <#C1> @here @channel @all @everyone <at>Lee</at>";
        for dialect in CHATS {
            let mut announcement = of_changes(1, hostile);
            announcement.release.project = hostile.to_owned();
            let value = json_of(&announcement, dialect);
            let text = value.to_string();
            for mention in ["@here", "@channel", "@all", "@everyone", "@U123", "<at>"] {
                assert!(!text.contains(mention), "{mention}: {text}");
            }
            if dialect == Dialect::Slack {
                let sections = value["blocks"].as_array().unwrap()[1..].to_vec();
                let text = format!("{}{}", value["text"], Value::from(sections));
                assert!(!text.contains("<!") && !text.contains("<#"), "{text}");
            }
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
        assert_eq!(cut("a🦀🦀", 4), "a🦀…");
    }
}
