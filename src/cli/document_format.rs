//! `--format text|json` and `--json`, for all commands that print one document.

/// How a command prints its result.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(super) struct DocumentFormat {
    /// Output format.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: TextOrJson,
    /// Short for `--format json`.
    #[arg(long, conflicts_with = "format")]
    json: bool,
}

/// For people or for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum TextOrJson {
    Text,
    Json,
}

impl DocumentFormat {
    /// The requested format.
    pub(super) const fn get(self) -> TextOrJson {
        if self.json {
            TextOrJson::Json
        } else {
            self.format
        }
    }
}
