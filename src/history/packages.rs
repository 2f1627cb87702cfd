//! The next versions of a repository's packages, in one scan over its history
//! (docs/design/versions.md, Packages).
//!
//! All bases are found in one walk, each commit is read once, and each commit's tree is compared
//! once. A commit belongs to the packages whose paths it touches, and a package is released with
//! the packages that it depends on. How a version follows from a package's commits is decided in
//! `next`.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::commit::Id;
use crate::config::{Package, VersionSettings};
use crate::error::{Error, Result};
use crate::history::History;
use crate::history::base::{Base, BaseSearchResult};
use crate::history::changed_packages::{ChangedPackages, changed_packages};
use crate::history::classify::{
    BumpOptions, ClassifiedCommit, EffectiveCommit, MergePolicy, Selection, classify_loaded,
    take_commits,
};
use crate::history::difference::difference;
use crate::history::graph::{Graph, Node};
use crate::history::next::{Commits, NextOptions, NextVersion, VersionCalculator, head};
use crate::history::nodes::NodeSet;
use crate::history::order::in_order;
use crate::history::paths::PackageIndex;
use crate::history::release_signs::SignSearch;
use crate::history::versions::{Unit, VersionQuery, Versions, find_bases, package_label};
use crate::version::Bump;

/// The next versions of the packages that are asked about.
pub(super) fn next_of_packages<H: History>(
    query: VersionQuery<'_>,
    history: &H,
    options: &NextOptions,
) -> Result<Versions> {
    if query.only.is_none() && (options.bump.is_some() || options.version.is_some()) {
        return Err(Error::usage(
            "this repository has several packages, each with its own version",
            "choose one with `--package NAME`",
        ));
    }
    let VersionQuery {
        settings, packages, ..
    } = query;
    let required = query.required()?;
    let units: Vec<_> = required.iter().map(|at| Some(&packages[*at])).collect();
    let mut graph = Graph::with_trees(history);
    let head = graph.node(head(history)?);
    let tags = query.version_tags(history, &units)?;
    let found = find_bases(&mut graph, head, &tags)?;
    let ranges = Ranges::of(&mut graph, head, &found)?;
    let mut scan = PackageScan::new(graph, ranges, query, &required)?;
    let names: Vec<Arc<str>> = packages
        .iter()
        .map(|package| Arc::from(&*package.name))
        .collect();
    let claimed: Vec<&str> = packages
        .iter()
        .map(|package| &*package.tag_prefix)
        .collect();
    let mut units: BTreeMap<usize, Unit> = BTreeMap::new();
    for at in query.dependencies_first(&required) {
        let package = &packages[at];
        let slot = required
            .binary_search(&at)
            .expect("only required packages are ordered");
        let bumped_by = releasable_dependencies(package, &units);
        let calculator = VersionCalculator {
            tags: &tags[slot],
            found: &found[slot],
            settings,
            options: &query.options_for(package, options),
            min_bump: if bumped_by.is_empty() {
                Bump::None
            } else {
                Bump::Patch
            },
            package: Some(&package.name),
            search: query.evidence.map(|evidence| SignSearch {
                evidence,
                package: Some(&package.name),
                claimed: &claimed,
            }),
        };
        let next = calculator
            .next(&mut PackageCommits {
                scan: &mut scan,
                slot,
                package: PackageIndex::try_from(at).expect("packages are limited"),
                names: &names,
                base: found[slot].base.as_ref(),
            })
            .map_err(|error| error.context(&package_label(&package.name)))?;
        let name = Some(package.name.clone());
        units.insert(
            at,
            Unit {
                name,
                next,
                bumped_by,
            },
        );
    }
    let is_selected = |unit: &Unit| query.only.is_none() || unit.name.as_deref() == query.only;
    Ok(Versions {
        units: units.into_values().filter(is_selected).collect(),
        unassigned: scan.unassigned,
        is_single: query.is_single(),
    })
}

