//! The next versions of a repository's packages, in one scan over its history
//! (docs/design/versions.md, Packages).
//!
//! All bases are found in one walk, each commit is read once, and each commit's tree is compared
//! once. A commit belongs to the packages whose paths it touches; how a version follows from a
//! package's commits is decided in `next`.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::commit::Id;
use crate::config::{Package, VersionSettings};
use crate::error::{Error, Result};
use crate::history::base::{Base, BaseSearch, BaseSearchResult};
use crate::history::changed_packages::{ChangedPackages, changed_packages};
use crate::history::classify::{
    BumpOptions, ClassifiedCommit, EffectiveCommit, MergePolicy, Selection, classify_loaded,
    take_commits,
};
use crate::history::difference::difference;
use crate::history::graph::{Graph, Node};
use crate::history::next::{
    Commits, CurrentScope, Next, NextOptions, VersionCalculator, head, refuse_existing_tag,
};
use crate::history::order::{first_parent_line, newest_first};
use crate::history::paths::PackageIndex;
use crate::history::signs::{Evidence, SignSearch};
use crate::history::tags::VersionTags;
use crate::history::versions::require_all_known;
use crate::history::{History, nodes::NodeSet};
use crate::source::closest;
use crate::version::Bump;

/// Which packages there are, and how their versions are counted.
#[derive(Debug, Clone, Copy)]
pub struct PackageSettings<'a> {
    /// All packages of the configuration.
    pub packages: &'a [Package],
    /// How versions are counted; the tags' prefix is each package's own.
    pub version: &'a VersionSettings,
    /// The package that is asked about; `None`: all.
    pub only: Option<&'a str>,
}

/// The next version of a package.
#[derive(Debug, Clone)]
pub struct PackageNext {
    /// The package's name.
    pub name: String,
    /// Its next version; the commits are those that touch it.
    pub next: Next,
    /// The packages that it depends on and that have changes to release: because of them it gets at
    /// min_bump a patch. If it is released alone, they are not part of the release.
    pub bumped_by: Vec<String>,
}

/// The next versions of packages.
#[derive(Debug, Clone)]
pub struct Packages {
    /// The packages that were asked about, in the order of the configuration.
    pub packages: Vec<PackageNext>,
    /// How many commits since the bases belong to no package; merges are not among them.
    pub unassigned: usize,
}

impl Packages {
    /// Makes sure that every next version is known.
    ///
    /// # Errors
    ///
    /// Fails if one is not.
    pub fn require_known(&self) -> Result<()> {
        require_all_known(
            &self
                .packages
                .iter()
                .filter_map(|package| package.next.version.as_ref().err())
                .collect::<Vec<_>>(),
        )
    }

    /// Makes sure that no next version exists already.
    ///
    /// # Errors
    ///
    /// Fails if one does.
    pub fn require_new_tags(mut self) -> Result<Self> {
        for package in &mut self.packages {
            let next = refuse_existing_tag(package.next.clone())
                .map_err(|error| error.context(&package_label(&package.name)))?;
            package.next = next;
        }
        Ok(self)
    }
}

/// Computes the next versions of packages.
///
/// Fails as [`next`](crate::history::next) does, for a package that is not there, and where a bump
/// or a version is asked for without saying of which package.
pub fn next_packages<H: History>(
    history: &H,
    settings: PackageSettings<'_>,
    options: &NextOptions,
    evidence: Option<&dyn Evidence>,
) -> Result<Packages> {
    let found = propose_packages(history, settings, options, evidence)?;
    found.require_known()?;
    found.require_new_tags()
}

