//! A person whom the configuration does not know: nobody can be asked, and no approval can be
//! weighed.

use crate::commit::normalized;
use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext, unsafe_string_fix};
use crate::source::{closest, shorten};
use crate::ticket::{Text, Ticket};

pub(super) const RULE: Rule = Rule::new(
    "ticket/unknown-person",
    Level::Error,
    "person who is not configured",
    include_str!("unknown_person.md"),
    &[Check::Ticket(check)],
);

fn check(ticket: &Ticket, ctx: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    let known = &ctx.settings.people;
    if known.is_empty() {
        return;
    }
    for person in ticket.people() {
        let name = person.text.trim();
        // Blank values are reported by another rule.
        if name.is_empty()
            || known
                .iter()
                .any(|other| normalized(other) == normalized(name))
        {
            continue;
        }
        let near = closest(name, known.iter().map(String::as_str));
        let help = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => "use a name, alias, or email address from `[people]`, or add the person there"
                .into(),
        };
        let finding = RULE
            .finding(ticket.place(), person.span, "not defined in `[people]`")
            .message(format!("unknown person `{}`", shorten(name)))
            .help(help)
            .anchor(&person.path)
            .fix(
                near.filter(|_| !is_signed(person))
                    .and_then(|near| unsafe_string_fix(person.span, near)),
            );
        findings.push(finding);
    }
}

/// Whether the person signs a decision or a note, which only they may change.
fn is_signed(person: &Text) -> bool {
    ["approvals", "notes"]
        .iter()
        .any(|key| person.path.starts_with(key))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::config::{Config, Person};
    use crate::finding::Finding;
    use crate::rules::lint_ticket;
    use crate::rules::testing::{settings_of, ticket};
    use crate::source::Source;

    fn unknown(text: &str) -> Vec<String> {
        found(text)
            .into_iter()
            .map(|finding| finding.anchor)
            .collect()
    }

    fn found(text: &str) -> Vec<Finding> {
        let bo = Person {
            email: "bo@example.com".into(),
            aliases: vec!["dba on call".into()],
            ..Person::default()
        };
        let config = Config {
            people: [("bo".to_owned(), bo)].into(),
            ..Config::default()
        };
        let checked = lint_ticket(&Source::new("a.toml", ticket(text)), &settings_of(&config));
        checked
            .findings
            .into_iter()
            .filter(|finding| finding.rule == RULE.name)
            .collect()
    }

    #[test]
    fn every_person_field_is_checked() {
        let text = "requester = \"al\"\n[[notes]]\ntext = \"seen\"\nby = \"al\"\n[[rollback.steps]]\ndo = \"Apply x\"\nowner = \"al\"";
        assert_eq!(
            unknown(text),
            ["requester", "notes[0].by", "rollback.steps[0].owner"]
        );
    }

    #[test]
    fn aliases_and_rotas_match_in_any_case() {
        for name in ["bo", "Bo@Example.com", "DBA on call"] {
            assert_eq!(
                unknown(&format!("assignee = \"{name}\"")),
                [""; 0],
                "{name}"
            );
        }
    }

    #[test]
    fn the_nearest_person_is_offered_but_under_no_decision() {
        let text = "assignee = \"bo@exmple.com\"\n[[approvals]]\nby = \"bo@exmple.com\"\n";
        let fixes: Vec<_> = found(text).into_iter().map(|finding| finding.fix).collect();
        assert_eq!(
            fixes[0].as_ref().unwrap().edits[0].text,
            "\"bo@example.com\""
        );
        assert_eq!(fixes[1], None);
    }

    #[test]
    fn help_names_everything_that_is_accepted() {
        assert_eq!(
            found("assignee = \"zoe@elsewhere.org\"")[0].help,
            "use a name, alias, or email address from `[people]`, or add the person there"
        );
    }
}
