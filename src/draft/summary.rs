//! What the facts of a change add up to: the values of the ticket's fields.

use super::change::{Change, ChangedFile};
use super::earlier::Earlier;
use super::fact::{Effect, EffectKind, Fact, Migration, Origin, Rollout, Statement};
use crate::ticket::{Category, Phase, Reversible};

/// A value with the place that states it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sourced<T> {
    /// The value.
    pub(crate) value: T,
    /// The source, for a comment.
    pub(crate) source: String,
}

impl<T> Sourced<T> {
    pub(crate) fn new(value: T, source: impl Into<String>) -> Self {
        Self {
            value,
            source: source.into(),
        }
    }
}

/// The title.
pub(crate) fn title(facts: &[Fact]) -> Option<Sourced<String>> {
    facts.iter().find_map(|fact| match &fact.statement {
        Statement::Title(title) => Some(Sourced::new(title.clone(), fact.origin.to_string())),
        _ => None,
    })
}

/// The migrations, by path.
pub(crate) fn migrations(facts: &[Fact]) -> Vec<&Migration> {
    let mut found: Vec<&Migration> = facts
        .iter()
        .filter_map(|fact| match &fact.statement {
            Statement::Migration(migration) => Some(migration),
            _ => None,
        })
        .collect();
    found.sort_by(|one, two| one.path.cmp(&two.path));
    found
}

/// The rollouts, each with its source.
pub(crate) fn rollouts(facts: &[Fact]) -> Vec<(&Rollout, &Origin)> {
    let mut found: Vec<(&Rollout, &Origin)> = Vec::new();
    for fact in facts {
        if let Statement::Rollout(rollout) = &fact.statement
            && found
                .iter()
                .all(|(known, _)| known.action != rollout.action)
        {
            found.push((rollout, &fact.origin));
        }
    }
    found
}

/// The effects of all migrations, each with its migration.
fn effects(facts: &[Fact]) -> Vec<(&Migration, &Effect)> {
    let migrations = migrations(facts).into_iter();
    migrations
        .flat_map(|migration| {
            migration
                .effects
                .iter()
                .map(move |effect| (migration, effect))
        })
        .collect()
}

fn source_of(effect: (&Migration, &Effect)) -> String {
    let (migration, effect) = effect;
    format!("{}, {}:{}", effect.words, migration.path, effect.line)
}

/// The category.
pub(crate) fn category(facts: &[Fact]) -> Option<Sourced<Category>> {
    let effects = effects(facts);
    let is_schema = |kind| {
        use EffectKind::{Contract, Expand, OtherSchema};
        matches!(kind, Contract | Expand | OtherSchema)
    };
    let is_data = |kind| matches!(kind, EffectKind::Backfill | EffectKind::OtherData);
    if let Some(effect) = effects.iter().find(|(_, effect)| is_schema(effect.kind)) {
        return Some(Sourced::new(Category::Schema, source_of(*effect)));
    }
    if let Some(first) = effects.first() {
        let is_certain = effects.iter().all(|(_, effect)| is_data(effect.kind));
        return is_certain.then(|| Sourced::new(Category::Data, source_of(*first)));
    }
    if !migrations(facts).is_empty() {
        return None;
    }
    let found = |fact: &Fact| match fact.statement {
        Statement::UpgradesOnly => Some((
            Category::Dependency,
            "only versions of dependencies change".to_owned(),
        )),
        Statement::FeatureOrFix(category) => Some((category, fact.origin.to_string())),
        _ => None,
    };
    let only = facts
        .iter()
        .filter(|fact| fact.statement == Statement::UpgradesOnly);
    let (category, source) = only.chain(facts).find_map(found)?;
    Some(Sourced::new(category, source))
}

/// Whether the change does nothing but upgrade dependencies.
pub(crate) fn is_only_upgrades(facts: &[Fact]) -> bool {
    facts
        .iter()
        .any(|fact| fact.statement == Statement::UpgradesOnly)
}

/// The phase, if all effects of all migrations are of the same one.
pub(crate) fn phase(facts: &[Fact]) -> Option<Sourced<Phase>> {
    let effects = effects(facts);
    let first = *effects.first()?;
    let phase = match first.1.kind {
        EffectKind::Expand => Phase::Expand,
        EffectKind::Contract => Phase::Contract,
        _ => return None,
    };
    let is_same = effects
        .iter()
        .all(|(_, effect)| effect.kind == first.1.kind);
    let are_known = migrations(facts)
        .iter()
        .all(|migration| !migration.effects.is_empty());
    (is_same && are_known).then(|| Sourced::new(phase, source_of(first)))
}

/// The first effect that removes a table or a column, with its source.
pub(crate) fn removal(facts: &[Fact]) -> Option<String> {
    let effects = effects(facts);
    let removal = effects
        .iter()
        .find(|(_, effect)| effect.kind == EffectKind::Contract)?;
    Some(source_of(*removal))
}

/// Whether the change can be undone, if a migration removes data and states how it is undone.
pub(crate) fn reversible(facts: &[Fact]) -> Option<Sourced<Reversible>> {
    let removal = removal(facts)?;
    let is_undone = migrations(facts)
        .iter()
        .all(|migration| migration.undo.is_some());
    let source = format!("{removal}, which can be undone without its data");
    is_undone.then(|| Sourced::new(Reversible::Partly, source))
}

/// The only flag that the change adds.
pub(crate) fn flag(facts: &[Fact]) -> Option<Sourced<String>> {
    let mut flags = facts.iter().filter_map(|fact| match &fact.statement {
        Statement::Flag(key) => Some(Sourced::new(key.clone(), fact.origin.to_string())),
        _ => None,
    });
    flags.next().filter(|_| flags.next().is_none())
}

/// The services, if it is certain which ones the change affects.
pub(crate) fn services(
    change: &Change,
    facts: &[Fact],
    earlier: &Earlier<'_>,
) -> Option<Sourced<Vec<String>>> {
    let mut names: Vec<String> = Vec::new();
    let mut origins: Vec<&Origin> = Vec::new();
    for fact in facts {
        if let Statement::Service(name) = &fact.statement {
            origins.push(&fact.origin);
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
    }
    let is_stated = |file: &ChangedFile| {
        origins.iter().any(|origin| match origin {
            Origin::Line { path, .. } | Origin::File { path } => *path == file.path,
            Origin::Commit { .. } => true,
        })
    };
    let matters = |file: &&ChangedFile| !(file.path.ends_with(".md") || file.is_aside());
    let mut files = change.files.iter().filter(matters);
    if let Some(first) = origins.first()
        && files.all(is_stated)
    {
        return Some(Sourced::new(names, first.to_string()));
    }
    let (names, id) = earlier.services_of(&migrations(facts))?;
    let source = format!("{id}, which has migrations in the same folder");
    Some(Sourced::new(names, source))
}