/// The same, but a version that is unknown or exists already is not an error: [`Next`] says so.
///
/// Fails as [`next_packages`] does otherwise.
pub fn propose_packages<H: History>(
    history: &H,
    settings: PackageSettings<'_>,
    options: &NextOptions,
    evidence: Option<&dyn Evidence>,
) -> Result<Packages> {
    if settings.only.is_none() && (options.bump.is_some() || options.version.is_some()) {
        return Err(Error::usage(
            "this repository has several packages, each with its own version",
            "choose one with `--package NAME`",
        ));
    }
    let required = settings.required()?;
    let counted: Vec<&Package> = required.iter().map(|at| &settings.packages[*at]).collect();
    let mut graph = Graph::with_trees(history);
    let head = graph.node(head(history)?);
    let tags = tags(history, &counted)?;
    let found = bases(&mut graph, head, &tags)?;
    let mut scan = PackageScan::new(graph, (head, settings.version), &found)?;
    // Of a commit all packages are told, whichever is asked about.
    scan.attribute(
        history,
        &settings.packages.iter().collect::<Vec<_>>(),
        &required,
    )?;
    scan.read()?;
    let names: Vec<Arc<str>> = settings
        .packages
        .iter()
        .map(|package| Arc::from(package.name.as_str()))
        .collect();
    let claimed: Vec<&str> = settings
        .packages
        .iter()
        .map(|package| package.tag_prefix.as_str())
        .collect();
    let mut done: BTreeMap<usize, PackageNext> = BTreeMap::new();
    for at in settings.dependencies_first(&required) {
        let package = &settings.packages[at];
        let slot = required
            .binary_search(&at)
            .expect("only wanted packages are ordered");
        let follows = releasable_dependencies(package, &done);
        let is_selected = settings.only.is_none_or(|name| name == package.name);
        let package_options = if is_selected {
            options.clone()
        } else {
            NextOptions {
                bump: None,
                version: None,
                ..options.clone()
            }
        };
        let min_bump = if follows.is_empty() {
            Bump::None
        } else {
            Bump::Patch
        };
        let search = |evidence| SignSearch {
            evidence,
            package: Some(&package.name),
            claimed: &claimed,
        };
        let calculator = VersionCalculator {
            tags: &tags[slot],
            found: &found[slot],
            settings: settings.version,
            options: &package_options,
            min_bump,
            package: Some(&package.name),
            search: evidence.map(search),
        };
        let place = PackageIndex::try_from(at).expect("packages are limited");
        let base = found[slot].base.as_ref();
        let mut commits = PackageCommits {
            scan: &mut scan,
            slot,
            package: place,
            names: &names,
            base,
        };
        let next = calculator
            .next(&mut commits)
            .map_err(|error| error.context(&package_label(&package.name)))?;
        done.insert(
            at,
            PackageNext {
                name: package.name.clone(),
                next,
                bumped_by: follows,
            },
        );
    }
    let is_selected = |package: &PackageNext| settings.only.is_none_or(|name| name == package.name);
    Ok(Packages {
        packages: done.into_values().filter(is_selected).collect(),
        unassigned: scan.unassigned,
    })
}

/// The current version of each package, in the order of the configuration; one walk serves all.
///
/// Fails as [`current`](crate::history::current) does, and for a package that is not there.
pub fn current_packages<H: History>(
    history: &H,
    settings: PackageSettings<'_>,
    scope: CurrentScope,
) -> Result<Vec<(String, Option<Base>)>> {
    let selected = settings.selected()?;
    let mut graph = Graph::new(history);
    let head = graph.node(head(history)?);
    let found = bases(&mut graph, head, &tags(history, &selected)?)?;
    Ok(selected
        .iter()
        .zip(found)
        .map(|(package, found)| (package.name.clone(), found.current(scope)))
        .collect())
}

fn package_label(name: &str) -> String {
    format!("package `{name}`")
}

impl<'a> PackageSettings<'a> {
    /// The packages that are asked about, in the order of the configuration.
    ///
    /// Fails for a package that is not there.
    pub fn selected(&self) -> Result<Vec<&'a Package>> {
        match self.only {
            Some(name) => Ok(vec![&self.packages[self.index_of(name)?]]),
            None => Ok(self.packages.iter().collect()),
        }
    }

    /// The place of the package of that name.
    fn index_of(&self, name: &str) -> Result<usize> {
        self.packages
            .iter()
            .position(|package| package.name == name)
            .ok_or_else(|| {
                let help = match closest(
                    name,
                    self.packages.iter().map(|package| package.name.as_str()),
                ) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => {
                        "packages are defined in the configuration under `[[package]]`".to_owned()
                    }
                };
                Error::usage(format!("there is no package `{name}`"), help)
            })
    }

    /// The places of the packages that are asked about and of those that they depend on, ascending.
    fn required(&self) -> Result<Vec<usize>> {
        let Some(name) = self.only else {
            return Ok((0..self.packages.len()).collect());
        };
        let mut required = self.dependencies_first(&[self.index_of(name)?]);
        required.sort_unstable();
        Ok(required)
    }

    /// Packages and all that they depend on, each after its dependencies; the configuration has no
    /// cycles.
    fn dependencies_first(&self, packages: &[usize]) -> Vec<usize> {
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
fn releasable_dependencies(package: &Package, done: &BTreeMap<usize, PackageNext>) -> Vec<String> {
    // What has no version yet is released in any case, even if it is unknown as which.
    let is_due = |next: &Next| next.releasable || next.version.is_err();
    let is_released = |name: &&String| {
        done.values()
            .any(|other| other.name == **name && is_due(&other.next))
    };
    package
        .depends_on
        .iter()
        .filter(is_released)
        .cloned()
        .collect()
}

/// The version tags of each package.
fn tags<'h, H: History>(history: &'h H, packages: &[&Package]) -> Result<Vec<VersionTags<'h, H>>> {
    let names = history.tag_names()?;
    Ok(packages
        .iter()
        .map(|package| VersionTags::with_prefix(history, &names, &package.tag_prefix))
        .collect())
}

