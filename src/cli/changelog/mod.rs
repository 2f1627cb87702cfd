//! `tollgate changelog`: prints or writes the changelog.

mod packages;

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;
use semver::Version;

use crate::app::changelog::{NotesQuery, configured_template, links, named_template};
use crate::changelog::{self, ChangelogText, Links, Notes, Template, Title};
use crate::cli::ExitStatus;
use crate::cli::args::words;
use crate::cli::context::Context;
use crate::cli::next::parse_version;
use crate::cli::output_format::{OutputFormat, TextOrJson};
use crate::cli::packages::PackageFilter;
use crate::cli::version_hints::warn_of_unknown;
use crate::commit::Mailmap;
use crate::config::{ChangelogSettings, ChangelogStyle, Config, Package};
use crate::error::{Error, Result};
use crate::files::{self, WorkTree, unreadable};
use crate::git::{GitHistory, Repository};
use crate::history::{self, History as _, Recent, Scope};
use crate::repo_path::RepoPath;
use crate::source::{Source, sanitise_line};
use crate::workspace;

/// Print or update the changelog.
///
/// Each commit is listed under the first release that contains it. In a repository with packages,
/// the changelog of every package is printed; `--write` updates those with a `changelog` in the
/// configuration. Commits outside all packages are not listed.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  tollgate changelog --unreleased              the next release\n  \
                        tollgate changelog --unreleased --as 1.3.0   the same, under its version\n  \
                        tollgate changelog v1.2.0..v2.0.0            the releases in a range\n  \
                        tollgate changelog --latest --style github    notes for the release page\n  \
                        tollgate changelog --write                   update CHANGELOG.md in place\n  \
                        tollgate changelog --template news.jinja     your own template\n  \
                        tollgate changelog --json | jq … | tollgate changelog --from-json -"
)]
pub(super) struct Args {
    /// Only the commits in this range; either side may be omitted.
    #[arg(value_name = "A..B", conflicts_with_all = ["write", "from_json"])]
    range: Option<String>,
    #[command(flatten)]
    release_filter: ReleaseFilter,
    #[command(flatten)]
    package_filter: PackageFilter,
    /// Use this version as the heading for unreleased changes.
    #[arg(long = "as", value_name = "VERSION", value_parser = parse_version)]
    as_version: Option<Version>,
    /// Changelog style [default: from the configuration].
    #[arg(long, value_parser = words::<ChangelogStyle>())]
    style: Option<ChangelogStyle>,
    /// Render with this MiniJinja template.
    #[arg(long, value_name = "FILE", conflicts_with = "style")]
    template: Option<PathBuf>,
    /// Read the output of `--json` from FILE or `-`, not Git.
    #[arg(long, value_name = "FILE", conflicts_with = "package")]
    from_json: Option<PathBuf>,
    #[command(flatten)]
    format: OutputFormat,
    /// Write to FILE instead of standard output.
    #[arg(short, long, value_name = "FILE", conflicts_with = "write")]
    output: Option<PathBuf>,
    /// Update FILE [default: from the configuration].
    #[arg(long, value_name = "FILE", num_args = 0..=1, conflicts_with_all = ["format", "json"])]
    write: Option<Option<PathBuf>>,
}

/// Which releases are shown.
#[derive(Debug, clap::Args)]
#[group(multiple = false)]
struct ReleaseFilter {
    /// Only unreleased changes.
    #[arg(long, conflicts_with = "write")]
    unreleased: bool,
    /// Only the latest release.
    #[arg(long, conflicts_with = "write")]
    latest: bool,
    /// Only this release.
    #[arg(long, value_name = "VERSION", value_parser = parse_version, conflicts_with = "write")]
    release: Option<Version>,
}

pub(super) fn run(args: &Args, ctx: &mut Context) -> Result<ExitStatus> {
    if let Some(file) = &args.from_json {
        let config = ctx.config()?;
        let (notes, links) = changelog::read_changelog(&read_document(file, ctx)?)?;
        let settings = args.settings(&config, None)?;
        return args.finish(
            ChangelogInput {
                notes,
                links,
                settings,
                tree: None,
                template: None,
            },
            ctx,
        );
    }
    let repository = ctx.repository()?;
    let config = ctx.load_config(&repository)?;
    match args.package(&config)? {
        None if !config.packages.is_empty() => packages::run(args, &repository, &config, ctx),
        package => {
            let input = args.collect_input(&repository, &config, package)?;
            if input.has_no_release() {
                warn_of_unknown(
                    &repository,
                    &config,
                    args.package_filter.package.as_deref(),
                    ctx,
                );
            }
            args.finish(input, ctx)
        }
    }
}

