//! The changelog as text: in a built-in form or by a template, as a document of its own or inside a file.

use crate::changelog::{self, Links, Notes, Style, Title};
use crate::config::{ChangelogSettings, Form};
use crate::error::{Error, Result};
use crate::format::Template;

/// What a changelog is written with.
#[derive(Debug)]
pub struct ChangelogText<'a> {
    settings: &'a ChangelogSettings,
    links: Option<&'a Links>,
    template: Option<Template>,
}

impl<'a> ChangelogText<'a> {
    /// The settings, where links lead to, and the template of [`Form::Template`].
    #[must_use]
    pub const fn new(settings: &'a ChangelogSettings, links: Option<&'a Links>, template: Option<Template>) -> Self {
        Self { settings, links, template }
    }

    /// The whole changelog, with what stands above it.
    pub fn whole(&self, notes: &[Notes]) -> Result<String> {
        match self.template()? {
            Some(template) => template.render(notes, self.links()),
            None => Ok(self.style().render_whole(notes)),
        }
    }

    /// Some releases; one alone is written as on a page of its own.
    pub fn part(&self, notes: &[Notes]) -> Result<String> {
        match (self.template()?, notes) {
            (Some(template), _) => template.render(notes, self.links()),
            (None, [notes]) => Ok(self.style().render_page(notes)),
            (None, notes) => Ok(self.style().render(notes)),
        }
    }

    /// The text of a changelog brought up to date; what it has is kept as [`changelog::update`] says.
    ///
    /// Fails where a template's headings do not tell which version they are of.
    pub fn update(&self, existing: &str, notes: &[Notes]) -> Result<String> {
        let written = changelog::versions(existing);
        let newest = written.last();
        let is_wanted = |notes: &&Notes| match &notes.title {
            Title::Released { version, .. } => newest.is_none_or(|newest| version > newest),
            Title::Unreleased | Title::Coming(_) => true,
        };
        let wanted: Vec<Notes> = notes.iter().filter(is_wanted).cloned().collect();
        let links = self.links.filter(|_| self.settings.wants_links_in_files());
        let fresh = Self { settings: self.settings, links, template: self.template.clone() }.whole(&wanted)?;
        let told = changelog::versions(&fresh);
        let mut versions = wanted.iter().filter_map(|notes| notes.title.version());
        if let Some(version) = versions.find(|version| !told.contains(version)) {
            return Err(Error::usage(
                format!("the template writes no heading for `{version}`"),
                "to update a file, each release needs a heading such as `## {{ release.version }}`",
            ));
        }
        let coming = wanted.iter().find(|notes| matches!(notes.title, Title::Coming(_)));
        Ok(changelog::update(existing, &fresh, coming.and_then(|notes| notes.title.version())))
    }

    /// What is said of one release, without its heading.
    pub fn body(&self, notes: &Notes) -> Result<String> {
        let text = self.whole(std::slice::from_ref(notes))?;
        let told = notes.title.version().and_then(|version| changelog::chapter(&text, version));
        Ok(told.unwrap_or_else(|| changelog::unreleased_chapter(&text).unwrap_or(text)))
    }

    fn style(&self) -> Style<'_> {
        Style::new(self.settings, self.links)
    }

    fn links(&self) -> Option<&Links> {
        self.links.filter(|_| self.settings.wants_links())
    }

    fn template(&self) -> Result<Option<&Template>> {
        match (self.settings.form, &self.template) {
            (Form::Template, None) => Err(Error::usage(
                "there is no template",
                "pass `--template FILE`, or write `form = \"template\"` and `template = \"FILE\"` under `[changelog]`",
            )),
            (Form::Template, template) => Ok(template.as_ref()),
            _ => Ok(None),
        }
    }
}