impl VersionQuery<'_> {
    /// The options that apply to a package: a bump or a version is meant for the one that is asked
    /// about, not for those that it depends on.
    fn options_for(self, package: &Package, options: &NextOptions) -> NextOptions {
        let mut options = options.clone();
        if self.only.is_some_and(|only| only != package.name) {
            options.bump = None;
            options.version = None;
        }
        options
    }

    /// The indices of the packages that are asked about and of those that they depend on, ascending.
    fn required(self) -> Result<Vec<usize>> {
        let Some(name) = self.only else {
            return Ok((0..self.packages.len()).collect());
        };
        let mut required = self.dependencies_first(&[self.index_of(name)?]);
        required.sort_unstable();
        Ok(required)
    }

    /// Packages and all that they depend on, each after its dependencies; the configuration has no
    /// cycles.
    fn dependencies_first(self, packages: &[usize]) -> Vec<usize> {
        let places: HashMap<&str, usize> = (0..)
            .zip(self.packages)
            .map(|(at, package)| (&*package.name, at))
            .collect();
        let mut order = Vec::new();
        let mut seen = vec![false; self.packages.len()];
        for start in packages {
            let mut stack = vec![(*start, 0)];
            while let Some((at, next)) = stack.last_mut() {
                if *next == 0 && std::mem::replace(&mut seen[*at], true) {
                    stack.pop();
                    continue;
                }
                match self.packages[*at].depends_on.get(*next) {
                    Some(name) => {
                        *next += 1;
                        stack.extend(places.get(name.as_str()).map(|place| (*place, 0)));
                    }
                    None => {
                        order.push(*at);
                        stack.pop();
                    }
                }
            }
        }
        order
    }
}

/// The packages that one depends on and that are released.
fn releasable_dependencies(package: &Package, units: &BTreeMap<usize, Unit>) -> Vec<String> {
    // A unit whose version is unknown is released too, once it is known as which version.
    let is_due = |next: &NextVersion| next.releasable || next.version.is_err();
    let is_released = |name: &&String| {
        units
            .values()
            .any(|other| other.name.as_ref() == Some(name) && is_due(&other.next))
    };
    package
        .depends_on
        .iter()
        .filter(is_released)
        .cloned()
        .collect()
}

/// The commits since the base of each package; many packages have one range.
struct Ranges {
    /// Where they end.
    head: Node,
    distinct: Vec<NodeSet>,
    /// The index of each package's range.
    of_package: Vec<usize>,
}

impl Ranges {
    fn of<H: History>(
        graph: &mut Graph<'_, H>,
        head: Node,
        found: &[BaseSearchResult],
    ) -> Result<Self> {
        let mut known: HashMap<Option<Node>, usize> = HashMap::new();
        let (mut distinct, mut of_package) = (Vec::new(), Vec::new());
        for found in found {
            let base = found.base.as_ref().map(|base| graph.node(base.commit));
            let range = *known.entry(base).or_insert(distinct.len());
            if range == distinct.len() {
                let difference = difference(graph, head, base)?;
                distinct.push(NodeSet::of(graph.len(), |node| difference.contains(node)));
            }
            of_package.push(range);
        }
        Ok(Self {
            head,
            distinct,
            of_package,
        })
    }

    /// Whether any of them has a commit.
    fn contains(&self, node: Node) -> bool {
        self.distinct.iter().any(|range| range.contains(node))
    }

    /// The range of the package in this slot.
    fn range(&self, slot: usize) -> &NodeSet {
        &self.distinct[self.of_package[slot]]
    }
}

/// What one scan over the history has seen. A package's slot is its index among those whose
/// versions are computed.
struct PackageScan<'h, H> {
    graph: Graph<'h, H>,
    settings: &'h VersionSettings,
    ranges: Ranges,
    /// The commits since any base, in the order in which they are shown.
    order: Vec<Node>,
    /// All packages of the configuration that a commit belongs to, if there are any.
    changed: ChangedPackages,
    /// The commits of each slot, since its base.
    members: Vec<Vec<Node>>,
    /// The commits that belong to a package, as they count.
    effective: HashMap<Node, EffectiveCommit<'h>>,
    unassigned: usize,
}

