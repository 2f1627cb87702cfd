//! Links from the changelog to the repository's forge.
//!
//! The address comes from the configuration or from the remote's URL. An address that doesn't look
//! like a forge's results in no links, never in wrong ones. Credentials are removed from a URL
//! first. Every link is safe inside a Markdown link: characters that could end it are
//! percent-encoded.

use std::fmt::Write as _;

use crate::commit::{Id, Reference, ReferenceKind};
use crate::config::Forge;

/// The addresses of the pages of a repository on its forge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Links {
    forge: Forge,
    base: String,
    commit: String,
    issue: String,
    request: String,
}

impl Links {
    /// The links below the page of a repository, such as `https://github.com/o/r`.
    ///
    /// The address must have been returned or accepted by `web_address`.
    #[must_use]
    pub fn new(forge: Forge, base: impl Into<String>) -> Self {
        let base: String = base.into();
        let (commit, issue, request) = match forge {
            Forge::GitHub => ("/commit/", "/issues/", "/pull/"),
            Forge::GitLab => ("/-/commit/", "/-/issues/", "/-/merge_requests/"),
            Forge::Gitea => ("/commit/", "/issues/", "/pulls/"),
            Forge::Bitbucket => ("/commits/", "/issues/", "/pull-requests/"),
            Forge::Azure => ("/commit/", "", "/pullrequest/"),
        };
        let issue = match forge {
            Forge::Azure => format!("{}/_workitems/edit/", azure_project(&base)),
            _ => format!("{base}{issue}"),
        };
        Self {
            forge,
            commit: format!("{base}{commit}"),
            issue,
            request: format!("{base}{request}"),
            base,
        }
    }

    /// The links of the repository at a remote's URL, as Git stores it; `None` if no forge is
    /// recognized.
    ///
    /// `forge` is the kind of the host if its name doesn't reveal it.
    #[must_use]
    pub fn of_remote(url: &str, forge: Option<Forge>) -> Option<Self> {
        let remote = Remote::parse(url)?;
        let forge = forge.or_else(|| Forge::of_host(&remote.host))?;
        Some(Self::new(forge, remote.page(forge)?))
    }

    /// The forge.
    #[must_use]
    pub(crate) const fn forge(&self) -> Forge {
        self.forge
    }

    /// The repository's page.
    #[must_use]
    pub(crate) fn page(&self) -> &str {
        &self.base
    }

    /// The page of a commit.
    #[must_use]
    pub(crate) fn commit(&self, id: Id) -> String {
        format!("{}{id}", self.commit)
    }

    /// The page of an issue or a pull request.
    ///
    /// A bare number at the end of a subject is a pull request on forges that number both together,
    /// such as GitHub; otherwise it is an issue.
    #[must_use]
    pub(crate) fn reference(&self, reference: Reference) -> String {
        let is_request = match reference.kind {
            ReferenceKind::Request => true,
            ReferenceKind::Issue => false,
            ReferenceKind::Either => matches!(self.forge, Forge::GitHub | Forge::Gitea),
        };
        format!(
            "{}{}",
            if is_request {
                &self.request
            } else {
                &self.issue
            },
            reference.number
        )
    }

    /// The page of a file in a commit.
    #[must_use]
    pub(crate) fn file(&self, commit: &str, path: &str) -> String {
        let (base, path) = (&self.base, encoded(&path.replace('%', "%25")));
        match self.forge {
            Forge::GitHub => format!("{base}/blob/{commit}/{path}"),
            Forge::GitLab => format!("{base}/-/blob/{commit}/{path}"),
            Forge::Gitea => format!("{base}/src/commit/{commit}/{path}"),
            Forge::Bitbucket => format!("{base}/src/{commit}/{path}"),
            Forge::Azure => format!("{base}?path=/{path}&version=GC{commit}"),
        }
    }

    /// The page that compares two tags, the older first; `to` is `None` for unreleased changes.
    #[must_use]
    pub(crate) fn compare(&self, from: &str, to: Option<&str>) -> String {
        let (base, from) = (&self.base, encoded(from));
        let to = match (to, self.forge) {
            (Some(to), _) => encoded(to),
            (None, Forge::Azure) => return format!("{base}/branchCompare?baseVersion=GT{from}"),
            (None, _) => "HEAD".to_owned(),
        };
        match self.forge {
            Forge::GitHub | Forge::Gitea => format!("{base}/compare/{from}...{to}"),
            Forge::GitLab => format!("{base}/-/compare/{from}...{to}"),
            Forge::Bitbucket => format!("{base}/branches/compare/{to}%0D{from}"),
            Forge::Azure => {
                format!("{base}/branchCompare?baseVersion=GT{from}&targetVersion=GT{to}")
            }
        }
    }

