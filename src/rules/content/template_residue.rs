//! A prompt from `ticket new` that was not replaced.

use crate::config::Level;
use crate::document::ValuePath;
use crate::finding::Finding;
use crate::rules::CheckedTree;
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::source::shorten_path;
use crate::text::Pattern;
use crate::ticket::{MARKER, PROMPTS, Ticket};

pub(super) const RULE: Rule = Rule::new(
    "content/template-residue",
    Level::Error,
    "unanswered template prompt",
    include_str!("template_residue.md"),
    &[
        Check::Ticket(check),
        Check::Tree(check_repository_templates),
    ],
)
.any_language();

/// Prompts of well-known templates for changes, as whole texts. A prompt to list, add or enter
/// something needs a mark: in a step it may be what is done.
static FOREIGN: Pattern = Pattern::new(
    r"(?ix) ^ (?: [-*] \s* (?: \[ [\sx] \] \s* )? )? (?:
        (?: (?: change | rollback | deployment | validation | post-change | pre-change ) \s+ )? steps? \s+ (?: \d+ | n )
        | metrics? \s+ name | change \s+ (?: summary | title | objective | description )
        | dri \s+ for \s+ the \b .{0,80}
        | (?: please \s+ )? (?: describe | explain | summari[sz]e ) \s
          (?: here \s+ )? (?: the | this | your | any | all | how | why | what | which | who | briefly | in ) \b [^0-9`]{0,160}
        | (?: please \s+ )? (?: list | add | enter | provide | insert | specify | include ) \s
          (?: here \s+ )? (?: the | this | your | any | all | how | a | an | link | links | services? | names? ) \b [^0-9`]{0,120} (?: [:?…] | \.\.\. | \b here [.!]? )
        | (?: (?: what | which | who | how | when | where | why | is | are | does | do | will | can | has ) \b [^.!?0-9`]{0,120} \? \s* ){2,}
        | (?: who | what ) \s+ (?: (?: or | and ) \s+ (?: who | what ) \s+ )? (?: is | are | will \s+ be | could \s+ be ) \s+ affected \b [^0-9`.,:?]{0,40}
        | (?: who | what | which | how ) \b [^.!?0-9`]{0,40} \b (?: affected | impacted ) \b [^.!?0-9`]{0,60} \?
        | list \s+ (?: of \s+ )? (?: the \s+ | all \s+ | affected \s+ | impacted \s+ )? (?: affected \s+ | impacted \s+ )? (?: services | systems | users | applications | customers ) [^0-9`.,:]{0,40}
        | (?: one | two | three | a \s+ few | one \s+ or \s+ two ) \s+ (?: short \s+ | brief \s+ )? (?: paragraphs? | sentences? ) \s+ (?: on | about | that | describing | in | for | which | explaining ) \b [^0-9`]{0,120}
        | (?: a \s+ )? (?: short | brief ) \s+ (?: text | description | summary | explanation | message ) \s+ (?: for | of | on | about | what | that ) \b [^0-9`]{0,160}
        | (?: to \s+ be \s+ )? (?: fill (?: ed )? | complete d? ) \s+ (?: this \s+ )? (?: in \s+ | out \s+ )? (?: by | before | when ) \b [^0-9`]{0,60}
        | (?: please \s+ )? insert \b [^0-9`]{0,80} \b here
        | \( \s* (?: who | what | which | how | when | where | why ) \b [^()0-9`]{0,120} \)
        | e\.?g\.? [\s,] [^0-9`]{0,120} | see \s+ (?: the \s+ )? template
        ) [.:]? $",
);

fn check(ticket: &Ticket, ctx: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    for entry in ctx.document.root().entries() {
        let path = ValuePath::Written(&entry.key);
        entry.value.strings(path, &mut |path, node| {
            let text = node.as_str().unwrap_or_default().trim();
            if !is_known_prompt(text) {
                return;
            }
            let finding = RULE
                .finding(ticket.place(), node.span, "template prompt")
                .message(format!("`{path}` still contains the template prompt"))
                .help(if text.starts_with(MARKER) {
                    "replace the whole string, including `(replace)`, with your answer"
                } else {
                    "replace the whole string with your answer"
                })
                .anchor(path.to_string());
            findings.push(finding);
        });
    }
}

/// Whether a text is a prompt in any repository.
fn is_known_prompt(text: &str) -> bool {
    let unwrapped = text
        .strip_prefix('<')
        .and_then(|text| text.strip_suffix('>'))
        .unwrap_or(text);
    text.starts_with(MARKER) || PROMPTS.contains(&text) || FOREIGN.is_match(unwrapped.trim())
}

/// Reports lines of the repository's own templates, unless they are known prompts, which are
/// reported already.
fn check_repository_templates(
    ticket: &Ticket,
    ctx: &TicketContext<'_>,
    tree: &CheckedTree,
    findings: &mut Vec<Finding>,
) {
    if tree.templates.is_empty() {
        return;
    }
    for entry in ctx.document.root().entries() {
        let path = ValuePath::Written(&entry.key);
        entry.value.strings(path, &mut |path, node| {
            let text = node.as_str().unwrap_or_default();
            let template = tree.templates.template_of(text);
            let Some(template) = template.filter(|_| !is_known_prompt(text.trim())) else {
                return;
            };
            let finding = RULE
                .finding(ticket.place(), node.span, "line of a template")
                .message(format!(
                    "`{path}` is a line of the template `{}`",
                    shorten_path(template)
                ))
                .help("replace the whole string with your answer")
                .anchor(path.to_string());
            findings.push(finding);
        });
    }
}

#[cfg(test)]
mod tests {
    use crate::finding::Finding;
    use crate::rules::testing::{TestFiles, findings_in, rules_of};

    const RULE: &str = "content/template-residue";

    #[test]
    fn prompt_is_found_anywhere() {
        assert!(rules_of("title = \"(replace) What is changed?\"").contains(&RULE));
        let prompt = "risk.blast_radius = \"<Who or what is affected if this goes wrong>\"";
        assert!(rules_of(prompt).contains(&RULE));
        assert!(rules_of("validation = [\"(replace) What is seen?\"]").contains(&RULE));
    }

    #[test]
    fn a_prompt_without_its_marker_is_one_still() {
        let prompt = crate::ticket::PROMPTS[0];
        assert!(rules_of(&format!("title = \"{prompt}\"")).contains(&RULE));
    }

    #[test]
    fn prompts_of_other_templates_are_found() {
        for text in [
            "Change Step 1",
            "Metric Name",
            "List services",
            "DRI for the execution of this change",
            "Describe the change in a few sentences",
            "Explain how to roll back",
            "What is the impact on users? Which systems are affected?",
            "Who or what is affected if this goes wrong",
            "Describe here which users and services notice the change.",
            "Add links to the dashboards here",
            "Who and what is affected if it goes wrong?",
            "List of affected systems and users",
            "One paragraph on what could break",
            "Short text for the users: what happens, when, and what they have to do.",
            "Fill in before submission",
            "(who is affected, how many, for how long)",
            "e.g. number of users, regions, systems",
            "Insert affected services here",
            "Please provide the names of the reviewers:",
        ] {
            assert!(
                rules_of(&format!("description = \"{text}\"")).contains(&RULE),
                "{text}"
            );
        }
    }

    #[test]
    fn instructions_and_answers_are_accepted() {
        for text in [
            "List the pods: `kubectl get pods` shows 6",
            "Add the role to `billing`",
            "Enter the maintenance mode on pdu-3",
            "Step 1 and step 2 run in parallel",
            "Metric names change with 2.0",
            "Why? Because `pool=20` is too small",
            "What is affected: the checkout of shop 12",
            "One sentence in the footer names shop 12",
            "Who is affected? The clerks in Graz",
            "Short messages for drivers are cut",
            "Complete before the fair on 12 May",
            "List of customers: the file `graz.csv`",
            "Two sentences of the mail were wrong",
            "Which 12 hosts? See the list below",
            "Who is affected by the old limit are the shops in Graz, since October.",
            "Describe the table: `\\\\d orders` shows `note`",
            "Provide the new key to the partners by mail",
        ] {
            assert!(
                !rules_of(&format!("description = \"{text}\"")).contains(&RULE),
                "{text}"
            );
        }
    }

    #[test]
    fn text_about_replacing_is_accepted() {
        for title in [
            "Replace the pool (twice)",
            "Raise (replace) the pool",
            "(Replacement) of disk 4",
            "replace x",
            "(re)place",
        ] {
            assert!(
                !rules_of(&format!("title = \"{title}\"")).contains(&RULE),
                "{title}"
            );
        }
    }

    const TEMPLATE: &str = "# Change\n\n<!-- Describe your change in detail -->\n\n\
        **What does this change do?**\n\n- [ ] I have updated the docs\n\
        - [ ] Closes [the issue]\n> Steps to reproduce the bug:\nTests?\n\
        This change follows the style guide\n";

    fn is_residue_in(path: &str, description: &str) -> bool {
        let files = TestFiles::with_text(path, TEMPLATE);
        let text = format!("description = \"\"\"{description}\"\"\"");
        let findings = findings_in(&text, &files, None);
        findings.iter().any(|finding| finding.rule == RULE)
    }

    fn is_residue(description: &str) -> bool {
        is_residue_in(".github/pull_request_template.md", description)
    }

    #[test]
    fn line_of_a_repository_template_is_found() {
        for text in [
            "<!-- Describe your change in detail -->",
            "describe your change in detail",
            "What does this change do?",
            "## what does this  change do?\n",
            "Steps to reproduce the bug:",
        ] {
            assert!(is_residue(text), "{text}");
        }
    }

    #[test]
    fn other_text_is_not_a_line_of_a_template() {
        for text in [
            "What does this change do? It raises the pool",
            "I have updated the docs",
            "This change follows the style guide",
            "Tests?",
            "Change",
            "Closes [the issue]",
            "Describe `orders` in detail, then measure",
            "What does that change do?",
        ] {
            assert!(!is_residue(text), "{text}");
        }
    }

    #[test]
    fn templates_are_found_where_forges_look() {
        let text = "What does this change do?";
        for path in [
            ".github/PULL_REQUEST_TEMPLATE.md",
            ".github/PULL_REQUEST_TEMPLATE/schema.md",
            ".github/ISSUE_TEMPLATE.md",
            ".github/ISSUE_TEMPLATE/bug.md",
            "pull_request_template.md",
            "docs/pull_request_template.txt",
            ".gitlab/issue_templates/Bug.md",
            ".gitlab/merge_request_templates/Default.md",
        ] {
            assert!(is_residue_in(path, text), "{path}");
        }
        for path in [
            "README.md",
            "docs/templates/pull_request.md",
            "src/pull_request_template.md",
            ".gitlab/pull_request_template.md",
            ".github/ISSUE_TEMPLATE/old/bug.md",
            ".github/issue_template_guide.md",
        ] {
            assert!(!is_residue_in(path, text), "{path}");
        }
    }

    #[test]
    fn texts_of_an_issue_form_are_found() {
        let form = "body:\n  - type: textarea\n    attributes:\n      label: What happened after the change?\n      \
                    description: \"Describe what you saw\"\n";
        let files = TestFiles::with_text(".github/ISSUE_TEMPLATE/bug.yml", form);
        for text in ["What happened after the change?", "Describe what you saw"] {
            let findings = findings_in(&format!("description = \"{text}\""), &files, None);
            assert!(
                findings.iter().any(|finding| finding.rule == RULE),
                "{text}"
            );
        }
    }

    #[test]
    fn known_prompt_in_a_template_is_reported_once() {
        let files = TestFiles::with_text(".github/pull_request_template.md", TEMPLATE);
        let text = "description = \"Describe your change in detail\"";
        let findings = findings_in(text, &files, None);
        let is_residue = |finding: &&Finding| finding.rule == RULE;
        assert_eq!(findings.iter().filter(is_residue).count(), 1);
    }

    #[test]
    fn template_is_named() {
        let files = TestFiles::with_text(".github/pull_request_template.md", TEMPLATE);
        let findings = findings_in("description = \"What does this change do?\"", &files, None);
        let finding = findings
            .iter()
            .find(|finding| finding.rule == RULE)
            .unwrap();
        assert_eq!(
            finding.message,
            "`description` is a line of the template `.github/pull_request_template.md`"
        );
    }
}