impl<'h, H: History> PackageScan<'h, H> {
    /// Finds the packages of each commit, and reads the commits that belong to one. A merge that
    /// counts for nothing belongs to none.
    fn new(
        mut graph: Graph<'h, H>,
        ranges: Ranges,
        query: VersionQuery<'h>,
        slots: &[usize],
    ) -> Result<Self> {
        let settings = query.settings;
        let order = in_order(&graph, ranges.head, settings, |node| ranges.contains(node));
        let merges = MergePolicy::of(settings);
        let counts =
            |node: &&Node| merges == MergePolicy::ByMessage || graph.parents(**node).len() < 2;
        let commits: Vec<Node> = order.iter().filter(counts).copied().collect();
        let changed = changed_packages(&mut graph, query.packages, &commits)?;
        let mut members = vec![Vec::new(); slots.len()];
        for node in &commits {
            for package in changed.get(node).into_iter().flatten() {
                if let Ok(slot) = slots.binary_search(&(*package as usize))
                    && ranges.range(slot).contains(*node)
                {
                    members[slot].push(*node);
                }
            }
        }
        let is_assigned = |node: &&Node| changed.contains_key(*node);
        let assigned: Vec<Node> = order.iter().filter(is_assigned).copied().collect();
        let selection = Selection {
            range: &order,
            members: &assigned,
            is_member: &|_| true,
        };
        let effective = take_commits(&mut graph, &selection, &settings.overrides)?;
        Ok(Self {
            effective: assigned.into_iter().zip(effective).collect(),
            unassigned: commits.len() - changed.len(),
            graph,
            settings,
            ranges,
            order,
            changed,
            members,
        })
    }
}

/// The commits of one package.
struct PackageCommits<'p, 'h, H> {
    scan: &'p mut PackageScan<'h, H>,
    slot: usize,
    /// Its index in the configuration.
    package: PackageIndex,
    /// The names of all packages.
    names: &'p [Arc<str>],
    base: Option<&'p Base>,
}

impl<H: History> Commits for PackageCommits<'_, '_, H> {
    fn reaches(&self, commit: Id) -> bool {
        self.scan.graph.find(commit).is_some()
    }

