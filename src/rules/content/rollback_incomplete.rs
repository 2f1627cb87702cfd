//! A rollback that undoes a part of what was deployed.

use std::collections::BTreeMap;

use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::source::{Label, shorten};
use crate::text::{NameIndex, Pattern, Words, commands, is_name, locate, stretches, texts_of};
use crate::ticket::{Step, Text, Ticket};

pub(super) const RULE: Rule = Rule::new(
    "content/rollback-incomplete",
    Level::Warning,
    "rollback of only a part of what was deployed",
    include_str!("rollback_incomplete.md"),
    &[Check::Ticket(check)],
);

/// Last words of subcommands that change what they name.
static CHANGES: Words = Words::new(
    "upgrade install deploy image scale update-service update-traffic update enable disable create add patch env resources",
);
/// What a rollback says of several things at once, or of all that was changed.
static COLLECTIVE: Pattern = Pattern::new(
    r"(?i)\b(?:both|all|each|every|same|others?|rest|likewise|everything|respectively|remaining|revert\w*|reverse|for\s+\w+\s+in|restor\w*|stays?|remains?|keeps?|ignor\w*)\b|\b(?:two|three|four)\s|[*$]",
);

/// Something that a step changes, and where.
#[derive(Clone, Copy)]
struct Changed<'t> {
    object: &'t str,
    origin: &'t Text,
}

fn check(ticket: &Ticket, _: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    let undone: Vec<&str> = texts_of(&ticket.rollback.steps)
        .map(|text| text.text.as_str())
        .collect();
    if undone.is_empty() || undone.iter().any(|text| COLLECTIVE.is_match(text)) {
        return;
    }
    let mut changed = changed(&ticket.deployment.steps);
    changed.insert(("", "file"), files(&ticket.deployment.steps));
    if changed.values().all(|objects| objects.len() < 2) {
        return;
    }
    let undone = NameIndex::new(undone);
    let forgotten = changed.values().find_map(|objects| {
        let kept = objects
            .iter()
            .find(|changed| undone.is_named(changed.object))?;
        let forgotten = objects
            .iter()
            .find(|changed| !undone.is_named(changed.object))?;
        Some((kept, forgotten))
    });
    let Some((kept, forgotten)) = forgotten else {
        return;
    };
    let (rolled_back, missing) = (shorten(kept.object), shorten(forgotten.object));
    let here = locate(&ticket.source, forgotten.origin, forgotten.object);
    let finding = RULE
        .finding(ticket.place(), here, "not in the rollback")
        .message(format!(
            "the rollback undoes the change to `{rolled_back}`, but not the one to `{missing}`"
        ))
        .help(format!(
            "roll back `{missing}`, too, or say in the rollback why that change is kept"
        ))
        .related(
            ticket.place(),
            Label::new(ticket.rollback.span, "only these steps"),
        )
        .anchor("rollback.steps");
    findings.push(finding);
}

/// What commands of steps change, by program and subcommand. Steps that can't be undone, or have
/// their own `undo`, are left out.
fn changed(steps: &[Step]) -> BTreeMap<(&str, &str), Vec<Changed<'_>>> {
    let mut changed: BTreeMap<(&str, &str), Vec<Changed<'_>>> = BTreeMap::new();
    let steps = steps
        .iter()
        .filter(|step| step.undo.is_none() && step.cannot_undo.is_none());
    for stretch in steps.flat_map(stretches).filter(|stretch| stretch.is_code) {
        for command in commands(stretch.text) {
            let verb = command.subcommand.last().copied().unwrap_or_default();
            if !CHANGES.contains(verb) {
                continue;
            }
            let objects = command
                .objects()
                .into_iter()
                .filter(|object| is_name(object));
            let known = changed.entry((command.program, verb)).or_default();
            known.extend(objects.map(|object| Changed {
                object,
                origin: stretch.origin,
            }));
        }
    }
    changed
}