/// The releases of a changelog, and the settings to render them with.
struct ChangelogInput {
    notes: Vec<Notes>,
    links: Option<Links>,
    settings: ChangelogSettings,
    /// The work tree of its repository.
    tree: Option<WorkTree>,
    /// The template that its configuration names.
    template: Option<Template>,
}

impl ChangelogInput {
    fn has_no_release(&self) -> bool {
        self.notes.iter().all(|notes| notes.title.tag().is_none())
    }

    fn text(&self) -> ChangelogText<'_> {
        ChangelogText::new(&self.settings, self.links.as_ref(), self.template.clone())
    }
}

impl Args {
    /// Whether all of the history is printed, which has a preamble.
    const fn is_complete(&self) -> bool {
        self.range.is_none()
            && !self.release_filter.unreleased
            && !self.release_filter.latest
            && self.release_filter.release.is_none()
    }

    /// Whether unreleased changes are printed.
    const fn includes_unreleased(&self) -> bool {
        self.range.is_none() && !self.release_filter.latest && self.release_filter.release.is_none()
    }

    /// Prints or writes the changelog of the repository, or of one package.
    fn finish(&self, mut input: ChangelogInput, ctx: &mut Context) -> Result<ExitStatus> {
        if let Some(file) = &self.template {
            input.template = Some(named_template(&ctx.directory, file)?);
        }
        let notes = self.apply_as_version(std::mem::take(&mut input.notes), ctx);
        let notes = self.select(notes).ok_or_else(|| self.nothing_selected())?;
        if let Some(file) = &self.write {
            let target = Target::new(file.as_deref(), input.tree.take(), &input.settings, ctx)?;
            let update = Update::new(target, &input.text(), &notes)?;
            return update.write(ctx);
        }
        self.note_empty_release(&notes, ctx);
        let text = match self.format.get() {
            TextOrJson::Json => changelog::changelog_json(&notes, input.links.as_ref()),
            TextOrJson::Text if self.is_complete() => input.text().full(&notes)?,
            TextOrJson::Text => input.text().partial(&notes)?,
        };
        self.print(text, ctx)
    }

    /// Prints a note if the one requested release has no entries.
    fn note_empty_release(&self, notes: &[Notes], ctx: &Context) {
        let [notes] = notes else { return };
        let is_empty = notes.sections.is_empty() && notes.dependencies.is_empty();
        if let Some(tag) = notes.title.tag().filter(|_| {
            is_empty && (self.release_filter.latest || self.release_filter.release.is_some())
        }) {
            ctx.hint(&format!(
                "note: the release `{}` has no entries in the changelog",
                sanitise_line(tag)
            ));
        }
    }

    fn print(&self, text: String, ctx: &mut Context) -> Result<ExitStatus> {
        match &self.output {
            Some(path) => files::replace_file(&ctx.output_path(path)?, &text)?,
            None => ctx.text(text),
        }
        Ok(ExitStatus::Success)
    }

    /// The settings of the configuration, and over them those of the command line.
    fn settings(&self, config: &Config, package: Option<&Package>) -> Result<ChangelogSettings> {
        let named = self
            .template
            .as_ref()
            .map(|_| ChangelogStyle::Template)
            .or(self.style);
        let mut settings = config.changelog.clone();
        settings.style = named.unwrap_or(settings.style);
        match package {
            Some(Package {
                changelog: Some(file),
                ..
            }) => settings.file.clone_from(file),
            Some(Package { name, .. }) if self.write == Some(None) => {
                let message = format!("package `{name}` has no `changelog` in the configuration");
                return Err(Error::usage(
                    message,
                    "add one, or pass a file: `--write FILE`",
                ));
            }
            _ => {}
        }
        Ok(settings)
    }

    /// The package that is named.
    fn package<'a>(&'a self, config: &'a Config) -> Result<Option<&'a Package>> {
        self.package_filter.query(config).package()
    }

