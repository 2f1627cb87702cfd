//! The context of a command: directory, time, and its collected output.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use crate::cli::args::{ColorWhen, Global};
use crate::cli::interrupts::Interrupts;
use crate::cli::streams;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::files::{self, WorkTree};
use crate::format::{RenderOptions, render_message};
use crate::git::Repository;
use crate::source::{sanitise, shell_command};
use crate::workspace::{MANIFEST, Workspace};

/// The environment of a command.
#[derive(Debug)]
pub(super) struct Context {
    /// Where the run begins.
    pub(super) directory: PathBuf,
    /// The configuration that was named.
    pub(super) config: Option<PathBuf>,
    /// How diagnostics on standard output are rendered.
    pub(super) render_options: RenderOptions,
    /// When output is colored.
    color: ColorWhen,
    /// The amount of output on standard error.
    pub(super) verbosity: Verbosity,
    /// The clock.
    pub(super) now: jiff::Timestamp,
    /// The signals that a release heeds.
    pub(super) interrupts: Interrupts,
    /// The text for standard output, which is written once the command has done its work.
    pub(super) out: String,
    /// The text for standard error that is written after it.
    footnotes: Vec<String>,
    /// The captured text for standard error; `None`: it is written at once.
    captured_stderr: Option<RefCell<String>>,
}

/// The amount of output on standard error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Verbosity {
    /// Errors alone.
    Quiet,
    /// Warnings and hints.
    Normal,
    /// Each step.
    Verbose,
}

impl Context {
    /// Gathers the options, and from the environment what they leave open.
    pub(super) fn new(global: &Global, interrupts: &Interrupts) -> Result<Self> {
        let directory = global
            .directory
            .clone()
            .unwrap_or_else(|| PathBuf::from("."));
        if !directory.is_dir() {
            return Err(Error::usage(
                format!("`{}` is not a directory", directory.display()),
                "pass a directory to `-C`",
            ));
        }
        let verbosity = match (global.quiet, global.verbose) {
            (true, _) => Verbosity::Quiet,
            (_, true) => Verbosity::Verbose,
            _ => Verbosity::Normal,
        };
        Ok(Self {
            directory,
            config: global.config.clone(),
            render_options: streams::output_options(global.color),
            color: global.color,
            verbosity,
            now: clock(global)?,
            interrupts: interrupts.clone(),
            out: String::new(),
            footnotes: Vec::new(),
            captured_stderr: None,
        })
    }

    /// The context of a command whose output another command shows: it runs in `directory`, and its
    /// output is captured.
    pub(super) fn captured_in(&self, directory: &Path) -> Self {
        Self {
            directory: directory.to_owned(),
            config: None,
            render_options: self.render_options,
            color: self.color,
            verbosity: Verbosity::Normal,
            now: self.now,
            interrupts: self.interrupts.clone(),
            out: String::new(),
            footnotes: Vec::new(),
            captured_stderr: Some(RefCell::default()),
        }
    }

    /// All text of a command that was shown, as a terminal would have it.
    pub(super) fn into_text(self) -> String {
        self.footnotes.iter().for_each(|text| self.hint(text));
        self.out
            + &self
                .captured_stderr
                .map(RefCell::into_inner)
                .unwrap_or_default()
    }

    /// Opens the repository that the run is in.
    pub(super) fn repository(&self) -> Result<Repository> {
        Repository::discover(&self.directory)
    }

    /// Reads the configuration of a repository's work tree.
    pub(super) fn load_config(&self, repository: &Repository) -> Result<Config> {
        match repository.work_tree()? {
            Some(tree) => self.open(tree).map(|workspace| workspace.config().clone()),
            None => Workspace::config_at_head(repository, &self.directory, self.config.as_deref()),
        }
    }

    /// The configuration of the current directory.
    pub(super) fn config(&self) -> Result<Config> {
        match Repository::find(&self.directory)? {
            Some(repository) => self.load_config(&repository),
            None => self
                .open(WorkTree::open(&self.directory)?)
                .map(|workspace| workspace.config().clone()),
        }
    }

    /// The file that a configuration was read from; `None`: there is none, or it is in a commit.
    pub(super) fn config_path(&self, config: &Config, tree: Option<&WorkTree>) -> Option<PathBuf> {
        match &self.config {
            Some(named) => Some(self.directory.join(named)),
            None => Some(tree?.root().join(config.source.as_ref()?.name())),
        }
    }

    /// The work tree that contains the current directory, or that directory if there is no
    /// repository.
    pub(super) fn workspace(&self) -> Result<Workspace> {
        match self.work_tree()? {
            Some(tree) => self.open(tree),
            None => Err(Error::usage(
                "a bare repository has no working tree",
                "run the command in a clone with a working tree",
            )),
        }
    }

    /// The work tree that contains the current directory, or that directory if there is no
    /// repository; `None` in a bare repository.
    pub(super) fn work_tree(&self) -> Result<Option<WorkTree>> {
        match Repository::find(&self.directory)? {
            None => WorkTree::open(&self.directory).map(Some),
            Some(repository) => repository.work_tree(),
        }
    }