    /// The page of a tag.
    #[must_use]
    pub(crate) fn tag(&self, tag: &str) -> String {
        let (base, tag) = (&self.base, encoded(tag));
        match self.forge {
            Forge::GitHub | Forge::Gitea => format!("{base}/releases/tag/{tag}"),
            Forge::GitLab => format!("{base}/-/tags/{tag}"),
            Forge::Bitbucket => format!("{base}/commits/tag/{tag}"),
            Forge::Azure => format!("{base}?version=GT{tag}"),
        }
    }
}

/// The page of a repository from a configured address, such as `https://git.example.com/o/r`, and
/// the forge if its host is known; `None` if it isn't a web address.
#[must_use]
pub(crate) fn web_address(url: &str) -> Option<(String, Option<Forge>)> {
    let remote = Remote::parse(url).filter(|remote| remote.web.is_some() && !url.contains('@'))?;
    let forge = Forge::of_host(&remote.host);
    Some((format!("{}/{}", remote.origin(), remote.path()), forge))
}

/// The parts of a remote's URL, without credentials.
struct Remote {
    host: String,
    /// Scheme and port, if the URL is for browsers.
    web: Option<(&'static str, Option<u16>)>,
    segments: Vec<String>,
}

impl Remote {
    /// Reads `https://…`, `ssh://…`, `git://…` and `git@host:path`; `None` for paths and anything
    /// else.
    fn parse(url: &str) -> Option<Self> {
        let (web, rest, colon) = match url.split_once("://") {
            Some((scheme, rest)) => match scheme.to_ascii_lowercase().as_str() {
                "https" => (Some("https"), rest, '/'),
                "http" => (Some("http"), rest, '/'),
                "ssh" | "git" | "git+ssh" | "ssh+git" => (None, rest, '/'),
                _ => return None,
            },
            // A single letter is a drive letter, not a host.
            None => (
                None,
                url,
                if url.find(':')? > 1 { ':' } else { return None },
            ),
        };
        let (authority, path) = rest.split_once(colon)?;
        let host_and_port = authority.rsplit('@').next()?;
        let (host, port) = match host_and_port.split_once(':') {
            Some((host, port)) => (host, Some(port.parse().ok()?)),
            None => (host_and_port, None),
        };
        let host = host.to_ascii_lowercase();
        let is_host = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
        if host.is_empty() || !host.chars().all(is_host) {
            return None;
        }
        let path = path.split(['?', '#']).next()?.trim_matches('/');
        let path = path.strip_suffix(".git").unwrap_or(path);
        let segments: Vec<String> = path.split('/').map(encoded).collect();
        let is_plain = |segment: &String| !matches!(segment.as_str(), "" | "." | "..");
        let is_plain = segments.iter().all(is_plain) && !segments.is_empty();
        is_plain.then(|| Self {
            host,
            web: web.map(|scheme| (scheme, port)),
            segments,
        })
    }

    fn path(&self) -> String {
        self.segments.join("/")
    }

    /// Scheme, host, and port for a browser: those of the URL if it is for browsers, otherwise
    /// `https` and the default port.
    fn origin(&self) -> String {
        let host = match self.host.as_str() {
            "ssh.github.com" => "github.com",
            "altssh.gitlab.com" => "gitlab.com",
            "altssh.bitbucket.org" => "bitbucket.org",
            host => host,
        };
        match self.web {
            Some((scheme, Some(port))) => format!("{scheme}://{host}:{port}"),
            Some((scheme, None)) => format!("{scheme}://{host}"),
            None => format!("https://{host}"),
        }
    }

    /// The repository's page; `None` if the path doesn't have the forge's form.
    fn page(&self, forge: Forge) -> Option<String> {
        if forge == Forge::Azure {
            return self.azure_page();
        }
        (self.segments.len() > 1).then(|| format!("{}/{}", self.origin(), self.path()))
    }

