//! The enumerations of a ticket: fields with a fixed set of values.

use crate::source::word_enum;

word_enum! {
    /// How a change is handled.
    pub(crate) enum Kind {
        /// A planned change.
        Normal = "normal",
        /// A change that ends an incident; it may be deployed before its approval.
        Emergency = "emergency",
    }
}

word_enum! {
    /// What a change is about.
    pub(crate) enum Category {
        /// A new feature.
        Feature = "feature",
        /// A bug fix.
        Bugfix = "bugfix",
        /// Configuration.
        Config = "config",
        /// Machines, networks, or clusters.
        Infrastructure = "infrastructure",
        /// Stored data.
        Data = "data",
        /// The schema of a data store.
        Schema = "schema",
        /// Security.
        Security = "security",
        /// A dependency on other software.
        Dependency = "dependency",
        /// A removal.
        Removal = "removal",
        /// A drill.
        Drill = "drill",
    }
}

word_enum! {
    /// The state of a ticket; the order is that of its life.
    pub enum State {
        /// The ticket is being written.
        Draft = "draft",
        /// Ready for review.
        Proposed = "proposed",
        /// Reviewed by peers.
        Reviewed = "reviewed",
        /// Approved.
        Approved = "approved",
        /// The change is being deployed.
        Deploying = "deploying",
        /// The deployed change is being validated.
        Validating = "validating",
        /// The change is being rolled back.
        RollingBack = "rolling-back",
        /// Finished.
        Closed = "closed",
        /// Abandoned.
        Cancelled = "cancelled",
    }
}

word_enum! {
    /// How much a change may break.
    pub enum RiskLevel {
        /// Low risk.
        Low = "low",
        /// Medium risk.
        Medium = "medium",
        /// High risk.
        High = "high",
        /// Critical risk; only declared, never computed.
        Critical = "critical",
    }
}

word_enum! {
    /// Whether a change can be undone.
    pub(crate) enum Reversible {
        /// Completely.
        Yes = "yes",
        /// In part.
        Partly = "partly",
        /// Not at all.
        No = "no",
    }
}

word_enum! {
    /// The deployment strategy.
    pub(crate) enum Strategy {
        /// Instance by instance.
        Rolling = "rolling",
        /// Deployed to a second environment, which then takes over.
        BlueGreen = "blue-green",
        /// For a growing share of traffic or users.
        Canary = "canary",
        /// Deployed switched off and enabled later.
        FeatureFlag = "feature-flag",
        /// Running in parallel to the old version without visible effects.
        DarkLaunch = "dark-launch",
        /// All at once.
        Recreate = "recreate",
    }
}

word_enum! {
    /// The phase of a schema change, in the expand-and-contract pattern.
    pub(crate) enum Phase {
        /// Adds what the old code can ignore.
        Expand = "expand",
        /// Fills in the added data.
        Backfill = "backfill",
        /// Removes what is no longer used.
        Contract = "contract",
    }
}

word_enum! {
    /// The decision of an approver.
    pub enum Decision {
        /// Approved.
        Approve = "approve",
        /// Rejected.
        Reject = "reject",
    }
}

word_enum! {
    /// The outcome of a change.
    pub(crate) enum Ending {
        /// As planned.
        Successful = "successful",
        /// Deployed, with problems.
        WithIssues = "with-issues",
        /// Rolled back.
        RolledBack = "rolled-back",
        /// Neither deployed nor rolled back properly.
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
