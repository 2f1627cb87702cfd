//! Writes the text of a new ticket: the known values, and prompts for the others.
//!
//! Every prompt begins with [`MARKER`], by which the content rules recognize unanswered prompts.

use super::words::{Category, Kind};
use crate::document::is_url;

/// The beginning of an unanswered prompt.
pub(crate) const MARKER: &str = "(replace)";

/// The prompts of a new ticket, without the marker.
pub(crate) const PROMPTS: &[&str] = &[
    TITLE,
    JUSTIFICATION,
    DEPLOYMENT,
    ROLLBACK,
    VALIDATION,
    INCIDENT,
];

const TITLE: &str = "What changes, in one sentence that needs no context?";
const JUSTIFICATION: &str = "What is wrong today, who is affected, and what will improve?";
const DEPLOYMENT: &str = "What is done, with which command, file, or pipeline? One step per entry.";
const ROLLBACK: &str = "How is it undone, and what shows that it worked?";
const VALIDATION: &str = "What do you check, and what does it show if the change works?";
const INCIDENT: &str = "Which incident does it resolve?";

/// The kind of the link that an emergency needs.
pub(crate) const INCIDENT_LINK: &str = "incident";

/// Whether a ticket has an unanswered prompt.
pub(crate) fn has_prompts(text: &str) -> bool {
    text.contains(MARKER)
}

/// The known values of a new ticket.
#[derive(Debug, Clone, Default)]
pub struct Draft {
    /// Its ID, if it differs from the file name.
    pub(crate) id: Option<String>,
    /// The title; `None` adds a prompt.
    pub(crate) title: Option<String>,
    /// The kind.
    pub(crate) kind: Option<Kind>,
    /// The category.
    pub(crate) category: Option<Category>,
    /// The justification; `None` adds a prompt.
    pub(crate) justification: Option<String>,
    /// The description.
    pub(crate) description: Option<String>,
    /// The links.
    pub(crate) links: Vec<DraftLink>,
    /// The deployment steps; an empty list adds a prompt.
    pub(crate) deployment: Vec<String>,
    /// The rollback steps; an empty list adds a prompt.
    pub(crate) rollback: Vec<String>,
    /// The validation steps; an empty list adds a prompt.
    pub(crate) validation: Vec<String>,
}

/// A link of a new ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DraftLink {
    /// Its kind, such as `issue`.
    pub(crate) kind: &'static str,
    /// The URL or the reference.
    pub(crate) target: String,
}

impl Draft {
    /// Writes the ticket in state `proposed`, so that unanswered prompts are errors.
    #[must_use]
    pub fn to_toml(&self) -> String {
        let mut out = String::new();
        if let Some(id) = &self.id {
            out += &format!("id = {}\n", quoted(id));
        }
        out += &format!("title = {}\n", filled_in(self.title.as_ref(), TITLE));
        let kind = self.kind.unwrap_or(Kind::Normal);
        out += &format!("kind = \"{}\"\n", kind.as_str());
        if let Some(category) = self.category {
            out += &format!("category = \"{}\"\n", category.as_str());
        }
        out += "state = \"proposed\"\n";
        if let Some(description) = &self.description {
            out += &format!("description = {}\n", quoted(description));
        }
        out += &format!(
            "justification = {}\n",
            filled_in(self.justification.as_ref(), JUSTIFICATION)
        );
        let links = self.links_in(kind);
        if !links.is_empty() {
            out += &format!("links = [{}]\n", links.join(", "));
        }
        for (table, prompt, steps) in [
            ("deployment", DEPLOYMENT, &self.deployment),
            ("rollback", ROLLBACK, &self.rollback),
            ("validation", VALIDATION, &self.validation),
        ] {
            let asked = filled_in(None, prompt);
            let steps: Vec<String> = steps.iter().map(|step| quoted(step)).collect();
            let steps = if steps.is_empty() {
                asked
            } else {
                steps.join(",\n  ")
            };
            out += &format!("\n[{table}]\nsteps = [\n  {steps},\n]\n");
        }
        if has_prompts(&out) {
            out.insert_str(
                0,
                "# Replace every \"(replace) …\", then run `tollgate check`.\n",
            );
        }
        out
    }

    /// The links as inline tables; an emergency has a prompt for its incident.
    fn links_in(&self, kind: Kind) -> Vec<String> {
        let written = |link: &DraftLink| {
            let key = if is_url(&link.target) { "url" } else { "ref" };
            format!(
                "{{ kind = {}, {key} = {} }}",
                quoted(link.kind),
                quoted(&link.target)
            )
        };
        let asks =
            kind == Kind::Emergency && self.links.iter().all(|link| link.kind != INCIDENT_LINK);
        let asked = asks.then(|| {
            format!(
                "{{ kind = \"{INCIDENT_LINK}\", ref = {} }}",
                filled_in(None, INCIDENT)
            )
        });
        asked
            .into_iter()
            .chain(self.links.iter().map(written))
            .collect()
    }
}

