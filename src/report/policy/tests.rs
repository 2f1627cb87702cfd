//! Tests of the policy in words.

use super::*;
use crate::approval::testing::{key, signer};
use crate::config::testing;
use crate::document::time_zone;

fn facts(config: &str, files: &[&str]) -> PolicyFacts {
    PolicyFacts {
        project: "shop".into(),
        commit: Id::new([1; 20]),
        at: None,
        config: testing::config(config),
        changed: None,
        files: files.iter().map(|file| (*file).to_owned()).collect(),
        signers: None,
        clock: Clock::new(
            "2026-11-26T09:00:00Z".parse().unwrap(),
            time_zone("Europe/Berlin").unwrap(),
        ),
    }
}

fn gaps_of(config: &str) -> Vec<Gap> {
    ChangePolicy::new(&facts(config, &["src/main.rs"])).gaps
}

fn markdown(config: &str) -> String {
    ChangePolicy::new(&facts(config, &["src/main.rs"])).markdown()
}

const BO_IS_DBA: &str = "[people]\nBo = { email = \"bo@x\", roles = [\"dba\"] }\n\
    Kim = { email = \"kim@x\", roles = [\"qa\"] }\nLee = { email = \"lee@x\" }\n\
    [approvals]\nhigh = { quorum = 2, roles = [\"dba\"], evidence = \"signed\" }\n";

/// Facts with a key for each of these people.
fn with_keys(config: &str, people: &[&str]) -> PolicyFacts {
    let lines: Vec<String> = (1..)
        .zip(people)
        .map(|(number, person)| signer(person, &key(number)))
        .collect();
    let source = Source::new("allowed_signers", lines.concat());
    PolicyFacts {
        signers: Some(AllowedSigners::parse(&source).0),
        ..facts(config, &[])
    }
}

#[test]
fn an_empty_configuration_covers_nothing() {
    assert_eq!(
        gaps_of(""),
        [
            Gap::NoTicketRequired,
            Gap::NoApprovalRequired,
            Gap::NoFreeze,
            Gap::AnyBranch,
            Gap::NoReleaseRole
        ]
    );
}

#[test]
fn paths_that_match_no_file_are_named() {
    let config = "[[policy]]\nname = \"code\"\npaths = [\"src/**\", \"migrations/**\"]";
    assert!(gaps_of(config).contains(&Gap::PathsWithoutFiles {
        policy: "code".into(),
        paths: vec!["migrations/**".into()],
    }));
}

#[test]
fn the_only_person_with_a_role_is_named() {
    let policy = ChangePolicy::new(&with_keys(BO_IS_DBA, &["bo@x", "kim@x", "lee@x"]));
    assert!(policy.gaps.contains(&Gap::OnlyPerson {
        person: "Bo".into(),
        risks: vec!["high", "critical"],
        roles: vec!["dba".into()],
    }));
    assert!(policy.markdown().contains(
        "Bo is the only person with the role `dba`: a change of high or critical risk that Bo requests, plans, or makes cannot be approved by anyone."
    ));
}

#[test]
fn two_people_with_a_role_are_no_gap() {
    let config = BO_IS_DBA.replace("\"qa\"", "\"DBA\"");
    let policy = ChangePolicy::new(&with_keys(&config, &["bo@x", "kim@x", "lee@x"]));
    let is_about_person = |gap: &&Gap| matches!(gap, Gap::OnlyPerson { .. });
    assert_eq!(policy.gaps.iter().find(is_about_person), None);
}

#[test]
fn a_role_of_somebody_without_a_key_does_not_count() {
    let policy = ChangePolicy::new(&with_keys(BO_IS_DBA, &["kim@x", "lee@x"]));
    assert!(policy.markdown().contains(
        "**No ticket of high or critical risk can be approved:** no one who can approve has the role `dba`."
    ));
}

#[test]
fn signers_are_counted_by_their_keys() {
    let policy = ChangePolicy::new(&with_keys(BO_IS_DBA, &["bo@x", "kim@x"]));
    assert!(policy.gaps.contains(&Gap::OnlyPerson {
        person: "Kim".into(),
        risks: vec!["high", "critical"],
        roles: Vec::new(),
    }));
}

#[test]
fn signatures_without_keys_are_a_gap() {
    assert!(markdown(BO_IS_DBA).contains(
        "**No ticket of high or critical risk can be approved:** approvals must be signed, and `allowed_signers` is not configured."
    ));
}

#[test]
fn claimed_approvals_are_a_gap() {
    let gaps = gaps_of("[approvals]\nlow = { quorum = 0 }\nhigh = { evidence = \"attributed\" }");
    assert!(gaps.contains(&Gap::NoApprovalAt { risks: vec!["low"] }));
    assert!(gaps.contains(&Gap::NoProof {
        risks: vec!["medium"]
    }));
}

