//! The output of findings: formats, files, and the severity from which on a command fails.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::cli::ExitStatus;
use crate::cli::args::words;
use crate::cli::context::Context;
use crate::cli::document_format::TextOrJson;
use crate::error::{Error, Result};
use crate::files;
use crate::finding::{Checked, Place, Severity};
use crate::format::{self, Format};
use crate::source::{Source, any_of};

/// The maximum number of findings of a run.
const MAX_FINDINGS: usize = 10_000;

/// The options of commands that find things.
#[derive(Debug, clap::Args)]
pub(super) struct FindingsOutput {
    /// Output format: full, concise, json, sarif, github, gitlab, junit, markdown; repeatable.
    #[arg(long = "format", value_name = "FORMAT[=PATH]", value_parser = Request::parse)]
    formats: Vec<Request>,
    /// Short for `--format json`.
    #[arg(long)]
    json: bool,
    /// Lowest severity that causes exit code 1.
    #[arg(long, value_name = "SEVERITY", default_value = "error", value_parser = words::<Severity>())]
    fail_on: Severity,
}

/// A format, with a file unless it is written to standard output.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Request {
    format: RequestedFormat,
    path: Option<PathBuf>,
}

/// A format that the command line names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RequestedFormat {
    Findings(Format),
    /// The comment on a pull request, which only the gate can write.
    Comment,
}

/// The documents of a command that decides more than its findings say.
#[derive(Debug)]
pub(super) struct Documents {
    /// The JSON document, instead of that of the findings.
    pub(super) json: String,
    /// The comment on a pull request.
    pub(super) comment: String,
}

impl RequestedFormat {
    /// The name of the format on the command line.
    const COMMENT: &str = "comment";

    fn parse(name: &str) -> Option<Self> {
        match name {
            Self::COMMENT => Some(Self::Comment),
            name => Format::parse(name).map(Self::Findings),
        }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Findings(format) => format.as_str(),
            Self::Comment => Self::COMMENT,
        }
    }

    const fn is_for_people(self) -> bool {
        matches!(self, Self::Findings(format) if format.is_for_people())
    }
}

impl Request {
    fn parse(text: &str) -> std::result::Result<Self, String> {
        let (name, path) = text
            .split_once('=')
            .map_or((text, None), |(name, path)| (name, Some(path)));
        let names = || {
            let names: Vec<&str> = Format::ALL.iter().map(|format| format.as_str()).collect();
            any_of(&names)
        };
        let format = RequestedFormat::parse(name)
            .ok_or_else(|| format!("unknown format `{name}`; use {}", names()))?;
        match path {
            Some("") => Err(format!("`{name}=` needs a path")),
            path => Ok(Self {
                format,
                path: path.map(PathBuf::from),
            }),
        }
    }
}

impl FindingsOutput {
    /// The requested formats; if none is requested, the default one.
    fn requests(&self) -> Vec<Request> {
        let json = self.json.then_some(Request {
            format: RequestedFormat::Findings(Format::Json),
            path: None,
        });
        let requests: Vec<Request> = self.formats.iter().cloned().chain(json).collect();
        if requests.is_empty() {
            vec![Request {
                format: RequestedFormat::Findings(Format::ALL[0]),
                path: None,
            }]
        } else {
            requests
        }
    }

    /// Whether the output is only text on standard output.
    pub(super) fn is_for_people(&self) -> bool {
        self.requests()
            .iter()
            .all(|request| request.path.is_none() && request.format.is_for_people())
    }

    /// Refuses impossible options before any work is done.
    pub(super) fn validate(&self) -> Result<()> {
        self.validate_with_comment()?;
        let is_comment = |request: &Request| request.format == RequestedFormat::Comment;
        if self.requests().iter().any(is_comment) {
            return Err(Error::usage(
                "only `tollgate gate` can write a comment on a pull request",
                "use `--format markdown` for a summary of the findings",
            ));
        }
        Ok(())
    }

    /// The same for a command that can write a comment.
    pub(super) fn validate_with_comment(&self) -> Result<()> {
        if self
            .requests()
            .iter()
            .filter(|request| request.path.is_none())
            .count()
            > 1
        {
            return Err(Error::usage(
                "two formats cannot both go to standard output",
                "write all but one to a file, such as `--format json=findings.json`",
            ));
        }
        Ok(())
    }

    /// Writes the findings and returns whether the command fails.
    ///
    /// Paths in `checked` are for programs; `display_path` maps them to paths for people.
    pub(super) fn write(
        &self,
        checked: &Checked,
        display_path: impl Fn(&str) -> String,
        ctx: &mut Context,
    ) -> Result<ExitStatus> {
        self.validate()?;
        self.write_findings(checked, display_path, None, ctx)
    }