    /// The highest releases, if nothing below them is printed.
    const fn recent(&self) -> Option<Recent<'_>> {
        match &self.release_filter {
            _ if self.range.is_some() || self.write.is_some() => None,
            ReleaseFilter {
                release: Some(version),
                ..
            } => Some(Recent::From(version)),
            ReleaseFilter {
                unreleased: true, ..
            } => Some(Recent::Unreleased),
            ReleaseFilter { latest: true, .. } => Some(Recent::Latest),
            ReleaseFilter { .. } => None,
        }
    }

    /// The tag that the range starts after, if it starts after one.
    fn tag_below(&self, history: &GitHistory<'_>) -> Result<Option<String>> {
        let Some((below, _)) = self
            .range
            .as_deref()
            .and_then(|range| range.split_once(".."))
        else {
            return Ok(None);
        };
        Ok(history.tag_names()?.into_iter().find(|name| name == below))
    }

    /// The changelog of the repository, or of a package.
    fn collect_input(
        &self,
        repository: &Repository,
        config: &Config,
        package: Option<&Package>,
    ) -> Result<ChangelogInput> {
        let settings = self.settings(config, package)?;
        let history = repository.history()?;
        let scope = self
            .range
            .as_deref()
            .map_or(Ok(Scope::default()), |range| parse_range(range, repository))?;
        let names_people = self.format.get() == TextOrJson::Json || settings.style.names_people();
        let mailmap = if names_people {
            Some(Mailmap::parse(&repository.mailmap()?))
        } else {
            None
        };
        let query = NotesQuery {
            config,
            settings: &settings,
            package,
            mailmap,
            recent: self.recent(),
            scope,
            previous_tag: self.tag_below(&history)?,
        };
        let mut notes = query.collect(&history)?;
        if let Some(package) = package {
            let mut by_tag = history::dependencies_by_tag(&history, &config.packages, package)?;
            for notes in &mut notes {
                notes.dependencies = notes
                    .title
                    .tag()
                    .and_then(|tag| by_tag.remove(tag))
                    .unwrap_or_default();
            }
        }
        let links = links(&settings, Some(repository));
        let template = match &settings.template {
            Some(file) if settings.style == ChangelogStyle::Template && self.template.is_none() => {
                Some(configured_template(repository, file)?)
            }
            _ => None,
        };
        Ok(ChangelogInput {
            notes,
            links,
            settings,
            tree: repository.work_tree()?,
            template,
        })
    }

    fn apply_as_version(&self, notes: Vec<Notes>, ctx: &Context) -> Vec<Notes> {
        let Some(version) = &self.as_version else {
            return notes;
        };
        let today = ctx.now.to_zoned(TimeZone::UTC).date();
        let name = |notes: Notes| match notes.title {
            Title::Unreleased => notes.planned_as(version.clone(), today),
            _ => notes,
        };
        notes.into_iter().map(name).collect()
    }

    /// Keeps the requested releases; `None` if there is no such release.
    fn select(&self, notes: Vec<Notes>) -> Option<Vec<Notes>> {
        let filter = &self.release_filter;
        if let Some(version) = &filter.release {
            let notes: Vec<Notes> = notes
                .into_iter()
                .filter(|notes| is_release(notes, version))
                .collect();
            return (!notes.is_empty()).then_some(notes);
        }
        if filter.unreleased {
            return Some(
                notes
                    .into_iter()
                    .filter(|notes| notes.title.tag().is_none())
                    .collect(),
            );
        }
        if filter.latest {
            return notes
                .into_iter()
                .find(|notes| notes.title.tag().is_some())
                .map(|notes| vec![notes]);
        }
        Some(notes)
    }

    fn nothing_selected(&self) -> Error {
        match &self.release_filter.release {
            Some(version) => no_release(version),
            None => Error::usage(
                "no stable release found",
                "run `tollgate changelog --unreleased` to see unreleased changes",
            ),
        }
    }
}

/// Parses a range `A..B`.
///
/// # Errors
///
/// Fails if it is not a range, or if a side is not a commit.
pub(super) fn parse_range(range: &str, repository: &Repository) -> Result<Scope> {
    let Some((without, tip)) = range.split_once("..") else {
        return Err(Error::usage(
            format!("`{range}` is not a range"),
            "use `A..B`, such as `v1.2.0..v2.0.0` or `v1.2.0..`",
        ));
    };
    let resolve = |rev: &str| {
        if rev.is_empty() {
            Ok(None)
        } else {
            repository.resolve(rev).map(Some)
        }
    };
    Ok(Scope {
        tip: resolve(tip)?,
        exclude: resolve(without)?,
    })
}

