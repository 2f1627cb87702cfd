//! The URL of the remote and the mailmap, found as Git finds them.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use crate::error::{Error, Result};
use crate::git::Repository;
use crate::git::reference_list::{self, TAGS};
use crate::history::TagRemote;
use crate::repo_path::RepoPath;

/// The largest mailmap, in bytes.
const MAX_MAILMAP_BYTES: usize = 1 << 20;

impl Repository {
    /// The URL that Git fetches from: that of `origin`, or of the branch's upstream, or of the only
    /// remote.
    ///
    /// `url.<base>.insteadOf` is applied. The URL may contain credentials.
    #[must_use]
    pub(crate) fn remote_url(&self) -> Option<String> {
        let repository = self.raw();
        let url = |name: &str| {
            repository
                .find_remote(name)
                .ok()?
                .url()
                .ok()
                .map(str::to_owned)
        };
        url("origin")
            .or_else(|| url(&self.upstream()?))
            .or_else(|| {
                let remotes = repository.remotes().ok()?;
                (remotes.len() == 1).then(|| url(remotes.get(0).ok()??))?
            })
    }

    /// The remote that may have tags that are missing here: if there are no tags at all, or if Git
    /// is configured not to fetch those of the remote.
    #[must_use]
    pub(crate) fn tag_remote(&self) -> Option<TagRemote> {
        let remotes = self.raw().remotes().ok()?;
        let names: Vec<&str> = remotes.iter().flatten().flatten().collect();
        let name = (*names
            .iter()
            .find(|name| **name == "origin")
            .or_else(|| names.first())?)
        .to_owned();
        let is_without_tags =
            self.setting(&format!("remote.{name}.tagOpt")).as_deref() == Some("--no-tags");
        let has_tags =
            || reference_list::list_below(self.raw(), TAGS).is_ok_and(|tags| !tags.is_empty());
        (is_without_tags || !has_tags()).then_some(TagRemote {
            name,
            is_without_tags,
        })
    }

    /// The content of a blob that is not larger than a mailmap; empty if the object is not a blob.
    fn small_blob(&self, id: git2::Oid) -> Result<Vec<u8>> {
        let header = self.raw().odb().and_then(|objects| objects.read_header(id));
        match header {
            Ok((size, git2::ObjectType::Blob)) if size > MAX_MAILMAP_BYTES => Err(too_large()),
            Ok((_, git2::ObjectType::Blob)) => Ok(self
                .raw()
                .find_blob(id)
                .map(|blob| blob.content().to_vec())
                .unwrap_or_default()),
            _ => Ok(Vec::new()),
        }
    }

    /// The remote that the branch of HEAD follows.
    fn upstream(&self) -> Option<String> {
        let branch = self.branch().ok()??;
        let remote = self.raw().branch_upstream_remote(&branch).ok()?;
        remote.as_str().ok().map(str::to_owned)
    }

    /// The text of the mailmap: `.mailmap` at the root of the work tree, or of HEAD in a bare
    /// repository; then what `mailmap.blob` and `mailmap.file` name. Empty if there is none.
    ///
    /// # Errors
    ///
    /// Fails if a mailmap is too large. A mailmap that cannot be read is ignored, as in Git.
    pub(crate) fn mailmap(&self) -> Result<String> {
        let mut bytes = Vec::new();
        if let Some(tree) = self.work_tree()? {
            let path = RepoPath::portable(".mailmap").expect("it is a file of the root");
            // A link may lead anywhere, and a branch may contain one.
            let found = tree.read(&path, MAX_MAILMAP_BYTES);
            bytes.extend(found.ok().flatten().unwrap_or_default());
        }
        let config = self.raw().config().ok();
        let text = |key: &str| config.as_ref()?.get_string(key).ok();
        let blob = text("mailmap.blob")
            .or_else(|| self.root().is_none().then(|| "HEAD:.mailmap".to_owned()));
        if let Some(id) = blob.and_then(|name| Some(self.raw().revparse_single(&name).ok()?.id())) {
            bytes.push(b'\n');
            bytes.extend(self.small_blob(id)?);
        }
        if let Some(path) = config
            .as_ref()
            .and_then(|config| config.get_path("mailmap.file").ok())
        {
            let path = self
                .root()
                .map_or_else(|| path.clone(), |root| root.join(&path));
            bytes.push(b'\n');
            bytes.extend(read(&path)?.unwrap_or_default());
        }
        if bytes.len() > MAX_MAILMAP_BYTES {
            return Err(too_large());
        }
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a mailmap is not an object of the repository"
)]
fn read(path: &Path) -> Result<Option<Vec<u8>>> {
    let Ok(file) = File::open(path) else {
        return Ok(None);
    };
    let mut bytes = Vec::new();
    if file
        .take(MAX_MAILMAP_BYTES as u64 + 1)
        .read_to_end(&mut bytes)
        .is_err()
    {
        return Ok(None);
    }
    if bytes.len() > MAX_MAILMAP_BYTES {
        Err(too_large())
    } else {
        Ok(Some(bytes))
    }
}

fn too_large() -> Error {
    Error::limit(
        format!("the mailmap is larger than {MAX_MAILMAP_BYTES} bytes"),
        "shorten it; one line per name and address is enough",
    )
}