    fn since(&mut self, tag: Option<&Base>) -> Result<Vec<ClassifiedCommit>> {
        let scan = &mut *self.scan;
        let mut since_tag = None;
        if tag != self.base {
            let tag = tag.map(|tag| scan.graph.node(tag.commit));
            let difference = difference(&mut scan.graph, scan.ranges.head, tag)?;
            since_tag = Some(NodeSet::of(scan.graph.len(), |node| {
                difference.contains(node)
            }));
        }
        let within = since_tag
            .as_ref()
            .unwrap_or_else(|| scan.ranges.range(self.slot));
        let pick = |nodes: &[Node]| {
            nodes
                .iter()
                .copied()
                .filter(|node| within.contains(*node))
                .collect::<Vec<_>>()
        };
        let members = pick(&scan.members[self.slot]);
        // The whole range matters to reverts alone, and there are as many ranges as packages.
        let has_reverts = members.iter().any(|node| scan.effective[node].is_revert());
        let range = if has_reverts {
            pick(&scan.order)
        } else {
            Vec::new()
        };
        let touches = |node: Node| {
            scan.changed
                .get(&node)
                .is_some_and(|touched| touched.contains(&self.package))
        };
        let selection = Selection {
            range: &range,
            members: &members,
            is_member: &|node| within.contains(node) && touches(node),
        };
        let by = BumpOptions {
            settings: scan.settings,
            merges: MergePolicy::of(scan.settings),
        };
        let classified = classify_loaded(&scan.graph, &selection, &scan.effective, by)?;
        let named = |(node, commit): (&Node, ClassifiedCommit)| {
            commit.with_packages(
                scan.changed[node]
                    .iter()
                    .map(|at| Arc::clone(&self.names[*at as usize]))
                    .collect(),
            )
        };
        Ok(members.iter().zip(classified).map(named).collect())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::config::{CommitOverride, OverrideEffect};
    use crate::history::CurrentScope;
    use crate::history::classify::Reason;
    use crate::history::testing::{TestHistory, id, letter, next, package};
    use crate::source::Span;

    /// `core`, `cli` that depends on it, and `web` that depends on `cli`.
    fn chain() -> Vec<Package> {
        let depending = |name: &str, globs: &str, on: &str| Package {
            depends_on: vec![on.into()],
            ..package(name, globs)
        };
        vec![
            package("core", "core/**"),
            depending("cli", "cli/**", "core"),
            depending("web", "web/**", "cli"),
        ]
    }

    fn run(history: &TestHistory, packages: &[Package], options: &NextOptions) -> Result<Versions> {
        let settings = VersionSettings::default();
        let query = VersionQuery {
            settings: &settings,
            packages,
            only: None,
            evidence: None,
        };
        query.next(history, options)
    }

    /// `name version` of each package that is released.
    fn released(history: &TestHistory, packages: &[Package]) -> Vec<String> {
        let found = run(history, packages, &NextOptions::default())
            .unwrap()
            .units;
        let released = found.iter().filter(|package| package.next.releasable);
        released
            .map(|package| {
                format!(
                    "{} {}",
                    package.name.as_ref().unwrap(),
                    package.next.version.as_ref().unwrap()
                )
            })
            .collect()
    }

    /// Every package of the chain at 1.0.0.
    fn tagged() -> TestHistory {
        let history = TestHistory::default().change('a', "", ("feat: begin", "core/a cli/a web/a"));
        history
            .tag("core-v1.0.0", 'a')
            .tag("cli-v1.0.0", 'a')
            .tag("web-v1.0.0", 'a')
    }

    #[test]
    fn a_commit_belongs_to_the_packages_whose_paths_it_touches() {
        let history = tagged()
            .change('b', "a", ("feat: b", "web/b"))
            .change('c', "b", ("fix: c", "cli/c web/c"))
            .change('d', "c", ("feat!: d", "README.md"));
        assert_eq!(released(&history, &chain()), ["cli 1.0.1", "web 1.1.0"]);
        let found = run(&history, &chain(), &NextOptions::default()).unwrap();
        let web = &found.units[2].next.commits;
        assert_eq!(
            web.iter()
                .map(|commit| commit.commit.id)
                .collect::<Vec<_>>(),
            [id('c'), id('b')]
        );
        assert_eq!(
            web[0]
                .packages()
                .iter()
                .map(|name| &**name)
                .collect::<Vec<_>>(),
            ["cli", "web"]
        );
        assert_eq!(found.unassigned, 1);
    }

    #[test]
    fn each_package_has_its_tag_as_base() {
        let history = tagged()
            .change('b', "a", ("feat: b", "core/b web/b"))
            .tag("core-v1.1.0", 'b')
            .change('c', "b", ("fix: c", "core/c"));
        assert_eq!(
            released(&history, &chain()),
            ["core 1.1.1", "cli 1.0.1", "web 1.1.0"]
        );
    }

    #[test]
    fn a_dependant_is_released_with_what_it_depends_on() {
        let history = tagged().change('b', "a", ("feat: b", "core/b"));
        assert_eq!(
            released(&history, &chain()),
            ["core 1.1.0", "cli 1.0.1", "web 1.0.1"]
        );
        let found = run(&history, &chain(), &NextOptions::default())
            .unwrap()
            .units;
        assert_eq!(
            (&found[1].bumped_by, &found[2].bumped_by),
            (&vec!["core".to_owned()], &vec!["cli".to_owned()])
        );
        assert_eq!(found[1].next.bump, Bump::Patch);
    }

    #[test]
    fn a_dependant_makes_a_prerelease_with_what_it_depends_on() {
        let history = tagged()
            .change('b', "a", ("feat: b", "core/b"))
            .tag("core-v1.1.0-rc.1", 'b')
            .tag("cli-v1.0.1-rc.1", 'b')
            .tag("web-v1.0.1-rc.1", 'b')
            .change('c', "b", ("fix: c", "core/c"));
        let found = run(
            &history,
            &chain(),
            &NextOptions {
                pre: Some("rc".into()),
                ..NextOptions::default()
            },
        )
        .unwrap();
        let versions: Vec<String> = found
            .units
            .iter()
            .map(|package| package.next.version.as_ref().unwrap().to_string())
            .collect();
        assert_eq!(versions, ["1.1.0-rc.2", "1.0.1-rc.2", "1.0.1-rc.2"]);
    }

    #[test]
    fn one_package_is_answered_alone_and_as_among_all() {
        let history = tagged().change('b', "a", ("feat: b", "core/b web/b"));
        let (packages, version) = (chain(), VersionSettings::default());
        let only = |name, options: &NextOptions| {
            let settings = VersionQuery {
                packages: &packages,
                settings: &version,
                only: Some(name),
                evidence: None,
            };
            let found = settings.next(&history, options)?.units;
            Ok::<_, Error>(
                found
                    .iter()
                    .map(|found| {
                        format!(
                            "{} {}",
                            found.name.as_ref().unwrap(),
                            found.next.version.as_ref().unwrap()
                        )
                    })
                    .collect::<Vec<_>>(),
            )
        };
        assert_eq!(only("cli", &NextOptions::default()).unwrap(), ["cli 1.0.1"]);
        let settings = VersionQuery {
            packages: &packages,
            settings: &version,
            only: Some("core"),
            evidence: None,
        };
        let core = settings
            .next(&history, &NextOptions::default())
            .unwrap()
            .units
            .remove(0);
        assert_eq!(core.next.commits[0].packages().len(), 2);
        let major = NextOptions {
            bump: Some(Bump::Major),
            ..NextOptions::default()
        };
        assert_eq!(only("cli", &major).unwrap(), ["cli 2.0.0"]);
        assert_eq!(
            only("clo", &major).unwrap_err().help(),
            Some("did you mean `cli`?")
        );
        assert!(run(&history, &packages, &major).is_err());
    }

    #[test]
    fn a_version_that_exists_elsewhere_names_the_package() {
        let history = tagged()
            .change('x', "a", ("fix: x", "core/x"))
            .tag("core-v1.0.1", 'x')
            .change('b', "a", ("fix: b", "core/b"));
        let error = run(&history, &chain(), &NextOptions::default())
            .unwrap_err()
            .to_string();
        assert!(
            error.starts_with("package `core`: version `1.0.1` already exists: tag `core-v1.0.1`"),
            "{error}"
        );
    }

    #[test]
    fn revert_applies_to_the_packages_it_touches() {
        let revert = format!("Revert \"feat: b\"\n\nThis reverts commit {}.", id('b'));
        let history = tagged()
            .change('b', "a", ("feat: b", "core/b web/b"))
            .change('c', "b", (revert.as_str(), "-core/b"));
        assert_eq!(released(&history, &chain()), ["web 1.1.0"]);
        let core = &run(&history, &chain(), &NextOptions::default())
            .unwrap()
            .units[0]
            .next;
        let reasons: Vec<Reason> = core.commits.iter().map(|commit| commit.reason).collect();
        assert_eq!(reasons, [Reason::Reverting, Reason::Reverted]);
    }

    /// The next versions of [`chain`] with these settings.
    fn units_of_chain(history: &TestHistory, settings: &VersionSettings) -> Vec<Unit> {
        let query = VersionQuery {
            packages: &chain(),
            settings,
            only: None,
            evidence: None,
        };
        query.next(history, &NextOptions::default()).unwrap().units
    }

    #[test]
    fn override_applies_to_every_touched_package() {
        let history = tagged().change('b', "a", ("wip", "core/b web/b"));
        let commit = id('b').to_string()[..7].to_owned();
        let effect = OverrideEffect::Message("feat: what it should have said".into());
        let overrides = vec![CommitOverride {
            commit,
            effect,
            span: Span::default(),
        }];
        let settings = VersionSettings {
            overrides,
            ..VersionSettings::default()
        };
        let found = units_of_chain(&history, &settings);
        let versions: Vec<String> = found
            .iter()
            .map(|package| package.next.version.as_ref().unwrap().to_string())
            .collect();
        assert_eq!(versions, ["1.1.0", "1.0.1", "1.1.0"]);
        assert!(found[2].next.commits[0].override_().is_some());
    }

    #[test]
    fn reverted_merge_reverts_its_commits_per_package() {
        let revert = format!(
            "Revert \"Merge\"\n\nThis reverts commit {}, reversing\nchanges made to {}.",
            id('d'),
            id('b')
        );
        let history = tagged()
            .change('b', "a", ("fix: b", "web/b"))
            .change('c', "a", ("feat: c", "core/c"))
            .change('d', "bc", ("Merge", ""))
            .change('e', "d", (revert.as_str(), "-core/c"));
        assert_eq!(released(&history, &chain()), ["web 1.0.1"]);
    }

    #[test]
    fn first_parent_merge_touches_the_merged_paths() {
        let history = tagged()
            .change('b', "a", ("feat!: side", "core/b"))
            .change('c', "ab", ("fix: merged", "web/c"))
            .change('d', "c", ("docs: d", "web/d"));
        let settings = VersionSettings {
            first_parent: true,
            ..VersionSettings::default()
        };
        let found = units_of_chain(&history, &settings);
        let summary: Vec<_> = found
            .iter()
            .map(|p| {
                (
                    p.next.version.as_ref().unwrap().to_string(),
                    p.next.commits.len(),
                )
            })
            .collect();
        assert_eq!(
            summary,
            [
                ("1.0.1".into(), 1),
                ("1.0.1".into(), 0),
                ("1.0.1".into(), 2)
            ]
        );
    }

    #[test]
    fn current_versions_are_found_together() {
        let history = tagged()
            .change('b', "a", ("feat: b", "core/b"))
            .tag("core-v2.0.0-rc.1", 'b');
        let (packages, version) = (chain(), VersionSettings::default());
        let settings = VersionQuery {
            packages: &packages,
            settings: &version,
            only: None,
            evidence: None,
        };
        let versions = |scope| -> Vec<String> {
            let found = settings.current(&history, scope).unwrap();
            found
                .into_iter()
                .map(|current| {
                    format!("{} {}", current.name.unwrap(), current.tag.unwrap().version)
                })
                .collect()
        };
        assert_eq!(
            versions(CurrentScope::Stable),
            ["core 1.0.0", "cli 1.0.0", "web 1.0.0"]
        );
        assert_eq!(
            versions(CurrentScope::WithPrereleases)[0],
            "core 2.0.0-rc.1"
        );
    }

    /// What a history_from commit says, by its place in the list.
    const MESSAGES: [&str; 6] = [
        "feat: x",
        "fix: x",
        "docs: x",
        "feat!: x",
        "wip",
        "Revert \"x\"\n\nThis reverts commit ",
    ];

    /// Of each commit its parents, its message, the commit that it names and the folders that it
    /// touches.
    type GraphShape = Vec<(BTreeSet<usize>, usize, usize, BTreeSet<usize>)>;

    const FOLDERS: [&str; 4] = ["core", "cli", "web", "docs"];

    fn graph_shape() -> impl Strategy<Value = GraphShape> {
        let commit = (
            prop::collection::btree_set(0_usize..16, 1..3),
            0..MESSAGES.len(),
            0_usize..16,
            prop::collection::btree_set(0..FOLDERS.len(), 1..3),
        );
        prop::collection::vec(commit, 1..16)
    }

    /// The history of a graph_shape: each commit writes a file of its own in each of its folders.
    fn history(graph_shape: &GraphShape) -> TestHistory {
        graph_shape.iter().enumerate().fold(
            TestHistory::default(),
            |history, (at, (parents, message, named, folders))| {
                let parents: String = parents
                    .iter()
                    .filter(|parent| **parent < at)
                    .map(|parent| letter(*parent))
                    .collect();
                let message = match MESSAGES[*message] {
                    revert if revert.ends_with(' ') => format!("{revert}{}.", id(letter(*named))),
                    message => message.to_owned(),
                };
                let paths: Vec<String> = folders
                    .iter()
                    .map(|folder| format!("{}/{at}", FOLDERS[*folder]))
                    .collect();
                history.change(
                    letter(at),
                    &parents,
                    (message.as_str(), paths.join(" ").as_str()),
                )
            },
        )
    }

    proptest! {
        #[test]
        fn a_package_of_all_paths_is_the_repository(graph_shape in graph_shape(), base in 0_usize..16, first_parent: bool) {
            let history = history(&graph_shape).tag("x-v1.0.0", letter(base % graph_shape.len()));
            let version = VersionSettings { first_parent, ..VersionSettings::default() };
            let whole = VersionSettings { tag_prefix: Some("x-v".into()), ..version.clone() };
            let packages = [package("x", "**")];
            let settings = VersionQuery { packages: &packages, settings: &version, only: None, evidence: None };
            let ours = settings.next(&history, &NextOptions::default()).unwrap().units.remove(0).next;
            let theirs = next(&history, &whole, &NextOptions::default(), None).unwrap();
            prop_assert_eq!((&ours.version, ours.releasable), (&theirs.version, theirs.releasable));
            let summary = |commit: &ClassifiedCommit| (commit.commit.id, commit.bump, commit.reason);
            let (ours, theirs): (Vec<_>, Vec<_>) = (ours.commits.iter().map(summary).collect(), theirs.commits.iter().map(summary).collect());
            // Without merges of their own the lists are one; a merge that counts for nothing
            // belongs to no package.
            let theirs: Vec<_> = theirs.into_iter().filter(|(_, _, reason)| *reason != Reason::Merge).collect();
            let lost: Vec<_> = theirs.iter().filter(|summary| !ours.contains(summary)).collect();
            prop_assert!(ours.iter().all(|summary| theirs.contains(summary)), "{:?} {:?}", ours, theirs);
            prop_assert!(lost.iter().all(|(_, bump, _)| *bump == Bump::None), "{:?}", lost);
        }

        #[test]
        fn every_commit_is_of_its_packages_or_of_none(graph_shape in graph_shape()) {
            let history = history(&graph_shape);
            let found = run(&history, &chain(), &NextOptions::default()).unwrap();
            let whole = next(&history, &VersionSettings::default(), &NextOptions::default(), None).unwrap();
            let of_any: BTreeSet<_> =
                found.units.iter().flat_map(|p| &p.next.commits).map(|commit| commit.commit.id).collect();
            for commit in whole.commits.iter().filter(|commit| commit.reason != Reason::Merge) {
                let at = usize::from(commit.commit.id.as_bytes()[0] - b'a');
                let is_merge = graph_shape[at].0.iter().filter(|parent| **parent < at).count() > 1;
                let touches = graph_shape[at].3.iter().any(|folder| FOLDERS[*folder] != "docs");
                prop_assert_eq!(of_any.contains(&commit.commit.id), touches && !is_merge);
            }
            let merges = (0..graph_shape.len()).filter(|at| graph_shape[*at].0.iter().filter(|parent| *parent < at).count() > 1);
            let merges = merges.filter(|at| whole.commits.iter().any(|commit| commit.commit.id == id(letter(*at)))).count();
            prop_assert_eq!(of_any.len() + found.unassigned + merges, whole.commits.len());
        }

        #[test]
        fn a_dependant_is_released_where_what_it_depends_on_is(graph_shape in graph_shape(), tagged in prop::collection::vec(0_usize..16, 3)) {
            let history = chain().iter().zip(&tagged).fold(history(&graph_shape), |history, (package, at)| {
                history.tag(&format!("{}-v1.0.0", package.name), letter(at % graph_shape.len()))
            });
            let found = run(&history, &chain(), &NextOptions::default()).unwrap().units;
            for pair in found.windows(2) {
                prop_assert!(!pair[0].next.releasable || pair[1].next.releasable);
                prop_assert_eq!(pair[1].bumped_by.is_empty(), !pair[0].next.releasable);
            }
            let (packages, version) = (chain(), VersionSettings::default());
            for package in &found {
                let only = VersionQuery { packages: &packages, settings: &version, only: package.name.as_deref(), evidence: None };
                let alone = only.next(&history, &NextOptions::default()).unwrap().units.remove(0);
                prop_assert_eq!((&alone.next.version, &alone.bumped_by), (&package.next.version, &package.bumped_by));
            }
        }
    }
}
