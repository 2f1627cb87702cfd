//! A schema change that takes two of its three parts at once, so that one version of the code finds
//! what it needs gone.

use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::text::{Pattern, code_of};
use crate::ticket::{Phase, Step, Text, Ticket};

pub(super) const RULE: Rule = Rule::new(
    "plan/expand-and-contract",
    Level::Warning,
    "schema change that mixes expand and contract",
    include_str!("expand_and_contract.md"),
    &[Check::Ticket(check)],
);

/// What the code that runs today cannot stand. `DROP NOT NULL`, `DROP DEFAULT`, `DROP INDEX` and
/// `DROP CONSTRAINT` only loosen, and no code asks for an index or a constraint by its name.
static TAKES_AWAY: Pattern = Pattern::new(
    r"(?ix)
        \b drop \s+ (?: column | table | schema | database | type | (?: materialized \s+ )? view ) \b
        | \b alter \s+ (?: table | (?: materialized \s+ )? view | type | schema | database ) \b
          [^;]* \b rename \s+ (?: to | column | attribute | value | \S+ \s+ to ) \b
        | \b rename \s+ (?: column | table ) \b
        | \b change \s+ column \b
        | \b set \s+ not \s+ null \b
        | \b modify \s [^;]* \b not \s+ null \b",
);
static ADDS: Pattern = Pattern::new(
    r"(?i)\badd\s+column\s+\S|\bcreate\s+(?:(?:unlogged|foreign|global|local)\s+)*table\b",
);
/// A key is never null, so that its new type restricts nothing.
static WIDENS_KEY: Pattern = Pattern::new(r"(?i)\bmodify\s[^;]*\bauto_increment\b");

fn check(ticket: &Ticket, _: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    let Some(phase) = ticket
        .schema_change
        .as_ref()
        .and_then(|change| change.phase)
    else {
        return;
    };
    let (pattern, what, help): (&Pattern, _, _) = match phase {
        Phase::Expand | Phase::Backfill => (
            &TAKES_AWAY,
            "drops, renames, or restricts something",
            "move this step to a separate `contract` ticket, to be deployed once no running code uses the old schema",
        ),
        Phase::Contract => (
            &ADDS,
            "adds a column or table",
            "move this step to a separate `expand` ticket, to be deployed first",
        ),
    };
    // A copy made for the backup adds nothing that the code would use.
    for step in ticket
        .deployment
        .steps
        .iter()
        .filter(|step| phase != Phase::Contract || !step.backup)
    {
        if let Some(place) = place(step, pattern) {
            let finding = RULE
                .finding(ticket.place(), place.span, what)
                .message(format!(
                    "the phase is `{}`, but this step {what}",
                    phase.as_str()
                ))
                .help(help)
                .anchor(&place.path);
            findings.push(finding);
        }
    }
}

/// Where a command of a step matches.
fn place<'a>(step: &'a Step, pattern: &Pattern) -> Option<&'a Text> {
    let command = code_of(step)
        .into_iter()
        .find(|command| pattern.is_match(command) && !WIDENS_KEY.is_match(command))?;
    step.run
        .as_ref()
        .filter(|run| run.text == command)
        .or(Some(&step.action))
}

#[cfg(test)]
mod tests {
    use super::{ADDS, RULE, TAKES_AWAY};
    use crate::rules::testing::rules_of;

    fn reports(phase: &str, step: &str) -> bool {
        rules_of(&format!(
            "schema_change.phase = \"{phase}\"\ndeployment = [\"{step}; the table shows it\"]"
        ))
        .contains(&RULE.name)
    }

    #[test]
    fn what_takes_away_is_known() {
        for command in [
            "ALTER TABLE orders DROP COLUMN address",
            "alter table orders rename address to legacy",
            "ALTER TABLE orders RENAME TO old_orders",
            "drop table addresses",
            "drop materialized view totals",
            "ALTER TABLE o ALTER COLUMN a SET NOT NULL",
            "ALTER TABLE o MODIFY a INT NOT NULL",
            "ALTER TABLE o CHANGE COLUMN a b INT",
        ] {
            assert!(TAKES_AWAY.is_match(command), "{command}");
        }
    }

    #[test]
    fn wider_key_is_accepted() {
        let step = "`ALTER TABLE o MODIFY id BIGINT NOT NULL AUTO_INCREMENT`";
        assert!(!reports("expand", step));
    }

    #[test]
    fn what_loosens_or_only_sounds_so_passes() {
        for command in [
            "ALTER TABLE o ALTER COLUMN a DROP NOT NULL",
            "ALTER TABLE o ALTER COLUMN a DROP DEFAULT",
            "DROP INDEX CONCURRENTLY orders_by_address",
            "psql -f migrations/0413_drop_column.sql",
            "ALTER INDEX orders_by_address RENAME TO orders_by_city",
            "ALTER TABLE orders RENAME CONSTRAINT a TO b",
            "rename 's/a/b/' *.yaml",
            "iptables -A INPUT -j DROP",
            "ALTER TABLE o ADD COLUMN a TEXT",
        ] {
            assert!(!TAKES_AWAY.is_match(command), "{command}");
        }
        for command in [
            "CREATE TEMP TABLE seen (id INT)",
            "CREATE INDEX a ON b (c)",
            "git add column.sql",
        ] {
            assert!(!ADDS.is_match(command), "{command}");
        }
    }

    #[test]
    fn each_phase_keeps_to_its_part() {
        assert!(reports(
            "expand",
            "Run `ALTER TABLE orders DROP COLUMN address`"
        ));
        assert!(reports(
            "backfill",
            "Run `ALTER TABLE orders ALTER a SET NOT NULL`"
        ));
        assert!(reports(
            "contract",
            "Run `ALTER TABLE orders ADD COLUMN city TEXT`"
        ));
        assert!(!reports(
            "contract",
            "Run `ALTER TABLE orders DROP COLUMN address`"
        ));
        assert!(!reports(
            "expand",
            "Run `ALTER TABLE orders ADD COLUMN city TEXT`"
        ));
    }

    #[test]
    fn prose_is_no_command_and_an_undo_is_no_step() {
        assert!(!reports(
            "expand",
            "Add the column; a later ticket will drop column address"
        ));
        let text = "schema_change.phase = \"expand\"\n[[deployment.steps]]\ndo = \"Add it\"\n\
                    run = \"psql -c 'ALTER TABLE o ADD COLUMN a INT'\"\nundo = \"ALTER TABLE o DROP COLUMN a\"";
        assert!(!rules_of(text).contains(&RULE.name));
    }

    #[test]
    fn a_copy_for_the_backup_expands_nothing() {
        let text = "schema_change.phase = \"contract\"\n[[deployment.steps]]\ndo = \"Copy it\"\nbackup = true\n\
                    run = \"psql -c 'CREATE TABLE o_copy AS SELECT * FROM o'\"";
        assert!(!rules_of(text).contains(&RULE.name));
    }
}
