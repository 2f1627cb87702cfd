//! The detectors: each reads one kind of file or text of a change.
//!
//! To add one, write its file and add a line to [`DETECTORS`].

mod alembic;
mod commits;
mod dependencies;
mod django;
mod feature_flags;
mod folders;
mod kubernetes;
mod rails;
mod sql_files;

use super::change::Change;
use super::fact::Fact;

/// Finds facts of one kind.
type Detector = fn(&Change) -> Vec<Fact>;

const DETECTORS: &[Detector] = &[
    commits::detect,
    sql_files::detect,
    rails::detect,
    django::detect,
    alembic::detect,
    kubernetes::detect,
    feature_flags::detect,
    dependencies::detect,
    folders::detect,
];

/// Everything that the change states about itself.
pub(crate) fn detect(change: &Change) -> Vec<Fact> {
    DETECTORS.iter().flat_map(|detect| detect(change)).collect()
}

#[cfg(test)]
mod testing {
    use super::*;
    use crate::draft::change::{ChangedFile, Version};
    use crate::draft::fact::{Effect, EffectKind, Migration, Statement};
    use crate::source::Source;

    /// A change of one file; an empty text means that there is no file.
    pub(super) fn change(path: &str, before: &str, after: &str) -> Change {
        let version = |text: &str| match text {
            "" => Version::Missing,
            text => Version::Text(Source::new(path, text)),
        };
        Change {
            files: vec![ChangedFile {
                path: path.to_owned(),
                before: version(before),
                after: version(after),
            }],
            ..Change::default()
        }
    }

    /// A change that adds files.
    pub(super) fn added(files: &[(&str, &str)]) -> Change {
        let files = files
            .iter()
            .flat_map(|(path, text)| change(path, "", text).files);
        Change {
            files: files.collect(),
            ..Change::default()
        }
    }

    /// The only migration among facts.
    pub(super) fn migration(facts: &[Fact]) -> &Migration {
        match facts {
            [
                Fact {
                    statement: Statement::Migration(migration),
                    ..
                },
            ] => migration,
            _ => panic!("not one migration: {facts:?}"),
        }
    }

    /// The kinds and lines of the effects of the only migration.
    pub(super) fn effects(facts: &[Fact]) -> Vec<(EffectKind, usize)> {
        let effects = &migration(facts).effects;
        effects
            .iter()
            .map(|Effect { kind, line, .. }| (*kind, *line))
            .collect()
    }
}