    fn open(&self, tree: WorkTree) -> Result<Workspace> {
        let workspace = Workspace::of_tree(tree, &self.directory, self.config.as_deref())?;
        match workspace.config_path() {
            Some(path) if streams::output_is_file(&path) => {
                Err(output_is_config(workspace.config()))
            }
            _ => Ok(workspace),
        }
    }

    /// The path of a file that the command line names for output.
    ///
    /// Fails if it is named inside the repository and a symbolic link there leads out of it.
    pub(super) fn output_path(&self, named: &Path) -> Result<PathBuf> {
        let path = self.directory.join(named);
        if let (Some(repository), Ok(directory)) = (
            Repository::find(&self.directory)?,
            self.directory.canonicalize(),
        ) && let Some(tree) = repository.work_tree()?
        {
            files::check_inside(tree.root(), &directory.join(named), named)?;
        }
        Ok(path)
    }

    /// Adds a text to standard output.
    pub(super) fn text(&mut self, text: String) {
        if self.out.is_empty() {
            self.out = text;
        } else {
            self.out.push_str(&text);
        }
    }

    /// Adds a line to the text for standard output.
    pub(super) fn line(&mut self, text: &str) {
        self.out.push_str(text);
        self.out.push('\n');
    }

    /// Adds a note that is printed after the output, unless `--quiet` is given.
    pub(super) fn footnote(&mut self, text: String) {
        self.footnotes.push(text);
    }

    /// Writes the output, then the footnotes.
    pub(super) fn finish(&self) -> Result<()> {
        streams::write_out(&self.out)?;
        self.footnotes.iter().for_each(|text| self.hint(text));
        Ok(())
    }

    /// How screens on standard output are rendered: as wide as the terminal; in a pipe, lines are not
    /// wrapped.
    pub(super) fn screen_options(&self) -> RenderOptions {
        RenderOptions {
            width: streams::output_width().unwrap_or(usize::MAX),
            ..self.render_options
        }
    }

    /// Reports on standard error why a part of the work failed.
    pub(super) fn report_failure(&self, error: &Error) {
        streams::report_error(error, self.color, self.verbosity == Verbosity::Verbose);
    }

    /// Prints a note on standard error, unless `--quiet` is given.
    pub(super) fn hint(&self, text: &str) {
        if self.verbosity < Verbosity::Normal {
            return;
        }
        match &self.captured_stderr {
            Some(captured_stderr) => {
                *captured_stderr.borrow_mut() +=
                    &render_message(&sanitise(text), self.screen_options());
            }
            None => streams::hint(text, self.color),
        }
    }
}

/// The refusal to write into the configuration that was just read.
///
/// A shell empties the target of a redirection before it starts the command, so an empty
/// configuration file does not show the user's settings.
fn output_is_config(config: &Config) -> Error {
    let (name, text) = config
        .source
        .as_ref()
        .map_or(("", ""), |source| (source.name(), source.text()));
    let emptied = if text.trim().is_empty() {
        ", which the shell emptied before tollgate could read it"
    } else {
        ""
    };
    let restore = shell_command!("git restore {name}", name);
    let restore = format!("to restore the committed file: `{restore}`");
    let is_manifest = Path::new(name)
        .file_name()
        .is_some_and(|name| name == MANIFEST);
    let help = if is_manifest {
        restore
    } else {
        let write = shell_command!("tollgate config show --output {name}", name);
        format!("to write the configuration: `{write}`\n{restore}")
    };
    Error::refused(
        format!("standard output is the configuration file `{name}`{emptied}"),
        help,
    )
}

#[expect(
    clippy::disallowed_methods,
    reason = "the command line is where the clock is read"
)]
fn clock(global: &Global) -> Result<jiff::Timestamp> {
    let now = if let Some(now) = global.now {
        now
    } else if let Ok(epoch) = std::env::var("SOURCE_DATE_EPOCH") {
        let seconds = epoch.trim().parse().ok();
        seconds
            .and_then(|seconds| jiff::Timestamp::from_second(seconds).ok())
            .ok_or_else(|| {
                Error::usage(
                    format!("`SOURCE_DATE_EPOCH` is not valid: `{epoch}`"),
                    "set it to seconds since 1970, such as `1790000000`",
                )
            })?
    } else {
        jiff::Timestamp::now()
    };
    // Git has no earlier dates: it takes their sign for a part of something else.
    if now < jiff::Timestamp::UNIX_EPOCH {
        let (source, example) = match global.now {
            Some(_) => ("--now", "--now 2026-01-31T12:00:00Z"),
            None => ("SOURCE_DATE_EPOCH", "SOURCE_DATE_EPOCH=1790000000"),
        };
        let message = format!("`{source}` is {now}, which is before 1970");
        return Err(Error::usage(
            message,
            format!("use a later time, such as `{example}`"),
        ));
    }
    Ok(now)
}