/// The base of each package.
fn bases<H: History>(
    graph: &mut Graph<'_, H>,
    head: Node,
    tags: &[VersionTags<'_, H>],
) -> Result<Vec<BaseSearchResult>> {
    let mut search = BaseSearch::start(graph, head)?;
    tags.iter().map(|tags| search.base(tags)).collect()
}

/// What one scan over the history has seen.
struct PackageScan<'h, H> {
    graph: Graph<'h, H>,
    head: Node,
    settings: &'h VersionSettings,
    /// The commits since any base, in the order in which they are shown.
    order: Vec<Node>,
    /// The distinct ranges, and which of them each package has that is counted.
    ranges: Vec<NodeSet>,
    range_of: Vec<usize>,
    /// The packages that a commit belongs to, where there are any; all of the configuration are
    /// told.
    changed: ChangedPackages,
    /// The commits of each package that is counted, since its base.
    members: Vec<Vec<Node>>,
    effective: HashMap<Node, EffectiveCommit<'h>>,
    unassigned: usize,
}

impl<'h, H: History> PackageScan<'h, H> {
    /// Finds the commits since each package's base.
    fn new(
        mut graph: Graph<'h, H>,
        (head, settings): (Node, &'h VersionSettings),
        found: &[BaseSearchResult],
    ) -> Result<Self> {
        let mut known: HashMap<Option<Node>, usize> = HashMap::new();
        let (mut ranges, mut range_of) = (Vec::new(), Vec::new());
        for found in found {
            let base = found.base.as_ref().map(|base| graph.node(base.commit));
            let range = *known.entry(base).or_insert(ranges.len());
            if range == ranges.len() {
                let difference = difference(&mut graph, head, base)?;
                ranges.push(NodeSet::of(graph.len(), |node| difference.contains(node)));
            }
            range_of.push(range);
        }
        let is_member = |node| ranges.iter().any(|range| range.contains(node));
        let order = if settings.first_parent {
            first_parent_line(&graph, head, is_member)
        } else {
            newest_first(&graph, head, is_member)
        };
        Ok(Self {
            graph,
            head,
            settings,
            order,
            members: vec![Vec::new(); range_of.len()],
            ranges,
            range_of,
            changed: HashMap::new(),
            effective: HashMap::new(),
            unassigned: 0,
        })
    }

    const fn merges(&self) -> MergePolicy {
        if self.settings.first_parent {
            MergePolicy::ByMessage
        } else {
            MergePolicy::Ignore
        }
    }

    /// Finds the packages of each commit; a merge that counts for nothing belongs to none.
    fn attribute(&mut self, history: &H, packages: &[&Package], counted: &[usize]) -> Result<()> {
        let counts = |node: &&Node| {
            self.merges() == MergePolicy::ByMessage || self.graph.parents(**node).len() < 2
        };
        let commits: Vec<Node> = self.order.iter().filter(counts).copied().collect();
        self.changed = changed_packages(&mut self.graph, history, packages, &commits)?;
        self.unassigned = commits.len() - self.changed.len();
        for node in &commits {
            let touched = self
                .changed
                .get(node)
                .map(Vec::as_slice)
                .unwrap_or_default();
            for at in touched
                .iter()
                .filter_map(|place| counted.binary_search(&(*place as usize)).ok())
            {
                if self.ranges[self.range_of[at]].contains(*node) {
                    self.members[at].push(*node);
                }
            }
        }
        Ok(())
    }

    /// Reads the commits that belong to a package.
    fn read(&mut self) -> Result<()> {
        let is_member = |node: &&Node| self.changed.contains_key(*node);
        let members: Vec<Node> = self.order.iter().filter(is_member).copied().collect();
        let selection = Selection {
            range: &self.order,
            members: &members,
            is_member: &|_| true,
        };
        let effective = take_commits(&mut self.graph, &selection, &self.settings.overrides)?;
        self.effective = members.into_iter().zip(effective).collect();
        Ok(())
    }
}

/// The commits of one package.
struct PackageCommits<'p, 'h, H> {
    scan: &'p mut PackageScan<'h, H>,
    /// Its place among those that are counted.
    slot: usize,
    /// Its place in the configuration.
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
            let difference = difference(&mut scan.graph, scan.head, tag)?;
            since_tag = Some(NodeSet::of(scan.graph.len(), |node| {
                difference.contains(node)
            }));
        }
        let within = since_tag
            .as_ref()
            .unwrap_or(&scan.ranges[scan.range_of[self.slot]]);
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
            merges: scan.merges(),
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
    use crate::history::classify::Reason;
    use crate::history::next::next;
    use crate::history::testing::{TestHistory, id, letter, package};
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