fn is_release(notes: &Notes, version: &Version) -> bool {
    notes.title.tag().is_some() && notes.title.version() == Some(version)
}

fn no_release(version: &Version) -> Error {
    Error::usage(
        format!("there is no release {version} on this branch"),
        "run `tollgate changelog` to see all releases",
    )
}

fn read_document(file: &Path, ctx: &Context) -> Result<Source> {
    let (name, read) = if file == Path::new("-") {
        (
            "<stdin>".to_owned(),
            workspace::read_text(io::stdin().lock(), MAX_BYTES),
        )
    } else {
        (
            file.display().to_string(),
            files::read_file(&ctx.directory.join(file), MAX_BYTES),
        )
    };
    let text = read
        .map_err(|error| Error::file(format!("`{name}` cannot be read"), "").with_source(error))?;
    if text.len() > MAX_BYTES {
        let message = format!("`{name}` is larger than {MAX_BYTES} bytes");
        return Err(Error::limit(
            message,
            "print fewer releases: `--latest`, or a range",
        ));
    }
    Ok(Source::new(name, text))
}

/// The largest document that is read back, in bytes.
const MAX_BYTES: usize = 256 << 20;

/// The largest changelog that is updated, in bytes.
const MAX_CHANGELOG_BYTES: usize = 64 << 20;

/// The changelog that is updated.
enum Target {
    /// The command line names it.
    Named(PathBuf),
    /// The configuration names it.
    Configured(WorkTree, RepoPath),
}

impl Target {
    fn new(
        named: Option<&Path>,
        tree: Option<WorkTree>,
        settings: &ChangelogSettings,
        ctx: &Context,
    ) -> Result<Self> {
        match (named, tree) {
            (Some(file), _) => ctx.output_path(file).map(Self::Named),
            (None, Some(tree)) => {
                let file = &settings.file;
                let path = RepoPath::portable(file);
                let path = path
                    .map_err(|fault| Error::refused(format!("`{file}` {fault}"), fault.help()))?;
                Ok(Self::Configured(tree, path))
            }
            (None, None) => Err(Error::usage(
                "a bare repository has no changelog to update",
                "pass a file: `--write FILE`",
            )),
        }
    }

    /// The text, `None` if there is none yet.
    fn read(&self) -> Result<Option<String>> {
        let text = match self {
            Self::Named(path) => match files::read_file(path, MAX_CHANGELOG_BYTES) {
                Ok(text) => Some(text),
                Err(error) if error.kind() == io::ErrorKind::NotFound => None,
                Err(error) => return Err(unreadable(&path.display().to_string(), error)),
            },
            Self::Configured(tree, path) => tree.read_text(path, MAX_CHANGELOG_BYTES)?,
        };
        if text
            .as_ref()
            .is_some_and(|text| text.len() > MAX_CHANGELOG_BYTES)
        {
            let message = format!("`{self}` is larger than {MAX_CHANGELOG_BYTES} bytes");
            return Err(Error::limit(
                message,
                "move its older releases to another file",
            ));
        }
        Ok(text)
    }

    fn replace(&self, before: Option<&str>, after: &str) -> Result<()> {
        match (self, before) {
            (Self::Configured(tree, path), before) => tree.replace(path, before, after),
            (Self::Named(path), Some(before)) => files::replace_unchanged(path, before, after),
            (Self::Named(path), None) => files::replace_file(path, after),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named(path) => path.display().fmt(out),
            Self::Configured(_, path) => path.fmt(out),
        }
    }
}

/// A changelog and its updated text.
struct Update {
    target: Target,
    existing: Option<String>,
    updated: String,
}

impl Update {
    /// Reads a changelog and computes its updated text; nothing is written.
    fn new(target: Target, text: &ChangelogText<'_>, notes: &[Notes]) -> Result<Self> {
        let existing = target.read()?;
        let before = Source::new(target.to_string(), existing.clone().unwrap_or_default());
        Ok(Self {
            target,
            existing,
            updated: text.update(&before, notes)?,
        })
    }

    fn write(&self, ctx: &Context) -> Result<ExitStatus> {
        let is_same = self.updated == self.existing.as_deref().unwrap_or_default();
        if !is_same {
            self.target
                .replace(self.existing.as_deref(), &self.updated)?;
        }
        let target = &self.target;
        ctx.hint(&if is_same {
            format!("{target} is already up to date")
        } else {
            format!("Updated {target}")
        });
        Ok(ExitStatus::Success)
    }
}
