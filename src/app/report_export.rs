//! Collects the rows that `tollgate export` prints: those of an audit of every package.

use crate::app::project::project_name;
use crate::app::report::ReportOptions;
use crate::app::report_audit::{AuditSelection, audit};
use crate::app::report_metrics::packages;
use crate::error::Result;
use crate::git::Repository;
use crate::report::{AuditPurpose, Export, ExportedRows};
use crate::workspace::Workspace;

/// Collects rows of the selected releases, with this name of the repository; `None`: that of the
/// project or the remote.
///
/// # Errors
///
/// Fails if a release or package does not exist, and if something that the rows depend on is missing
/// or cannot be read.
pub(crate) fn export(
    repository: &Repository,
    selection: &AuditSelection,
    options: &ReportOptions,
    rows: ExportedRows,
    name: Option<&str>,
) -> Result<Export> {
    let config =
        Workspace::config_at_head(repository, &options.directory, options.config.as_deref())?;
    let name = match name {
        Some(name) => name.to_owned(),
        None => project_name(repository, &config, None),
    };
    let mut export = Export::new(rows);
    for package in packages(&config, options.package.as_deref())? {
        let options = ReportOptions {
            package: package.map(|package| package.name.clone()),
            ..options.clone()
        };
        let audit = audit(repository, selection, &options, AuditPurpose::Document)?;
        export.add(&audit, &name);
    }
    Ok(export)
}