#[test]
fn roles_can_be_claimed_if_nobody_is_configured() {
    let gaps = gaps_of("[approvals]\nhigh = { roles = [\"dba\"] }");
    assert!(gaps.contains(&Gap::ClaimedRoles {
        roles: vec!["dba".into()]
    }));
}

#[test]
fn emergencies_that_nobody_can_declare_are_a_gap() {
    let config = BO_IS_DBA.replace(
        "[approvals]\n",
        "[approvals]\nemergency_roles = [\"on-call\"]\n",
    );
    assert!(gaps_of(&config).contains(&Gap::NobodyDeclaresEmergencies {
        roles: vec!["on-call".into()]
    }));
}

#[test]
fn freezes_that_are_over_are_a_gap() {
    let freeze = |end: &str| {
        gaps_of(&format!(
            "[[freeze]]\nname = \"Black Friday\"\nstart = 2026-11-20T00:00:00Z\nend = {end}"
        ))
    };
    let over = Gap::FreezesOver {
        freezes: vec!["Black Friday".into()],
    };
    assert!(freeze("2026-11-26T09:00:00Z").contains(&over));
    assert!(!freeze("2026-11-26T09:00:01Z").contains(&over));
}

#[test]
fn fields_are_required_by_state_and_risk() {
    let steps = RequiredFields::by_state();
    let reviewed = &steps[0];
    assert_eq!((reviewed.state, reviewed.low.len()), ("reviewed", 0));
    assert_eq!(reviewed.medium, ["review.peers", "review.impact"]);
    assert_eq!(
        reviewed.high,
        ["review.coverage", "review.documentation", "review.security"]
    );
    let closed = steps.last().unwrap();
    assert_eq!(closed.low, ["outcome.result"]);
    assert_eq!(
        closed.emergency,
        ["outcome.result", "outcome.retrospective"]
    );
}

#[test]
fn critical_risk_requires_the_fields_of_high_risk() {
    for state in [State::Reviewed, State::Deploying, State::Closed] {
        assert_eq!(
            required("risk.level = \"critical\"", State::Draft, state),
            required("risk.level = \"high\"", State::Draft, state)
        );
    }
}

#[test]
fn other_fields_that_count_are_named() {
    let fields = "risk.level = \"high\"\nrisk.blast_radius = \"x\"\ntests.kinds = [\"load\"]";
    let missing = required(fields, State::Draft, State::Reviewed);
    assert!(!missing.contains(&"review.impact") && !missing.contains(&"review.coverage"));
}

#[test]
fn conditions_of_a_policy_are_in_one_sentence() {
    let text = markdown(
        "[[policy]]\nname = \"api\"\npaths = [\"src/**\"]\ntypes = [\"feat\", \"fix\"]\nbump = \"minor\"\n\
         sections = [\"tests\"]\nmin_risk = \"medium\"\nallow_none = true",
    );
    assert!(text.contains(
        "**api**: changes to files that match `src/**` by commits with a minor bump or higher and of type `feat` or `fix` need a ticket with `[tests]` and a risk of medium or higher. Instead of a ticket"
    ), "{text}");
}

#[test]
fn approvals_that_a_policy_requires_are_named() {
    let text = markdown(
        "[approvals]\n[[policy]]\nname = \"db\"\npaths = [\"db/**\"]\nsections = [\"review.security\"]\n\
         approvals = { quorum = 2, roles = [\"dba\", \"security\"] }",
    );
    assert!(text.contains(
        "**db**: changes to files that match `db/**` need a ticket with `review.security` and approvals by 2 people and in the roles `dba` and `security`."
    ), "{text}");
}

#[test]
fn a_policy_about_everything_leaves_nothing_else() {
    let text = markdown("[[policy]]\nname = \"all\"");
    assert!(text.contains("**all**: all changes need a ticket."));
    assert!(!text.contains("can be made without a ticket"));
}

#[test]
fn levels_of_rules_are_listed() {
    let text = markdown(
        "[rules]\n\"content/*\" = \"off\"\n[[overrides]]\nfiles = [\"changes/old/**\"]\nrules = { \"plan/*\" = \"note\" }",
    );
    assert!(
        text.contains("- `content/*`: off\n- `plan/*`: note, in files that match `changes/old/**`")
    );
}

#[test]
fn hostile_names_stay_text() {
    let text = markdown(
        "[[policy]]\nname = \"x](javascript:y) @all\"\n\
         [[freeze]]\nname = \"**a** <b>\"\nstart = 2026-12-20T00:00:00Z\nend = 2026-12-21T00:00:00Z\nreason = \"| a\\n# b\"",
    );
    assert!(text.contains("**x\\](javascript:y) `@all`**"));
    assert!(text.contains("**\\*\\*a\\*\\* &lt;b\\>**"));
    assert!(text.contains("Reason: \\| a # b."));
}
