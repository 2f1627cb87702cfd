//! The closed enumerations of a ticket: each word is written once, and parsing, printing and the
//! schema follow.

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$of:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$of])* $variant,)+ }

        impl $name {
            /// Every word, in order.
            pub const WORDS: &'static [&'static str] = &[$($word),+];

            /// The word that a ticket says.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }

            /// What a word stands for.
            #[must_use]
            pub fn parse(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }
        }

        impl super::read::Word for $name {
            fn parse(word: &str) -> Option<Self> {
                Self::parse(word)
            }
        }
    };
}

words! {
    /// How a change comes about.
    Kind {
        /// Planned.
        Normal = "normal",
        /// To end an incident.
        Emergency = "emergency",
    }
}

words! {
    /// What a change is about.
    Category {
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

words! {
    /// Where a ticket stands in its life, in the order of that life.
    State {
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

words! {
    /// How much a change may break.
    RiskLevel {
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

words! {
    /// Whether a change can be undone.
    Reversible {
        /// All of it.
        Yes = "yes",
        /// Some of it.
        Partly = "partly",
        /// Nothing of it.
        No = "no",
    }
}

words! {
    /// How a change reaches its environment.
    Strategy {
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

words! {
    /// The step of a schema change that a ticket takes.
    Phase {
        /// Adds what the old code does not mind.
        Expand = "expand",
        /// Fills what was added.
        Backfill = "backfill",
        /// Takes away what is used no longer.
        Contract = "contract",
    }
}

words! {
    /// What an approver said.
    Decision {
        /// Yes.
        Approve = "approve",
        /// No.
        Reject = "reject",
    }
}

words! {
    /// How a change ended.
    Ending {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_leads_back_to_itself() {
        for word in State::WORDS {
            assert_eq!(State::parse(word).map(State::as_str), Some(*word));
        }
        assert_eq!(Kind::parse("standard"), None);
    }

    #[test]
    fn states_and_levels_are_in_order() {
        assert!(State::Draft < State::Proposed && State::Approved < State::Deploying);
        assert!(RiskLevel::Low < RiskLevel::Medium && RiskLevel::High < RiskLevel::Critical);
    }
}
