//! The closed enumerations of a ticket.

use crate::source::word_enum;

word_enum! {
    /// How a change comes about.
    pub(crate) enum Kind {
        /// Planned.
        Normal = "normal",
        /// To end an incident.
        Emergency = "emergency",
    }
}

word_enum! {
    /// What a change is about.
    pub(crate) enum Category {
        /// Something users can do anew.
        Feature = "feature",
        /// A correction.
        Bugfix = "bugfix",
        /// Settings.
        Config = "config",
        /// Machines, networks, clusters.
        Infrastructure = "infrastructure",
        /// Stored data.
        Data = "data",
        /// The schema of a store.
        Schema = "schema",
        /// Protection.
        Security = "security",
        /// Something used from elsewhere.
        Dependency = "dependency",
        /// Something that goes away.
        Removal = "removal",
        /// An exercise.
        Drill = "drill",
    }
}

word_enum! {
    /// Where a ticket stands in its life, in the order of that life.
    pub enum State {
        /// Being written.
        Draft = "draft",
        /// Handed in.
        Proposed = "proposed",
        /// Looked at by peers.
        Reviewed = "reviewed",
        /// Allowed.
        Approved = "approved",
        /// Being carried out.
        Deploying = "deploying",
        /// Being watched.
        Validating = "validating",
        /// Being undone.
        RollingBack = "rolling-back",
        /// Over.
        Closed = "closed",
        /// Given up.
        Cancelled = "cancelled",
    }
}

word_enum! {
    /// How much a change may break.
    pub enum RiskLevel {
        /// Little.
        Low = "low",
        /// Something.
        Medium = "medium",
        /// Much.
        High = "high",
        /// Everything; only declared, never computed.
        Critical = "critical",
    }
}

word_enum! {
    /// Whether a change can be undone.
    pub(crate) enum Reversible {
        /// All of it.
        Yes = "yes",
        /// Some of it.
        Partly = "partly",
        /// Nothing of it.
        No = "no",
    }
}

word_enum! {
    /// How a change reaches its environment.
    pub(crate) enum Strategy {
        /// Instance by instance.
        Rolling = "rolling",
        /// A second environment, then the switch.
        BlueGreen = "blue-green",
        /// A growing share.
        Canary = "canary",
        /// Deployed off, switched on later.
        FeatureFlag = "feature-flag",
        /// Running unseen beside the old.
        DarkLaunch = "dark-launch",
        /// All at once.
        Recreate = "recreate",
    }
}

word_enum! {
    /// The step of a schema change that a ticket takes.
    pub(crate) enum Phase {
        /// Adds what the old code does not mind.
        Expand = "expand",
        /// Fills what was added.
        Backfill = "backfill",
        /// Takes away what is used no longer.
        Contract = "contract",
    }
}

word_enum! {
    /// What an approver said.
    pub enum Decision {
        /// Yes.
        Approve = "approve",
        /// No.
        Reject = "reject",
    }
}

word_enum! {
    /// How a change ended.
    pub(crate) enum Ending {
        /// As planned.
        Successful = "successful",
        /// Deployed, with trouble.
        WithIssues = "with-issues",
        /// Undone.
        RolledBack = "rolled-back",
        /// Neither deployed nor undone in order.
        Failed = "failed",
    }
}

word_enum! {
    /// A section of a ticket that has steps.
    pub(crate) enum Section {
        /// How the change is deployed.
        Deployment = "deployment",
        /// How to check that it worked.
        Validation = "validation",
        /// How to undo it.
        Rollback = "rollback",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_words_are_unknown() {
        assert_eq!(Kind::parse("standard"), None);
    }

    #[test]
    fn states_and_levels_are_in_order() {
        assert!(State::Draft < State::Proposed && State::Approved < State::Deploying);
        assert!(RiskLevel::Low < RiskLevel::Medium && RiskLevel::High < RiskLevel::Critical);
    }
}
