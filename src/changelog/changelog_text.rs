//! Renders the changelog in the configured style or by a template, and updates a file with the
//! result. The callers are `changelog` and the planner of releases.

use crate::changelog::{self, ChangelogRenderer, Generated, Links, Notes, Template, Title};
use crate::config::{ChangelogSettings, ChangelogStyle};
use crate::error::{Error, Fault, Result};
use crate::source::{Label, Source};

/// The renderer of a changelog.
#[derive(Debug)]
pub(crate) struct ChangelogText<'a> {
    settings: &'a ChangelogSettings,
    links: Option<&'a Links>,
    template: Option<Template>,
}

impl<'a> ChangelogText<'a> {
    /// The settings, the destination of links, and the template of [`ChangelogStyle::Template`].
    #[must_use]
    pub(crate) const fn new(
        settings: &'a ChangelogSettings,
        links: Option<&'a Links>,
        template: Option<Template>,
    ) -> Self {
        Self {
            settings,
            links,
            template,
        }
    }

    /// The full changelog, with its preamble.
    pub(crate) fn full(&self, notes: &[Notes]) -> Result<String> {
        match self.template()? {
            Some(template) => template.render(notes, self.links()),
            None => Ok(self.renderer().render_file(notes)),
        }
    }

    /// The releases of one of several packages, below its name.
    ///
    /// # Errors
    ///
    /// Fails as [`Self::full`] does.
    pub(crate) fn with_title(&self, name: &str, notes: &[Notes]) -> Result<String> {
        let text = match self.template()? {
            Some(template) => template.render(notes, self.links())?,
            None => self.renderer().render(notes),
        };
        Ok(format!("# {}\n\n{text}", changelog::escape(name)))
    }

    /// Some releases; a single one is rendered as a page.
    pub(crate) fn partial(&self, notes: &[Notes]) -> Result<String> {
        match (self.template()?, notes) {
            (Some(template), _) => template.render(notes, self.links()),
            (None, [notes]) => Ok(self.renderer().render_page(notes)),
            (None, notes) => Ok(self.renderer().render(notes)),
        }
    }

    /// The updated text of a changelog; see [`changelog::update`] for what is preserved.
    ///
    /// # Errors
    ///
    /// Fails if the changelog's releases can't be distinguished, or if the template writes headings
    /// without versions.
    pub(crate) fn update(&self, existing: &Source, notes: &[Notes]) -> Result<String> {
        if let Some(markup) = other_markup(existing.name()) {
            return Err(Error::usage(
                format!(
                    "`{}` is {markup}, and only Markdown changelogs can be updated",
                    existing.name()
                ),
                "set `changelog.file` to a Markdown file, or add by hand what `tollgate changelog --unreleased` prints",
            ));
        }
        let existing_versions = changelog::versions(existing.text());
        let newest = existing_versions.last();
        let is_missing = |notes: &&Notes| match &notes.title {
            Title::Released { version, .. } => newest.is_none_or(|newest| version > newest),
            Title::Unreleased | Title::Planned(_) => true,
        };
        let missing: Vec<Notes> = notes.iter().filter(is_missing).cloned().collect();
        let links = self.links.filter(|_| self.settings.wants_links_in_files());
        let generated = Self {
            settings: self.settings,
            links,
            template: self.template.clone(),
        }
        .full(&missing)?;
        let generated_versions = changelog::versions(&generated);
        let mut versions = missing.iter().filter_map(|notes| notes.title.version());
        if let Some(version) = versions.find(|version| !generated_versions.contains(version)) {
            return Err(Error::usage(
                format!("the template does not produce a heading for `{version}`"),
                "to update a file, each release needs a heading such as `## {{ release.version }}`",
            ));
        }
        changelog::update(existing.text(), Generated::new(&generated, notes)).map_err(|unclear| {
            let label = Label::new(existing.line_span(unclear.line), "");
            Error::text(
                existing.clone(),
                vec![Fault {
                    message: unclear.message,
                    help: unclear.help,
                    label,
                }],
            )
        })
    }

    /// The notes of one release, without its heading.
    pub(crate) fn body(&self, notes: &Notes) -> Result<String> {
        let text = self.full(std::slice::from_ref(notes))?;
        let chapter = notes
            .title
            .version()
            .and_then(|version| changelog::chapter(&text, version));
        Ok(chapter.unwrap_or_else(|| changelog::unreleased_chapter(&text).unwrap_or(text)))
    }

    fn renderer(&self) -> ChangelogRenderer<'_> {
        ChangelogRenderer::new(self.settings, self.links)
    }

    fn links(&self) -> Option<&Links> {
        self.links.filter(|_| self.settings.wants_links())
    }

    fn template(&self) -> Result<Option<&Template>> {
        match (self.settings.style, &self.template) {
            (ChangelogStyle::Template, None) => Err(Error::usage(
                "there is no template",
                "pass `--template FILE`, or write `style = \"template\"` and `template = \"FILE\"` under `[changelog]`",
            )),
            (ChangelogStyle::Template, template) => Ok(template.as_ref()),
            _ => Ok(None),
        }
    }
}

/// The format of a file according to its name, unless it is Markdown.
fn other_markup(name: &str) -> Option<&'static str> {
    let (_, extension) = name.rsplit_once('.')?;
    let known = [
        ("rst", "reStructuredText"),
        ("rest", "reStructuredText"),
        ("adoc", "AsciiDoc"),
        ("asciidoc", "AsciiDoc"),
        ("org", "Org"),
        ("rdoc", "RDoc"),
        ("textile", "Textile"),
        ("html", "HTML"),
    ];
    known
        .into_iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(extension))
        .map(|(_, markup)| markup)
}
