//! Finds a ticket by its ID, file name, or path, or by a part of them.

use std::path::Path;

use super::Workspace;
use crate::document::Document;
use crate::error::{Error, Result};
use crate::source::{Source, closest, join_or, shorten};
use crate::ticket::{self, stem};

/// The minimum number of characters of an ID with which a ticket is found.
const MIN_PART: usize = 3;

/// The maximum number of matching tickets that are listed.
const MAX_LISTED: usize = 10;

/// A ticket that was found by its name.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub(crate) struct FoundTicket {
    /// The ticket.
    pub(crate) source: Source,
    /// Its ID, if only a part of the ID or of the file name was given.
    pub(crate) id_of_part: Option<String>,
}

impl FoundTicket {
    const fn exact(source: Source) -> Self {
        Self {
            source,
            id_of_part: None,
        }
    }
}

impl Workspace {
    /// The ticket with this ID, file name, or path, or the only one whose ID or file name contains
    /// it.
    ///
    /// A name that looks like a path is one if the file exists; anything else is a path only if no
    /// ticket has the name.
    ///
    /// # Errors
    ///
    /// Fails if no ticket is found, with the nearest name, and if several match.
    pub(crate) fn find_ticket(&self, named: &str) -> Result<FoundTicket> {
        let path = Path::new(named);
        let is_file = self.directory.join(path).is_file();
        if is_file && (named.ends_with(".toml") || named.contains(['/', std::path::MAIN_SEPARATOR]))
        {
            return self.ticket_of_file(path).map(FoundTicket::exact);
        }
        let tickets: Vec<IdentifiedTicket> = self
            .tickets()?
            .into_iter()
            .map(|source| self.with_id(source))
            .collect();
        let mut found = tickets
            .iter()
            .filter(|ticket| ticket.names().contains(&named) || ticket.source.name() == named);
        match (found.next(), found.next()) {
            (Some(ticket), None) => Ok(FoundTicket::exact(ticket.source.clone())),
            (Some(first), Some(second)) => Err(Error::usage(
                format!(
                    "`{}` matches both `{}` and `{}`",
                    shorten(named),
                    first.source.name(),
                    second.source.name()
                ),
                "pass the path of the file instead",
            )),
            (None, _) if is_file => self.ticket_of_file(path).map(FoundTicket::exact),
            (None, _) => by_part(named, &tickets),
        }
    }

    fn ticket_of_file(&self, path: &Path) -> Result<Source> {
        let found = self.tickets_at(&[path.to_owned()])?.complete()?.pop();
        found.ok_or_else(|| unknown(&path.to_string_lossy(), &[]))
    }

    /// A ticket with its ID; a ticket that cannot be parsed is known only by its file.
    fn with_id(&self, source: Source) -> IdentifiedTicket {
        let within = source.text().len() <= self.config.limits.ticket_bytes;
        let parsed = within
            .then(|| Document::parse(source.clone()))
            .filter(|(_, errors)| errors.is_empty());
        let id = parsed.map_or_else(
            || stem(source.name()).to_owned(),
            |(document, _)| ticket::identity(&document).text,
        );
        IdentifiedTicket { source, id }
    }
}

/// A candidate of a search.
struct IdentifiedTicket {
    source: Source,
    id: String,
}

impl IdentifiedTicket {
    /// Its ID, and the name of its file without the extension.
    fn names(&self) -> [&str; 2] {
        [&self.id, stem(self.source.name())]
    }
}

/// The only ticket that has a text in its ID or its file name.
fn by_part(named: &str, tickets: &[IdentifiedTicket]) -> Result<FoundTicket> {
    let part = named.to_lowercase();
    let has_part = |ticket: &IdentifiedTicket| {
        ticket
            .names()
            .iter()
            .any(|name| name.to_lowercase().contains(&part))
    };
    let is_long = part.chars().count() >= MIN_PART;
    let matching: Vec<&IdentifiedTicket> = tickets
        .iter()
        .filter(|ticket| is_long && has_part(ticket))
        .collect();
    match matching.as_slice() {
        [] if !is_long && !part.is_empty() && tickets.iter().any(has_part) => Err(Error::usage(
            format!("`{}` is too short to be part of an ID", shorten(named)),
            format!("use at least {MIN_PART} characters, or the complete ID"),
        )),
        [] => Err(unknown(named, tickets)),
        [IdentifiedTicket { source, id }] => Ok(FoundTicket {
            source: source.clone(),
            id_of_part: Some(id.clone()),
        }),
        [..] => {
            let mut ids: Vec<String> = matching
                .iter()
                .take(MAX_LISTED)
                .map(|ticket| format!("`{}`", shorten(&ticket.id)))
                .collect();
            let more = matching.len() - ids.len();
            if more > 0 {
                ids.push(format!("one of {more} more"));
            }
            let message = format!("`{}` matches {} tickets", shorten(named), matching.len());
            Err(Error::usage(message, format!("use {}", join_or(&ids))))
        }
    }
}

fn unknown(named: &str, tickets: &[IdentifiedTicket]) -> Error {
    let names = tickets.iter().flat_map(IdentifiedTicket::names);
    let help = match closest(stem(named), names) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "run `tollgate ticket list` to see all tickets".to_owned(),
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
        let workspace =
            Workspace::open(folder.path(), &folder.path().join("changes"), None).unwrap();
        let found = workspace
            .find_ticket(named)
            .map(|found| found.source.name().to_owned());
        found.map_err(|error| {
            (
                error.to_string(),
                error.help().unwrap_or_default().to_owned(),
            )
        })
    }

    #[test]
    fn a_ticket_is_found_by_id_stem_and_path() {
        for named in [
            "CHG-1",
            "pool",
            "2026/pool.toml",
            "./2026/pool.toml",
            "changes/2026/pool.toml",
        ] {
            assert_eq!(find(named), Ok("changes/2026/pool.toml".into()), "{named}");
        }
        assert_eq!(find("broken"), Ok("changes/broken.toml".into()));
        assert_eq!(find("../other/plan"), Ok("other/plan".into()));
    }

    #[test]
    fn ambiguous_name_is_refused() {
        let (message, help) = find("cache").unwrap_err();
        assert_eq!(
            message,
            "`cache` matches both `changes/cache.toml` and `changes/twin.toml`"
        );
        assert_eq!(help, "pass the path of the file instead");
        assert_eq!(find("cache.toml"), Ok("changes/cache.toml".into()));
    }

    #[test]
    fn a_ticket_is_found_by_a_unique_part() {
        assert_eq!(find("roke"), Ok("changes/broken.toml".into()));
        assert_eq!(find("hg-1"), Ok("changes/2026/pool.toml".into()));
        let (message, help) = find("chg").unwrap_err();
        assert_eq!(
            (message.as_str(), help.as_str()),
            ("`chg` matches 2 tickets", "use `CHG-1` or `CHG-3`")
        );
        let (message, help) = find("ok").unwrap_err();
        assert_eq!(message, "`ok` is too short to be part of an ID");
        assert_eq!(help, "use at least 3 characters, or the complete ID");
        assert_eq!(find("qq").unwrap_err().0, "there is no ticket `qq`");
    }

    #[test]
    fn unknown_name_suggests_the_nearest() {
        assert_eq!(
            find("CHG-11"),
            Err((
                "there is no ticket `CHG-11`".into(),
                "did you mean `CHG-1`?".into()
            ))
        );
        assert_eq!(
            find("changes/pol.toml").unwrap_err().1,
            "did you mean `pool`?"
        );
        assert!(find("zzzzzzzzz").unwrap_err().1.contains("ticket list"));
        assert!(find("").is_err());
    }
}
