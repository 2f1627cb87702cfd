//! A branch that makes what judges it less strict.

use super::branch::{Branch, Loosened};
use super::demand::{demands, lacking, looks_at_ticket};
use crate::config::Level;
use crate::finding::{Place, Severity};
use crate::rules::rule::{Check, Hit, Rule};
use crate::rules::settings::Settings;
use crate::source::{Label, Span};

pub(in crate::rules) const RULE: Rule = Rule {
    name: "gate/policy-weakened",
    level: Level::Error,
    since: "0.1.0",
    summary: "a branch that loosens what judges it",
    page: include_str!("policy_weakened.md"),
    options: &[],
    checks: &[Check::Branch(check)],
};

fn check(branch: &Branch, settings: &Settings) -> Vec<(Place, Hit)> {
    let hits = branch.loosened.iter().map(|loosened| {
        let hit = RULE
            .finding(Label::new(Span::default(), ""))
            .message(format!("the branch loosens what judges it: {}", loosened.what))
            .anchor(&loosened.what);
        let hit = match allowing(branch, loosened, settings) {
            Some(policy) => {
                let help = format!("the policy `{policy}` asks a ticket for it, and there is one: look at it closely");
                hit.help(help).at_most(Severity::Warning)
            }
            None => hit.help(format!(
                "it is judged by the base's; to change it, let a policy of the base ask a ticket for `{}`",
                loosened.path
            )),
        };
        (Place::File(loosened.path.clone()), hit)
    });
    hits.collect()
}

/// The policy of the base that asks a ticket for the loosened file, where the branch brings one that suffices.
fn allowing<'b>(branch: &'b Branch, loosened: &Loosened, settings: &Settings) -> Option<&'b str> {
    let covering = branch.covering();
    let met = demands(branch).into_iter().find(|demand| {
        let asks = !demand.policy.paths.is_empty()
            && demand.because.iter().any(|part| part.path == Some(loosened.path.as_str()));
        let mut looked_at = covering.iter().filter(|version| looks_at_ticket(demand.policy, version, settings));
        asks && looked_at.any(|version| lacking(demand.policy, version, settings).is_empty())
    });
    met.map(|demand| demand.policy.name.as_str())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{branch, changed, commit, policies, told_with_severity};
    use super::*;

    fn loosening(policy: &str) -> Branch {
        Branch {
            commits: vec![commit('a', "chore: x", &["tollgate.toml"])],
            paths: vec!["tollgate.toml".into()],
            policies: policies(policy),
            loosened: vec![Loosened { path: "tollgate.toml".into(), what: "the rule `toml/*` is off".into() }],
            ..branch()
        }
    }

    const OTHER: &str = "name = \"other\"\npaths = [\"x\"]";

    #[test]
    fn a_branch_that_loosens_what_judges_it_is_refused() {
        let found = told_with_severity(&loosening(OTHER));
        let message = "the branch loosens what judges it: the rule `toml/*` is off".to_owned();
        assert_eq!(found, [(Severity::Error, message)]);
    }

    #[test]
    fn where_the_base_asks_a_ticket_for_it_and_there_is_one_it_is_told() {
        let tickets = || vec![changed("", "state = \"proposed\"")];
        let policy = "name = \"policy\"\npaths = [\"tollgate.toml\"]";
        let asked = Branch { tickets: tickets(), ..loosening(policy) };
        assert_eq!(told_with_severity(&asked)[0].0, Severity::Warning);
        let not_asked = Branch { tickets: tickets(), ..loosening(OTHER) };
        assert_eq!(told_with_severity(&not_asked)[0].0, Severity::Error);
    }
}
