//! Recognizes in the output of a push that the remote protects the branch.
//!
//! Git only says that a hook declined the push; the forges give the reason in lines of their own.

use crate::git::remote_refs::short_branch;

/// Whether the remote rejected a push because its rules protect the branch, given as
/// `refs/heads/…`.
///
/// False for a message that no known forge prints, and for a rule that another way to release would
/// break too.
pub(super) fn is_protected(output: &str, branch: &str) -> bool {
    let short = short_branch(branch);
    let refusals = [
        // GitHub: a branch protection rule, and a ruleset
        format!("GH006: Protected branch update failed for {branch}."),
        format!("GH013: Repository rule violations found for {branch}."),
        // GitLab
        "GitLab: You are not allowed to push code to protected branches on this project.".into(),
        // Bitbucket Cloud, and Bitbucket Data Center
        format!("Permission denied to update branch {short}."),
        format!("Branch {branch} can only be modified through pull requests."),
        // Gitea and Forgejo
        format!("Not allowed to push to protected branch {short}"),
        // Azure Repos
        "TF402455: Pushes to this branch are not permitted; you must use a pull request".into(),
    ];
    let is_secret =
        output.contains("GITHUB PUSH PROTECTION") || output.contains("Push cannot contain secrets");
    !is_secret && refusals.iter().any(|refusal| output.contains(refusal))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What forges print, as users have quoted it.
    const REFUSALS: [(&str, &str); 7] = [
        (
            "GitHub, a protection rule",
            "remote: error: GH006: Protected branch update failed for refs/heads/main.\n\
             remote: error: At least 1 approving review is required by reviewers with write access.\n\
             !\t0123:refs/heads/main\t[remote rejected] (protected branch hook declined)",
        ),
        (
            "GitHub, a ruleset",
            "remote: error: GH013: Repository rule violations found for refs/heads/main.\n\
             remote: - Changes must be made through a pull request.\n\
             !\t0123:refs/heads/main\t[remote rejected] (push declined due to repository rule violations)",
        ),
        (
            "GitLab",
            "remote: GitLab: You are not allowed to push code to protected branches on this project.\n\
             !\t0123:refs/heads/main\t[remote rejected] (pre-receive hook declined)",
        ),
        (
            "Bitbucket Cloud",
            "remote: Permission denied to update branch main.\n\
             !\t0123:refs/heads/main\t[remote rejected] (pre-receive hook declined)",
        ),
        (
            "Bitbucket Data Center",
            "remote: Branch refs/heads/main can only be modified through pull requests.\n\
             remote: Check your branch permissions configuration with the project administrator.\n\
             !\t0123:refs/heads/main\t[remote rejected] (pre-receive hook declined)",
        ),
        (
            "Gitea",
            "remote: Gitea: Not allowed to push to protected branch main\n\
             !\t0123:refs/heads/main\t[remote rejected] (pre-receive hook declined)",
        ),
        (
            "Azure Repos",
            "!\t0123:refs/heads/main\t[remote rejected] (TF402455: Pushes to this branch are not permitted; you must use a pull request to update this branch.)",
        ),
    ];

    #[test]
    fn refusals_of_each_forge_are_recognized() {
        for (forge, output) in REFUSALS {
            assert!(is_protected(output, "refs/heads/main"), "{forge}");
        }
    }

    #[test]
    fn other_refusals_do_not_protect_the_branch() {
        let others = [
            "remote: error: GH013: Repository rule violations found for refs/tags/v1.0.0.",
            "remote: error: GH006: Protected branch update failed for refs/heads/main-2.",
            "remote: error: GH013: Repository rule violations found for refs/heads/main.\n\
             remote: - GITHUB PUSH PROTECTION\n",
            "!\t0123:refs/heads/main\t[remote rejected] (pre-receive hook declined)",
        ];
        for output in others {
            assert!(!is_protected(output, "refs/heads/main"), "{output}");
        }
    }
}
