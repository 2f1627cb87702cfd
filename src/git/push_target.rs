//! The target of a release's push, according to Git's settings for the branch.
//!
//! Only settings are read here. Whether the remote can be reached is checked by the release itself.

use crate::error::{Error, Result};
use crate::git::Repository;
use crate::release::PushTarget;
use crate::source::{any_of, quoted_list, shell_command};

impl Repository {
    /// The target that a branch, named as `refs/heads/…`, is pushed to.
    ///
    /// The remote is the given one, or the first of these: `branch.<name>.pushRemote`,
    /// `remote.pushDefault`, the branch's upstream remote, the only remote, `origin`. The branch on
    /// it follows from `remote.<name>.push` and `push.default`.
    ///
    /// # Errors
    ///
    /// Fails if there is no remote, if the remote has several addresses, and if Git would refuse to
    /// guess the branch.
    pub(crate) fn push_target(&self, remote: Option<&str>, branch: &str) -> Result<PushTarget> {
        let short = branch.strip_prefix("refs/heads/").unwrap_or(branch);
        let remote = match remote {
            Some(remote) => remote.to_owned(),
            None => self
                .push_remote(short)
                .ok_or_else(|| self.no_push_remote())?,
        };
        let found = self.raw().find_remote(&remote).map_err(|error| {
            let names = self.remote_names();
            let add = "add one with `git remote add NAME URL`";
            let help = match names.as_slice() {
                [] => add.to_owned(),
                names => format!("use {}, or {add}", any_of(names)),
            };
            Error::usage(format!("remote `{remote}` does not exist"), help).with_source(error)
        })?;
        self.refuse_several_addresses(&remote)?;
        Ok(PushTarget {
            branch: self.push_branch(&found, &remote, short)?,
            remote,
        })
    }

    fn push_remote(&self, branch: &str) -> Option<String> {
        let remotes = self.raw().remotes().ok()?;
        let exists = |name: &String| {
            remotes
                .iter()
                .flatten()
                .flatten()
                .any(|known| known == name)
        };
        let only = || {
            (remotes.len() == 1)
                .then(|| remotes.get(0).ok().flatten().map(str::to_owned))
                .flatten()
        };
        self.setting(&format!("branch.{branch}.pushRemote"))
            .or_else(|| self.setting("remote.pushDefault"))
            .or_else(|| {
                self.setting(&format!("branch.{branch}.remote"))
                    .filter(|name| name != ".")
            })
            .or_else(only)
            .or_else(|| Some("origin".to_owned()).filter(exists))
    }

    /// The names of the remotes.
    fn remote_names(&self) -> Vec<String> {
        let names = self.raw().remotes().ok();
        names
            .iter()
            .flat_map(|names| names.iter())
            .flatten()
            .flatten()
            .map(str::to_owned)
            .collect()
    }

    /// The error if no remote is named and none follows from the settings.
    fn no_push_remote(&self) -> Error {
        match self.remote_names().as_slice() {
            [] => Error::usage(
                "this repository has no remote",
                "add one with `git remote add origin URL`",
            ),
            names => Error::usage(
                format!(
                    "this repository has several remotes, and none is the default: {}",
                    quoted_list(names)
                ),
                "choose one with `git config remote.pushDefault NAME`",
            ),
        }
    }

    /// A push to several addresses cannot be all or nothing.
    fn refuse_several_addresses(&self, remote: &str) -> Result<()> {
        let pushed = self.count(&format!("remote.{remote}.pushurl"));
        let addresses = if pushed == 0 {
            self.count(&format!("remote.{remote}.url"))
        } else {
            pushed
        };
        if addresses < 2 {
            return Ok(());
        }
        Err(Error::usage(
            format!(
                "remote `{remote}` has {addresses} push URLs, and a push to several URLs is not atomic"
            ),
            "choose a remote with one URL: `--push=NAME`",
        ))
    }

    fn count(&self, key: &str) -> usize {
        let count = || -> std::result::Result<usize, git2::Error> {
            let config = self.raw().config()?;
            let entries = config.multivar(key, None)?;
            let mut found = 0;
            entries.for_each(|_| found += 1)?;
            Ok(found)
        };
        count().unwrap_or_default()
    }

    /// The branch of the remote, as `refs/heads/…`.
    fn push_branch(&self, found: &git2::Remote<'_>, remote: &str, branch: &str) -> Result<String> {
        let same = format!("refs/heads/{branch}");
        let configured = found
            .refspecs()
            .find(|spec| spec.direction() == git2::Direction::Push && spec.src_matches(&same));
        if let Some(spec) = configured {
            let target = spec
                .transform(&same)
                .ok()
                .and_then(|name| name.as_str().ok().map(str::to_owned));
            return target
                .filter(|name| name.starts_with("refs/heads/"))
                .ok_or_else(|| {
                    let message =
                        format!("`remote.{remote}.push` does not map `{branch}` to a branch");
                    Error::usage(message, "choose another remote: `--push=NAME`")
                });
        }
        let is_upstream =
            self.setting(&format!("branch.{branch}.remote")).as_deref() == Some(remote);
        let upstream = self
            .setting(&format!("branch.{branch}.merge"))
            .filter(|_| is_upstream);
        let default = self
            .setting("push.default")
            .unwrap_or_else(|| "simple".to_owned());
        match (default.as_str(), upstream) {
            ("upstream" | "tracking", Some(upstream)) => Ok(upstream),
            ("simple", Some(upstream)) if upstream != same => Err(Error::usage(
                format!(
                    "`{branch}` has an upstream with a different name: `{upstream}` on `{remote}`"
                ),
                "to push there, run `git config push.default upstream`\nto push to a branch of the same name, run \
                 `git config push.default current`",
            )),
            ("nothing", _) => Err(Error::usage(
                "`push.default` is `nothing`, so Git has no branch to push to",
                format!(
                    "configure one: {}",
                    shell_command!(
                        "git config remote.{remote}.push {refspec}",
                        remote,
                        refspec = format!("{same}:{same}")
                    )
                ),
            )),
            _ => Ok(same),
        }
    }
}
