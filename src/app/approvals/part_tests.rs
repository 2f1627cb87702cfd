//! Who may approve which part of a branch, judged in histories in memory: in doubt, a commit belongs
//! to all tickets, whatever the merges look like.

use super::tests::{
    APPROVALS, NOBODY, PATH, append, append_to, in_state, judge_tickets, new_approval,
};
use crate::history::testing::TestRepository;

const QUEUE: &str = "changes/queue.toml";

/// Adds a branch with a ticket and code by a person, on `develop`.
fn feature(repository: &mut TestRepository, name: &str, person: &str) {
    repository.switch("develop");
    repository.branch(name);
    repository.become_person(person);
    repository.write(&format!("changes/{name}.toml"), in_state("proposed"));
    repository.write(&format!("k8s/{name}.yaml"), "40\n");
    repository.commit(&format!("feat: raise the {name}"));
}

/// Merges a branch into `develop`, by Cy.
fn merge_feature(repository: &mut TestRepository, name: &str) {
    repository.switch("develop");
    repository.become_person("cy");
    repository.merge(name);
}

/// A branch `develop` without changes, on a base that requires one approval.
fn develop() -> TestRepository {
    let mut repository = TestRepository::new();
    repository.write("tollgate.toml", APPROVALS);
    repository.commit("feat: begin");
    repository.branch("develop");
    repository
}

/// The branch `develop` with Ada's part, the pool, and Bo's part, the queue.
fn two_parts() -> TestRepository {
    let mut repository = develop();
    feature(&mut repository, "pool", "ada");
    feature(&mut repository, "queue", "bo");
    merge_feature(&mut repository, "pool");
    merge_feature(&mut repository, "queue");
    repository
}

/// Lets Bo approve Ada's part and Ada approve Bo's; returns which of the two count.
fn approved_crosswise(repository: &mut TestRepository) -> Vec<String> {
    append_to(repository, PATH, &new_approval("bo@example.com"));
    append_to(repository, QUEUE, &new_approval("ada@example.com"));
    repository.become_person("cy");
    repository.commit("docs: approve both");
    judge_tickets(repository, &[PATH, QUEUE], None).approved()
}

#[test]
fn worker_on_one_part_can_approve_another() {
    let mut repository = two_parts();
    assert_eq!(approved_crosswise(&mut repository), ["pool", "queue"]);
    // Git-flow: the merge commit on the main branch divides into the same parts.
    repository.switch("main");
    repository.merge("develop");
    let after = judge_tickets(&repository, &[PATH, QUEUE], None);
    assert_eq!(after.approved(), ["pool", "queue"]);
}

#[test]
fn worker_on_a_part_cannot_approve_it() {
    let mut repository = two_parts();
    append(&mut repository, &new_approval("ada@example.com"));
    append_to(&mut repository, QUEUE, &new_approval("bo@example.com"));
    repository.commit("docs: approve both");
    assert_eq!(
        judge_tickets(&repository, &[PATH, QUEUE], None).approved(),
        NOBODY
    );
}

#[test]
fn direct_commit_belongs_to_all_parts() {
    let mut repository = two_parts();
    repository.become_person("bo");
    repository.write("k8s/other.yaml", "1\n");
    repository.commit("fix: the other thing");
    assert_eq!(approved_crosswise(&mut repository), ["queue"]);
}

#[test]
fn part_without_a_ticket_belongs_to_all_parts() {
    for message in [
        "fix: it",
        "fix: it\n\nChange: gone",
        "fix: it\n\nChange: none (small)",
    ] {
        let mut repository = two_parts();
        repository.branch("side");
        repository.become_person("bo");
        repository.write("k8s/other.yaml", "1\n");
        repository.commit(message);
        merge_feature(&mut repository, "side");
        assert_eq!(approved_crosswise(&mut repository), ["queue"], "{message}");
    }
}

#[test]
fn part_with_a_draft_belongs_to_all_parts() {
    let mut repository = develop();
    feature(&mut repository, "pool", "ada");
    feature(&mut repository, "queue", "bo");
    repository.write(QUEUE, in_state("draft"));
    repository.commit("docs: not yet");
    merge_feature(&mut repository, "pool");
    merge_feature(&mut repository, "queue");
    assert_eq!(approved_crosswise(&mut repository), NOBODY);
}

#[test]
fn changes_of_a_merge_commit_belong_to_all_parts() {
    let mut repository = develop();
    feature(&mut repository, "pool", "ada");
    feature(&mut repository, "queue", "bo");
    merge_feature(&mut repository, "pool");
    repository.become_person("bo");
    repository.write("k8s/smuggled.yaml", "1\n");
    repository.merge("queue");
    assert_eq!(approved_crosswise(&mut repository), ["queue"]);
}

#[test]
fn merge_that_brings_nothing_is_no_part() {
    let mut repository = two_parts();
    repository.become_person("bo");
    repository.write("k8s/smuggled.yaml", "1\n");
    // The second parent is on the base.
    repository.merge("main");
    assert_eq!(approved_crosswise(&mut repository), ["queue"]);
}

#[test]
fn part_that_contains_another_has_its_tickets() {
    let mut repository = develop();
    feature(&mut repository, "pool", "ada");
    feature(&mut repository, "queue", "bo");
    repository.merge("pool");
    merge_feature(&mut repository, "queue");
    merge_feature(&mut repository, "pool");
    assert_eq!(approved_crosswise(&mut repository), NOBODY);
}

#[test]
fn criss_cross_merges_mix_the_parts() {
    let mut repository = develop();
    feature(&mut repository, "pool", "ada");
    feature(&mut repository, "queue", "bo");
    repository.branch("queue-before");
    repository.switch("queue");
    repository.merge("pool");
    repository.switch("pool");
    repository.become_person("ada");
    repository.merge("queue-before");
    merge_feature(&mut repository, "pool");
    merge_feature(&mut repository, "queue");
    assert_eq!(approved_crosswise(&mut repository), NOBODY);
}

#[test]
fn fast_forward_has_no_parts() {
    let mut repository = develop();
    feature(&mut repository, "pool", "ada");
    repository.branch("develop");
    feature(&mut repository, "queue", "bo");
    repository.branch("develop");
    assert_eq!(approved_crosswise(&mut repository), NOBODY);
}

#[test]
fn squash_is_one_part() {
    let mut repository = two_parts();
    repository.become_person("cy");
    let authors = "Co-authored-by: Ada <ada@example.com>\nCo-authored-by: Bo <bo@example.com>";
    repository.squash_onto("main", &format!("feat: raise both\n\n{authors}"));
    assert_eq!(approved_crosswise(&mut repository), NOBODY);
}