    /// The same for a command with documents of its own. Its paths are those of the repository.
    pub(super) fn write_with_documents(
        &self,
        checked: &Checked,
        documents: &Documents,
        ctx: &mut Context,
    ) -> Result<ExitStatus> {
        self.validate_with_comment()?;
        self.write_findings(checked, str::to_owned, Some(documents), ctx)
    }

    fn write_findings(
        &self,
        checked: &Checked,
        display_path: impl Fn(&str) -> String,
        documents: Option<&Documents>,
        ctx: &mut Context,
    ) -> Result<ExitStatus> {
        check_finding_limit(checked)?;
        let for_people = checked.with_paths(display_path);
        let options = ctx.render_options;
        self.write_formats(ctx, |format| {
            Ok(match (format, documents) {
                (RequestedFormat::Comment, documents) => documents
                    .map(|documents| documents.comment.clone())
                    .unwrap_or_default(),
                (RequestedFormat::Findings(Format::Json), Some(documents)) => {
                    documents.json.clone()
                }
                (RequestedFormat::Findings(format), _) if format.is_for_people() => {
                    format.render(&for_people, options)
                }
                (RequestedFormat::Findings(format), _) => format.render(checked, options),
            })
        })?;
        Ok(self.exit_status(checked))
    }

    /// Refuses, before any work is done, formats that show findings alone.
    pub(super) fn validate_overview(&self) -> Result<()> {
        self.requests()
            .iter()
            .try_for_each(|request| overview_format(request.format).map(drop))
    }

    /// Writes the number of findings of each rule and returns whether the command fails.
    pub(super) fn write_statistics(
        &self,
        checked: &Checked,
        ctx: &mut Context,
    ) -> Result<ExitStatus> {
        self.write_formats(ctx, |format| {
            Ok(match overview_format(format)? {
                TextOrJson::Text => format::statistics_text(checked),
                TextOrJson::Json => format::statistics_json(checked),
            })
        })?;
        Ok(self.exit_status(checked))
    }

    /// Writes which files would be checked; `display_path` maps them to paths for people.
    pub(super) fn write_files(
        &self,
        files: &[Source],
        display_path: impl Fn(&str) -> String,
        ctx: &mut Context,
    ) -> Result<ExitStatus> {
        let names = |name: &dyn Fn(&str) -> String| {
            files
                .iter()
                .map(|file| name(file.name()))
                .collect::<Vec<_>>()
        };
        self.write_formats(ctx, |format| {
            Ok(match overview_format(format)? {
                TextOrJson::Text => format::files_text(&names(&display_path)),
                TextOrJson::Json => format::files_json(&names(&str::to_owned)),
            })
        })?;
        Ok(ExitStatus::Success)
    }

    /// Writes the text of each requested format; if one of them fails, none is written.
    fn write_formats(
        &self,
        ctx: &mut Context,
        text: impl Fn(RequestedFormat) -> Result<String>,
    ) -> Result<()> {
        let requests = self.requests();
        let texts = requests
            .iter()
            .map(|request| text(request.format))
            .collect::<Result<Vec<_>>>()?;
        for (request, text) in requests.iter().zip(texts) {
            match &request.path {
                None => ctx.out += &text,
                Some(path) => files::replace_file(&ctx.output_path(path)?, &text)?,
            }
        }
        Ok(())
    }

    /// The lowest severity that makes the command fail.
    pub(super) const fn fail_on(&self) -> Severity {
        self.fail_on
    }

    /// Whether the command fails by what was found.
    pub(super) fn exit_status(&self, checked: &Checked) -> ExitStatus {
        let fails = checked
            .findings
            .iter()
            .any(|finding| finding.severity >= self.fail_on);
        if fails {
            ExitStatus::Failure
        } else {
            ExitStatus::Success
        }
    }
}

/// The form in which a format shows what is not a finding.
fn overview_format(format: RequestedFormat) -> Result<TextOrJson> {
    match format {
        RequestedFormat::Findings(Format::Full | Format::Concise) => Ok(TextOrJson::Text),
        RequestedFormat::Findings(Format::Json) => Ok(TextOrJson::Json),
        other => Err(Error::usage(
            format!(
                "format `{}` cannot show statistics or file lists",
                other.as_str()
            ),
            "use `full`, `concise`, or `json`",
        )),
    }
}

/// Refuses what no person and no service reads to its end.
fn check_finding_limit(checked: &Checked) -> Result<()> {
    let count = checked.findings.len();
    if count <= MAX_FINDINGS {
        return Ok(());
    }
    let mut by_place: BTreeMap<&Place, usize> = BTreeMap::new();
    checked
        .findings
        .iter()
        .for_each(|finding| *by_place.entry(&finding.place).or_default() += 1);
    let worst = by_place
        .iter()
        .max_by_key(|(_, count)| **count)
        .map_or("", |(place, _)| place.name());
    Err(Error::limit(
        format!("there are {count} findings, more than {MAX_FINDINGS}; most are in `{worst}`"),
        "check one rule at a time, such as `--select toml/syntax`, or fewer files",
    ))
}