    fn run(history: &TestHistory, packages: &[Package], options: &NextOptions) -> Result<Packages> {
        let version = VersionSettings::default();
        next_packages(
            history,
            PackageSettings {
                packages,
                version: &version,
                only: None,
            },
            options,
            None,
        )
    }

    /// `name version` of each package that is released.
    fn released(history: &TestHistory, packages: &[Package]) -> Vec<String> {
        let found = run(history, packages, &NextOptions::default())
            .unwrap()
            .packages;
        let released = found.iter().filter(|package| package.next.releasable);
        released
            .map(|package| {
                format!(
                    "{} {}",
                    package.name,
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
        let web = &found.packages[2].next.commits;
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
            .packages;
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
            .packages
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
            let settings = PackageSettings {
                packages: &packages,
                version: &version,
                only: Some(name),
            };
            let found = next_packages(&history, settings, options, None)?.packages;
            Ok::<_, Error>(
                found
                    .iter()
                    .map(|found| format!("{} {}", found.name, found.next.version.as_ref().unwrap()))
                    .collect::<Vec<_>>(),
            )
        };
        assert_eq!(only("cli", &NextOptions::default()).unwrap(), ["cli 1.0.1"]);
        let settings = PackageSettings {
            packages: &packages,
            version: &version,
            only: Some("core"),
        };
        let core = next_packages(&history, settings, &NextOptions::default(), None)
            .unwrap()
            .packages
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
            .packages[0]
            .next;
        let reasons: Vec<Reason> = core.commits.iter().map(|commit| commit.reason).collect();
        assert_eq!(reasons, [Reason::Reverting, Reason::Reverted]);
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
        let (packages, version) = (
            chain(),
            VersionSettings {
                overrides,
                ..VersionSettings::default()
            },
        );
        let settings = PackageSettings {
            packages: &packages,
            version: &version,
            only: None,
        };
        let found = next_packages(&history, settings, &NextOptions::default(), None)
            .unwrap()
            .packages;
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
        let (packages, version) = (
            chain(),
            VersionSettings {
                first_parent: true,
                ..VersionSettings::default()
            },
        );
        let settings = PackageSettings {
            packages: &packages,
            version: &version,
            only: None,
        };
        let found = next_packages(&history, settings, &NextOptions::default(), None)
            .unwrap()
            .packages;
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
        let settings = PackageSettings {
            packages: &packages,
            version: &version,
            only: None,
        };
        let versions = |scope| -> Vec<String> {
            let found = current_packages(&history, settings, scope).unwrap();
            found
                .into_iter()
                .map(|(name, base)| format!("{name} {}", base.unwrap().version))
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
            let settings = PackageSettings { packages: &packages, version: &version, only: None };
            let ours = next_packages(&history, settings, &NextOptions::default(), None).unwrap().packages.remove(0).next;
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
                found.packages.iter().flat_map(|p| &p.next.commits).map(|commit| commit.commit.id).collect();
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
            let found = run(&history, &chain(), &NextOptions::default()).unwrap().packages;
            for pair in found.windows(2) {
                prop_assert!(!pair[0].next.releasable || pair[1].next.releasable);
                prop_assert_eq!(pair[1].bumped_by.is_empty(), !pair[0].next.releasable);
            }
            let (packages, version) = (chain(), VersionSettings::default());
            for package in &found {
                let only = PackageSettings { packages: &packages, version: &version, only: Some(&package.name) };
                let alone = next_packages(&history, only, &NextOptions::default(), None).unwrap().packages.remove(0);
                prop_assert_eq!((&alone.next.version, &alone.bumped_by), (&package.next.version, &package.bumped_by));
            }
        }
    }
}