/// A file that is copied before it is changed, to its own name with a suffix.
static COPY: Pattern = Pattern::new(r"\bcp\s+(?:-\S+\s+)*(?P<file>[\w./-]+)\s+(?P<copy>[\w./-]+)");
/// A file that a step changes.
static EDIT: Pattern = Pattern::new(
    r"(?i)\b(?:install|edit|replace|adjust|modify|overwrite)\s+(?:the\s+)?(?:new\s+)?(?P<file>[\w./-]*\w\.(?:conf|cfg|cnf|ini|ya?ml|toml|json|xml|txt|properties|env|sh|tf|service|vcl|sql|php|rules))\b",
);

/// The files that steps change, by their names without folders.
fn files(steps: &[Step]) -> Vec<Changed<'_>> {
    let mut files: Vec<Changed<'_>> = Vec::new();
    let steps = steps
        .iter()
        .filter(|step| step.undo.is_none() && step.cannot_undo.is_none());
    for text in steps.flat_map(|step| texts_of(std::slice::from_ref(step))) {
        let copied = COPY.captures_iter(&text.text).filter_map(|found| {
            let file = name_of(found.name("file")?.as_str());
            let suffix = name_of(found.name("copy")?.as_str()).strip_prefix(file)?;
            suffix.starts_with(['.', '-', '_']).then_some(file)
        });
        let edited = EDIT
            .captures_iter(&text.text)
            .filter_map(|found| Some(name_of(found.name("file")?.as_str())));
        let found = copied.chain(edited).map(|object| Changed {
            object,
            origin: text,
        });
        files.extend(found);
    }
    files
}

/// The last part of a path.
fn name_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::rules_of;

    const RULE: &str = "content/rollback-incomplete";

    fn reports(rollback: &str) -> bool {
        rules_of(&format!(
            "deployment = [\"`helm upgrade cart-api charts/a`\", \"`helm upgrade cart-web charts/w`\"]\n\
             rollback = [\"{rollback}\"]"
        ))
        .contains(&RULE)
    }

    #[test]
    fn forgotten_object_is_found() {
        assert!(reports(
            "`helm rollback cart-api 12`; `/health` returns pool=20"
        ));
    }

    #[test]
    fn complete_rollback_is_accepted() {
        for rollback in [
            "`helm rollback cart-api 12`, `helm rollback cart-web 9`",
            "`helm rollback cart-api 12`, then the same for the web",
            "`helm rollback cart-api 12`; cart-web can handle both",
            "`helm rollback $release`",
            "Revert #12; `helm rollback cart-api 12`",
            "`helm rollback cart-api 12`; the other one stays",
            "`/health` returns pool=20 after `make undo`",
        ] {
            assert!(!reports(rollback), "{rollback}");
        }
    }

    #[test]
    fn forgotten_file_is_found() {
        let reports = |rollback: &str| {
            rules_of(&format!(
                "deployment = [\"cp -p config.txt config.txt.old and cp -p /etc/shib.txt /etc/shib.txt.old\", \
                 \"Install config.txt and shib.txt from !81\"]\nrollback = [\"{rollback}\"]"
            ))
            .contains(&RULE)
        };
        assert!(reports("cp -p config.txt.old config.txt; login works"));
        for rollback in [
            "cp -p config.txt.old config.txt && cp -p shib.txt.old shib.txt",
            "cp -p config.txt.old config.txt; shib.txt does no harm",
            "Copy both files back: config.txt from config.txt.old",
            "Revert !81; config.txt is the old one",
            "Install the package of May; login works",
        ] {
            assert!(!reports(rollback), "{rollback}");
        }
    }

    #[test]
    fn objects_of_one_command_each_are_accepted() {
        for deployment in [
            "`helm upgrade cart-api a`, `kubectl get deploy/cart-web`",
            "`helm upgrade cart-api a`, `systemctl restart cart-web`",
        ] {
            let text = format!(
                "deployment = [\"{deployment}\"]\nrollback = [\"`helm rollback cart-api 12`\"]"
            );
            assert!(!rules_of(&text).contains(&RULE), "{deployment}");
        }
    }
}