    /// Over SSH, the path is `v3/organization/project/repository`. Over HTTPS, the URL is the page
    /// itself; old URLs have the organization in the host.
    fn azure_page(&self) -> Option<String> {
        let parts: Vec<&str> = self.segments.iter().map(String::as_str).collect();
        match parts.as_slice() {
            ["v3", organisation, project, repository] => Some(format!(
                "https://dev.azure.com/{organisation}/{project}/_git/{repository}"
            )),
            [.., "_git", _] => Some(format!("{}/{}", self.origin(), self.path())),
            _ => None,
        }
    }
}

/// The page of an Azure repository's project. The repository's address omits a project with the
/// same name as the repository.
fn azure_project(base: &str) -> String {
    let Some((project, repository)) = base.split_once("/_git/") else {
        return base.to_owned();
    };
    let below_host = project.split_once("://").map_or(project, |(_, rest)| rest);
    let names_project = match below_host.split_once('/') {
        None => false,
        Some((host, path)) => !host.ends_with("dev.azure.com") || path.contains('/'),
    };
    if names_project {
        project.to_owned()
    } else {
        format!("{project}/{repository}")
    }
}

/// Text as a part of a URL's path: special characters are percent-encoded, and encoded ones stay as
/// they are.
fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let bytes = text.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        let is_encoded = *byte == b'%'
            && bytes
                .get(at + 1..at + 3)
                .is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        if is_encoded
            || byte.is_ascii_alphanumeric()
            || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'/')
        {
            out.push(char::from(*byte));
        } else {
            write!(out, "%{byte:02X}").expect("a string takes any text");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commit::Mark;

    fn page(url: &str) -> Option<String> {
        Links::of_remote(url, None).map(|links| links.page().to_owned())
    }

    #[test]
    fn a_path_cannot_leave_the_link_of_its_file() {
        let links = Links::of_remote("https://github.com/o/r", None).unwrap();
        assert_eq!(
            links.file("abc", "a b/50%25)?x#y.toml"),
            "https://github.com/o/r/blob/abc/a%20b/50%2525%29%3Fx%23y.toml"
        );
    }

    #[test]
    fn every_way_to_write_a_remote_leads_to_the_same_page() {
        for url in [
            "https://github.com/o/r",
            "https://github.com/o/r.git",
            "https://github.com/o/r/",
            "HTTPS://GitHub.com/o/r.git",
            "https://user:secret@github.com/o/r.git",
            "https://ghp_secret@github.com/o/r",
            "git@github.com:o/r.git",
            "github.com:o/r",
            "ssh://git@github.com/o/r.git",
            "ssh://git@github.com:22/o/r.git",
            "ssh://git@ssh.github.com:443/o/r.git",
            "git://github.com/o/r.git",
        ] {
            assert_eq!(
                page(url).as_deref(),
                Some("https://github.com/o/r"),
                "{url}"
            );
        }
    }

    #[test]
    fn subgroups_and_ports_stay() {
        assert_eq!(
            page("git@gitlab.com:a/b/c/r.git").as_deref(),
            Some("https://gitlab.com/a/b/c/r")
        );
        assert_eq!(
            page("https://gitlab.example.org:8443/a/r.git").as_deref(),
            Some("https://gitlab.example.org:8443/a/r")
        );
        assert_eq!(
            page("ssh://git@gitlab.example.org:2222/a/r").as_deref(),
            Some("https://gitlab.example.org/a/r")
        );
    }

    #[test]
    fn forge_of_an_unknown_host_comes_from_the_configuration() {
        let url = "git@code.example.org:a/r.git";
        assert_eq!(page(url), None);
        let links = Links::of_remote(url, Some(Forge::GitLab)).unwrap();
        assert_eq!(links.page(), "https://code.example.org/a/r");
    }

    #[test]
    fn paths_and_other_addresses_give_no_links() {
        for url in [
            "",
            "/srv/git/r.git",
            "../r",
            "file:///srv/r.git",
            "C:\\r",
            "https://github.com",
            "https://github.com/o",
            "https://github.com/o/../r",
            "https://git hub.com/o/r",
            "ext::sh -c x",
            "https://[::1]/o/r",
        ] {
            assert_eq!(page(url), None, "{url}");
        }
    }

    #[test]
    fn azure_urls_differ() {
        for url in [
            "https://org@dev.azure.com/org/my%20project/_git/r",
            "git@ssh.dev.azure.com:v3/org/my%20project/r",
            "org@vs-ssh.visualstudio.com:v3/org/my%20project/r",
        ] {
            assert_eq!(
                page(url).as_deref(),
                Some("https://dev.azure.com/org/my%20project/_git/r"),
                "{url}"
            );
        }
        let project = |base| azure_project(base);
        assert_eq!(
            project("https://dev.azure.com/org/p/_git/r"),
            "https://dev.azure.com/org/p"
        );
        assert_eq!(
            project("https://dev.azure.com/org/_git/r"),
            "https://dev.azure.com/org/r"
        );
        assert_eq!(
            project("https://org.visualstudio.com/p/_git/r"),
            "https://org.visualstudio.com/p"
        );
        assert_eq!(
            project("https://org.visualstudio.com/_git/r"),
            "https://org.visualstudio.com/r"
        );
    }

    #[test]
    fn each_forge_gets_its_url_scheme() {
        let id = "0123456789abcdef0123456789abcdef01234567".parse().unwrap();
        let number = |kind| Reference {
            kind,
            mark: Mark::Hash,
            number: 7,
        };
        let shown = |forge: Forge, base: &str| {
            let links = Links::new(forge, base);
            [
                links.commit(id).replace(&id.to_string(), "ID"),
                links.reference(number(ReferenceKind::Issue)),
                links.reference(number(ReferenceKind::Request)),
                links.reference(number(ReferenceKind::Either)),
                links.compare("v1.0.0", Some("v1.1.0")),
                links.tag("v1.0.0"),
            ]
            .map(|link| link.strip_prefix("https://h/o/").unwrap().to_owned())
        };
        assert_eq!(
            shown(Forge::GitHub, "https://h/o/r"),
            [
                "r/commit/ID",
                "r/issues/7",
                "r/pull/7",
                "r/pull/7",
                "r/compare/v1.0.0...v1.1.0",
                "r/releases/tag/v1.0.0"
            ]
        );
        assert_eq!(
            shown(Forge::GitLab, "https://h/o/r"),
            [
                "r/-/commit/ID",
                "r/-/issues/7",
                "r/-/merge_requests/7",
                "r/-/issues/7",
                "r/-/compare/v1.0.0...v1.1.0",
                "r/-/tags/v1.0.0"
            ]
        );
        assert_eq!(
            shown(Forge::Gitea, "https://h/o/r"),
            [
                "r/commit/ID",
                "r/issues/7",
                "r/pulls/7",
                "r/pulls/7",
                "r/compare/v1.0.0...v1.1.0",
                "r/releases/tag/v1.0.0"
            ]
        );
        assert_eq!(
            shown(Forge::Bitbucket, "https://h/o/r"),
            [
                "r/commits/ID",
                "r/issues/7",
                "r/pull-requests/7",
                "r/issues/7",
                "r/branches/compare/v1.1.0%0Dv1.0.0",
                "r/commits/tag/v1.0.0"
            ]
        );
        assert_eq!(
            shown(Forge::Azure, "https://h/o/p/_git/r"),
            [
                "p/_git/r/commit/ID",
                "p/_workitems/edit/7",
                "p/_git/r/pullrequest/7",
                "p/_workitems/edit/7",
                "p/_git/r/branchCompare?baseVersion=GTv1.0.0&targetVersion=GTv1.1.0",
                "p/_git/r?version=GTv1.0.0"
            ]
        );
    }

    #[test]
    fn configured_url_becomes_a_web_address() {
        assert_eq!(
            web_address("https://gitlab.com/o/r/"),
            Some(("https://gitlab.com/o/r".to_owned(), Some(Forge::GitLab)))
        );
        assert_eq!(
            web_address("https://git.example.org/r"),
            Some(("https://git.example.org/r".to_owned(), None))
        );
        for url in [
            "git@github.com:o/r",
            "https://a:b@github.com/o/r",
            "javascript:alert(1)",
            "https://",
        ] {
            assert_eq!(web_address(url), None, "{url}");
        }
    }

    proptest::proptest! {
        #[test]
        fn a_link_is_one_whatever_the_remote_and_the_tags(path in "\\PC{1,20}", from in "\\PC{0,9}", to in "[ -~]{0,9}") {
            for forge in Forge::ALL {
                let Some(links) = Links::of_remote(&format!("git@github.com:o/{path}"), Some(*forge)) else { continue };
                for link in [links.compare(&from, Some(&to)), links.tag(&from), links.page().to_owned()] {
                    proptest::prop_assert!(link.starts_with("https://"), "{}", link);
                    proptest::prop_assert!(!link.contains(|c: char| !c.is_ascii_graphic() || "()<>[]\\\"'`{}|^@".contains(c)), "{}", link);
                }
            }
        }

        #[test]
        fn a_secret_is_in_no_link(secret in "[A-Za-z0-9:%+-]{4,20}") {
            for url in [format!("https://u:x{secret}@github.com/o/r"), format!("https://x{secret}@github.com/o/r")] {
                let shown = Links::of_remote(&url, None).map(|links| format!("{links:?}")).unwrap_or_default();
                let secret = format!("x{secret}");
                proptest::prop_assert!(!shown.contains(&secret), "{}", shown);
            }
        }
    }
}
