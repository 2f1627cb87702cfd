//! A release with a check of one's own: `cargo run --example xtask -- [--execute]`.

#![expect(clippy::disallowed_methods, clippy::print_stdout, reason = "a program")]

use std::path::Path;
use std::process::ExitCode;

use jiff::{Timestamp, civil::Weekday, tz::TimeZone};
use tollgate::app::release::{ReleaseOptions, make_release, plan_release, resume_release};
use tollgate::format::Format;
use tollgate::git::Repository;
use tollgate::release::{NoProgress, Purpose};
use tollgate::{Error, Result};

fn main() -> ExitCode {
    let execute = std::env::args().any(|argument| argument == "--execute");
    match release(Path::new("."), Timestamp::now(), execute) {
        Ok(tags) => println!("{tags}"),
        Err(error) => {
            println!(
                "error: {error}\n  help: {}",
                error.help().unwrap_or_default()
            );
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

/// Makes the release of HEAD, or only plans it; returns the names of its tags.
///
/// # Errors
///
/// Fails if the release is blocked or cannot be made, and on Fridays.
pub fn release(directory: &Path, now: Timestamp, execute: bool) -> Result<String> {
    let repository = Repository::discover(directory)?;
    let mut options = ReleaseOptions::new(directory, now);
    options.purpose = if execute {
        Purpose::Execution
    } else {
        Purpose::Preview
    };
    if execute && resume_release(&repository, &options, &mut NoProgress)?.is_some() {
        return Ok("finished the interrupted release".into());
    }
    let proposal = plan_release(&repository, &options, &mut NoProgress)?;
    print!(
        "{}",
        Format::Concise.render(&proposal.checked, Default::default())
    );
    if proposal.is_blocked() {
        return Err(Error::refused(
            "the release is blocked",
            "fix the errors above",
        ));
    }
    // A check of one's own.
    if now.to_zoned(TimeZone::UTC).weekday() == Weekday::Friday {
        return Err(Error::refused(
            "no releases on Fridays",
            "release on Monday",
        ));
    }
    let Some(plan) = &proposal.plan else {
        return Ok("nothing to release".into());
    };
    if execute {
        make_release(&repository, &options, plan, &mut NoProgress)?;
    }
    let tags: Vec<_> = plan.tags.iter().map(|tag| tag.name.as_str()).collect();
    Ok(tags.join(" "))
}
