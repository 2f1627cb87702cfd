//! What a step does, by the words that steps use for it.
//!
//! English only, apart from commands.

use super::pattern::Pattern;

/// Something that steps do and that other steps depend on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Activity {
    /// Removes a column or table.
    DropsSchema,
    /// Changes the schema of a database.
    Migrates,
    /// Puts a release of a program into use.
    Releases,
    /// Takes an old credential out of use.
    RevokesOld,
    /// Brings a new credential to those who use it.
    IntroducesNew,
    /// Removes the old one of two things.
    RemovesOld,
    /// Moves traffic, clients, or load.
    MovesTraffic,
    /// Gets the target of traffic ready.
    PreparesTarget,
}

static DROPS_SCHEMA: Pattern = Pattern::new(
    r"(?ix)
        \b drops? \s+ (?: the \s+ )? (?: old \s+ | unused \s+ )? (?: columns? | tables? ) \b
        | \b migrations? \b [^.;]{0,40} \b (?: drops? | removes? | deletes? ) \b",
);
static MIGRATES: Pattern = Pattern::new(
    r"(?ix)
        ^ \s* (?: migrate | run \s+ (?: the \s+ )? (?: \w+ \s+ )? migrations? | apply \s+ (?: the \s+ )? (?: \w+ \s+ )? (?: migrations? | schema ) | add \s+ (?: the \s+ )? (?: new \s+ )? (?: columns? | tables? ) ) \b
        | \b alter \s+ table \b [^;]* \b add \b | \b create \s+ table \b
        | \b (?: flyway | liquibase | alembic | knex | prisma | goose | dbmate | sqitch ) \b [^;]* \b (?: migrate | update | upgrade | up | deploy | latest ) \b
        | \b db:migrate\b | \b manage\.py \s+ migrate \b | \b artisan \s+ migrate \b",
);
static RELEASES: Pattern = Pattern::new(
    r"(?ix)
        ^ \s* (?: re-?deploy | deploy | ship | roll \s+ out | release ) \b
        | ^ [^.;`]{0,30} \b install \s+ \S* \d
        | \b helm \s+ upgrade \b | \b kubectl \s [^;&|]* \b set \s+ image \b | \b cap \s+ \w+ \s+ deploy \b
        | \b ecs \s+ update-service \b | \b run \s+ deploy \b",
);
static REVOKES_OLD: Pattern = Pattern::new(
    r"(?ix) \b (?: lock | revoke | disable | invalidate | expire | deactivate | delete | block )s? \b [^.;]{0,30}
          \b (?: old | previous | former | expiring | outdated ) \b [^.;]{0,30}
          \b (?: users? | keys? | secrets? | tokens? | passwords? | credentials? | certificates? | certs? | accounts? | logins? | roles? ) (?: [^'’\w] | $ )",
);
static INTRODUCES_NEW: Pattern = Pattern::new(
    r"(?ix) \b (?: write | put | store | distribute | deploy | roll \s+ out | install | set | switch | configure | use | move | point | update | push | publish | change )s? \b [^.;]{0,60}
          \b new \b [^.;]{0,30}
          \b (?: users? | keys? | secrets? | tokens? | passwords? | credentials? | certificates? | certs? | accounts? | logins? | roles? ) \b",
);
static REMOVES_OLD: Pattern = Pattern::new(
    r"(?ix) \b (?: destroy | terminate | delete | decommission | power \s+ off | switch \s+ off | tear \s+ down | uninstall | remove | wipe )s? \b [^.;]{0,20}
          \b (?: old | previous | former ) \s+ (?: [\w-]+ \s+ )?
          (?: servers? | clusters? | nodes? | node \s+ (?: group | pool ) | instances? | hosts? | vms? | pools? | services? | deployments? | stacks? | databases? | brokers? | balancers? | gateways? | environments? | machines? ) \b",
);
static MOVES_TRAFFIC: Pattern = Pattern::new(
    r"(?ix) \b (?: switch | point | repoint | move | cut \s+ over | shift | route | redirect | migrate | fail \s+ over )s? \b [^.;]{0,40}
          \b (?: traffic | dns | cname | clients? | load | requests | users | records? | consumers | producers | workloads? | pods | connections ) \b",
);

static PREPARES_TARGET: Pattern = Pattern::new(
    r"(?ix) ^ \s* (?: request | install | issue | order | open | configure | set \s+ up | create | provision ) s? \b [^.;]{0,60}
          \b (?: certificates? | certs? | firewall | ports? | vhosts? | virtual \s+ hosts? | listeners? | backends? | target \s+ groups? | health \s+ checks? ) \b",
);

impl Activity {
    /// Whether the text of a step says that it does this.
    pub(crate) fn is_in(self, text: &str) -> bool {
        let expression = match self {
            Self::DropsSchema => &DROPS_SCHEMA,
            Self::Migrates => &MIGRATES,
            Self::Releases => &RELEASES,
            Self::RevokesOld => &REVOKES_OLD,
            Self::IntroducesNew => &INTRODUCES_NEW,
            Self::RemovesOld => &REMOVES_OLD,
            Self::MovesTraffic => &MOVES_TRAFFIC,
            Self::PreparesTarget => &PREPARES_TARGET,
        };
        expression.is_match(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn activities_are_found_in_prose_and_commands() {
        use Activity::{
            DropsSchema, IntroducesNew, Migrates, MovesTraffic, Releases, RemovesOld, RevokesOld,
        };
        for (activity, text) in [
            (DropsSchema, "ALTER TABLE a DROP COLUMN b"),
            (DropsSchema, "Run the migration that drops legacy_pin"),
            (DropsSchema, "Drop the old column"),
            (Migrates, "Migrate the database"),
            (Migrates, "flyway -url=a migrate"),
            (Migrates, "Add the column reason_code"),
            (Releases, "Deploy release 88 to app-01"),
            (Releases, "Standby: install 7.4.0 on b"),
            (Releases, "helm upgrade web ."),
            (RevokesOld, "Lock the old user and end its sessions"),
            (RevokesOld, "Revoke the previous API key"),
            (IntroducesNew, "Write the new credentials to Vault"),
            (IntroducesNew, "Switch web to the new key"),
            (RemovesOld, "Terminate the old node group"),
            (MovesTraffic, "Point the DNS record to lb-2"),
        ] {
            assert!(activity.is_in(text), "{activity:?} {text}");
        }
    }

    #[test]
    fn similar_words_are_other_activities() {
        use Activity::{
            DropsSchema, IntroducesNew, Migrates, MovesTraffic, Releases, RemovesOld, RevokesOld,
        };
        for (activity, text) in [
            (DropsSchema, "Drop the index idx_a"),
            (DropsSchema, "Remove the host from the pool"),
            (Migrates, "Check that no migration is running"),
            (Releases, "Wait until the deployment is done"),
            (Releases, "Announce the release"),
            (RevokesOld, "Disable the old alert"),
            (IntroducesNew, "Generate a password"),
            (RemovesOld, "Remove the old label from the nodes"),
            (DropsSchema, "Remove the column from the report template"),
            (RevokesOld, "Delete the old user's sessions"),
            (MovesTraffic, "Look at the traffic"),
        ] {
            assert!(!activity.is_in(text), "{activity:?} {text}");
        }
    }
}