/// The prompt for a key of a new ticket, without the marker; empty if the key has no prompt.
#[must_use]
pub(crate) fn prompt(key: &str) -> &'static str {
    match key {
        "title" => TITLE,
        "justification" => JUSTIFICATION,
        "deployment" => DEPLOYMENT,
        "rollback" => ROLLBACK,
        "validation" => VALIDATION,
        "links" => INCIDENT,
        _ => "",
    }
}

/// The descriptive part of a ticket's file name: words of its title, in lower case.
///
/// It has at most 50 characters and is cut between words. It is `change` if the title has no letter
/// or digit.
#[must_use]
pub(crate) fn slug(title: &str) -> String {
    let lower = title.to_lowercase();
    let words = lower
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty());
    let mut slug = String::new();
    for word in words {
        let word: String = word.chars().take(MAX_SLUG).collect();
        if slug.chars().count() + word.chars().count() >= MAX_SLUG && !slug.is_empty() {
            break;
        }
        if !slug.is_empty() {
            slug.push('-');
        }
        slug += &word;
    }
    if slug.is_empty() {
        "change".into()
    } else {
        slug
    }
}

const MAX_SLUG: usize = 50;

fn filled_in(given: Option<&String>, prompt: &str) -> String {
    given.map_or_else(
        || quoted(&format!("{MARKER} {prompt}")),
        |text| quoted(text),
    )
}

pub(super) fn quoted(text: &str) -> String {
    toml_edit::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Source;
    use crate::ticket::{ParsedTicket, Ticket};

    fn parsed(draft: &Draft) -> Ticket {
        let parsed = ParsedTicket::parse(&Source::new("x.toml", draft.to_toml())).unwrap();
        assert_eq!(parsed.faults(), []);
        parsed.ticket
    }

    #[test]
    fn a_new_ticket_has_the_structure_of_one() {
        parsed(&Draft::default());
        parsed(&Draft {
            kind: Some(Kind::Emergency),
            category: Some(Category::Data),
            ..Draft::default()
        });
    }

    /// The prompts below the comment that explains them.
    fn count_prompts(text: &str) -> usize {
        text.lines()
            .filter(|line| !line.starts_with('#') && line.contains(MARKER))
            .count()
    }

    #[test]
    fn known_values_have_no_prompt() {
        let known = Draft {
            title: Some("Say \"hi\" \\ to\nall".into()),
            justification: Some("Nobody \u{1b} says it".into()),
            id: Some("CHG-1".into()),
            ..Draft::default()
        };
        let text = known.to_toml();
        assert_eq!(count_prompts(&text), 3, "{text}");
        assert_eq!(Some(parsed(&known).title.text), known.title);
    }

    #[test]
    fn complete_ticket_has_no_comment_about_prompts() {
        let text = || Some("Raise the pool".to_owned());
        let steps = || vec!["Raise the pool".to_owned()];
        let known = Draft {
            title: text(),
            justification: text(),
            deployment: steps(),
            rollback: steps(),
            validation: steps(),
            ..Draft::default()
        };
        assert!(
            known.to_toml().starts_with("title = "),
            "{}",
            known.to_toml()
        );
        assert!(Draft::default().to_toml().starts_with("# Replace every "));
    }

    #[test]
    fn steps_and_links_that_are_known_are_written_down() {
        let link = |kind, target: &str| DraftLink {
            kind,
            target: target.into(),
        };
        let known = Draft {
            kind: Some(Kind::Emergency),
            links: vec![
                link("issue", "https://a.example/1"),
                link(INCIDENT_LINK, "INC-1"),
            ],
            deployment: vec!["Merge #12".into(), "Say \"hi\"".into()],
            ..Draft::default()
        };
        let ticket = parsed(&known);
        assert_eq!(ticket.deployment.steps[1].action.text, "Say \"hi\"");
        assert_eq!(
            ticket.links[0].url.as_ref().map(|url| url.text.as_str()),
            Some("https://a.example/1")
        );
        assert_eq!(
            ticket.links[1]
                .reference
                .as_ref()
                .map(|name| name.text.as_str()),
            Some("INC-1")
        );
        assert!(!known.to_toml().contains(INCIDENT) && !known.to_toml().contains(DEPLOYMENT));
    }

    #[test]
    fn every_prompt_is_listed() {
        let text = Draft {
            kind: Some(Kind::Emergency),
            ..Draft::default()
        }
        .to_toml();
        assert_eq!(count_prompts(&text), PROMPTS.len());
        assert!(PROMPTS.iter().all(|prompt| text.contains(prompt)));
    }

    #[test]
    fn a_slug_is_made_of_words() {
        assert_eq!(
            slug("Raise the `billing-api` pool: 20 → 40!"),
            "raise-the-billing-api-pool-20-40"
        );
        assert_eq!(slug("../../etc/passwd"), "etc-passwd");
        assert_eq!(slug("日本"), "日本");
        assert_eq!(slug("!?"), "change");
        assert!(slug(&"word ".repeat(99)).chars().count() <= MAX_SLUG);
        assert_eq!(slug(&"x".repeat(99)).len(), MAX_SLUG);
    }
}
