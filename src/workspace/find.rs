//! Finds the one ticket that a person means.

use std::path::Path;

use super::Workspace;
use crate::document::Document;
use crate::error::{Error, Result};
use crate::source::{Source, closest, shorten};
use crate::ticket::{self, stem};

impl Workspace {
    /// The ticket of that id, that file's stem or that path.
    ///
    /// What looks like a path is one where such a file exists; anything else is a path only where no ticket bears the
    /// name. Fails where nothing is found, with the nearest name, and where several tickets bear it.
    pub fn find_ticket(&self, named: &str) -> Result<Source> {
        let path = Path::new(named);
        let is_file = self.directory.join(path).is_file();
        if is_file && (named.ends_with(".toml") || named.contains(['/', std::path::MAIN_SEPARATOR])) {
            return self.ticket_of_file(path);
        }
        let tickets: Vec<(Source, String)> = self.tickets()?.into_iter().map(|source| self.with_id(source)).collect();
        let mut found =
            tickets.iter().filter(|(source, id)| id == named || stem(source.name()) == named || source.name() == named);
        match (found.next(), found.next()) {
            (Some((source, _)), None) => Ok(source.clone()),
            (Some((first, _)), Some((second, _))) => Err(Error::usage(
                format!("`{}` names `{}` and `{}`", shorten(named), first.name(), second.name()),
                "name the file instead",
            )),
            (None, _) if is_file => self.ticket_of_file(path),
            (None, _) => Err(unknown(named, &tickets)),
        }
    }

    fn ticket_of_file(&self, path: &Path) -> Result<Source> {
        let found = self.tickets_at(&[path.to_owned()])?.complete()?.pop();
        found.ok_or_else(|| unknown(&path.to_string_lossy(), &[]))
    }

    /// A ticket with its id; one that cannot be parsed is known by its file alone.
    fn with_id(&self, source: Source) -> (Source, String) {
        let within = source.text().len() <= self.config.limits.ticket_bytes;
        let parsed = within.then(|| Document::parse(source.clone())).filter(|(_, errors)| errors.is_empty());
        let id =
            parsed.map_or_else(|| stem(source.name()).to_owned(), |(document, _)| ticket::identity(&document).text);
        (source, id)
    }
}

fn unknown(named: &str, tickets: &[(Source, String)]) -> Error {
    let names = tickets.iter().flat_map(|(source, id)| [id.as_str(), stem(source.name())]);
    let help = match closest(stem(named), names) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "name a ticket by its id, its file's name or its path; `tollgate ticket list` shows them".to_owned(),
    };
    Error::usage(format!("there is no ticket `{}`", shorten(named)), help)
}

#[cfg(test)]
mod tests {
    use super::super::tests::folder;
    use super::*;

    const FILES: &[(&str, &str)] = &[
        ("changes/2026/pool.toml", "id = \"CHG-1\""),
        ("changes/cache.toml", "title = \"x\""),
        ("changes/broken.toml", "title ="),
        ("changes/twin.toml", "id = \"cache\""),
        ("changes/CHG-3.toml", ""),
        ("other/plan", "id = \"CHG-9\""),
    ];

    fn find(named: &str) -> std::result::Result<String, (String, String)> {
        let folder = folder(FILES);
        let workspace = Workspace::open(folder.path(), &folder.path().join("changes"), None).unwrap();
        let found = workspace.find_ticket(named).map(|source| source.name().to_owned());
        found.map_err(|error| (error.to_string(), error.help().unwrap_or_default().to_owned()))
    }

    #[test]
    fn a_ticket_is_found_by_id_stem_and_path() {
        for named in ["CHG-1", "pool", "2026/pool.toml", "./2026/pool.toml", "changes/2026/pool.toml"] {
            assert_eq!(find(named), Ok("changes/2026/pool.toml".into()), "{named}");
        }
        assert_eq!(find("broken"), Ok("changes/broken.toml".into()));
        assert_eq!(find("../other/plan"), Ok("other/plan".into()));
    }

    #[test]
    fn a_name_that_two_tickets_bear_is_refused() {
        let (message, help) = find("cache").unwrap_err();
        assert_eq!(message, "`cache` names `changes/cache.toml` and `changes/twin.toml`");
        assert_eq!(help, "name the file instead");
        assert_eq!(find("cache.toml"), Ok("changes/cache.toml".into()));
    }

    #[test]
    fn an_unknown_name_is_told_with_the_nearest() {
        assert_eq!(find("CHG-11"), Err(("there is no ticket `CHG-11`".into(), "did you mean `CHG-1`?".into())));
        assert_eq!(find("changes/pol.toml").unwrap_err().1, "did you mean `pool`?");
        assert!(find("zzzzzzzzz").unwrap_err().1.contains("ticket list"));
        assert!(find("").is_err());
    }
}
