//! How the help of commands is laid out: `-h` is a summary, `--help` adds the description and the
//! examples.
//!
//! Clap puts each description of `--help` on its own lines, which makes three screens of text. Both
//! helps use its compact layout here, and only `tollgate help` lists the global options.

use std::ffi::OsString;

use clap::builder::StyledStr;
use clap::{Arg, ArgAction, Command};

/// The page of a command: like clap's own, with the description below the summary.
const TEMPLATE: &str =
    "{about-with-newline}{before-help}{usage-heading} {usage}\n\n{all-args}{after-help}";

/// The page of a command without a description.
const BRIEF_TEMPLATE: &str =
    "{about-with-newline}\n{usage-heading} {usage}\n\n{all-args}{after-help}";

/// What ends the short help of a command.
const SHORT_FOOTER: &str =
    "Run `--help` for details and examples, `tollgate help` for global options.";

/// What ends the long help of a command.
const LONG_FOOTER: &str = "Global options: see `tollgate help`.";

/// The length of a help text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HelpLength {
    /// `-h`: the summary and the options.
    Short,
    /// `--help`: the description and the examples too.
    Long,
}

impl HelpLength {
    /// The length that the arguments request.
    pub(super) fn requested(arguments: &[OsString]) -> Self {
        let mut options = arguments.iter().take_while(|argument| *argument != "--");
        if options.any(|argument| argument == "-h") {
            Self::Short
        } else {
            Self::Long
        }
    }
}

/// Drops the help options after `tollgate help`, which prints the help anyway.
pub(super) fn without_help_of_help(mut arguments: Vec<OsString>) -> Vec<OsString> {
    if arguments.get(1).is_some_and(|command| command == "help") {
        arguments.retain(|argument| argument != "-h" && argument != "--help");
    }
    arguments
}

/// Arranges the helps of all commands.
pub(super) fn configure(root: Command, length: HelpLength) -> Command {
    let global: Vec<Arg> = root
        .get_arguments()
        .filter(|arg| arg.is_global_set())
        .cloned()
        .collect();
    root.mut_subcommands(|command| configure_command(command, &global, length))
}

fn configure_command(command: Command, global: &[Arg], length: HelpLength) -> Command {
    let examples = command
        .get_after_help()
        .map(|examples| format!("{examples}\n\n"))
        .unwrap_or_default();
    let description = command.get_long_about().and_then(below_summary);
    let command = command.help_template(BRIEF_TEMPLATE);
    let command = match (length, description) {
        (HelpLength::Short, _) => command.after_help(SHORT_FOOTER),
        (HelpLength::Long, None) => command.after_help(examples + LONG_FOOTER),
        (HelpLength::Long, Some(description)) => {
            let description = format!("\n{description}");
            command
                .help_template(TEMPLATE)
                .before_help(description)
                .after_help(examples + LONG_FOOTER)
        }
    };
    let version = Arg::new("version")
        .short('V')
        .long("version")
        .action(ArgAction::Version)
        .hide(true);
    let hidden = global
        .iter()
        .map(|arg| arg.clone().hide(true))
        .chain([version]);
    command
        .long_about(None)
        .display_name("tollgate")
        .disable_version_flag(true)
        .args(hidden)
        .mut_subcommands(|command| configure_command(command, global, length))
}

/// The description of a command without its first paragraph, which is the summary.
fn below_summary(description: &StyledStr) -> Option<String> {
    description
        .to_string()
        .split_once("\n\n")
        .map(|(_, rest)| rest.trim_end().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn help_of_help_is_the_help() {
        let kept = |arguments: &[&str]| {
            let arguments = arguments.iter().map(OsString::from).collect();
            without_help_of_help(arguments)
        };
        assert_eq!(kept(&["tollgate", "help", "--help"]), ["tollgate", "help"]);
        assert_eq!(
            kept(&["tollgate", "help", "check", "-h"]),
            ["tollgate", "help", "check"]
        );
        assert_eq!(
            kept(&["tollgate", "check", "-h"]),
            ["tollgate", "check", "-h"]
        );
    }

    /// The maximum number of lines of a help text at 80 columns.
    const MAX_LINES: usize = 45;

    /// The commands with what they print for an option, at 80 columns.
    fn pages(option: &str) -> Vec<(String, String)> {
        let length = HelpLength::requested(&[option.into()]);
        let root = configure(crate::cli::command(), length).term_width(80);
        let mut names = vec![vec!["tollgate".to_owned()]];
        add_names(&root, &names[0].clone(), &mut names);
        let page = |name: &Vec<String>| {
            let words = name.iter().map(String::as_str).chain([option]);
            root.clone()
                .try_get_matches_from(words)
                .unwrap_err()
                .render()
                .to_string()
        };
        names
            .iter()
            .map(|name| (name.join(" "), page(name)))
            .collect()
    }

    fn add_names(command: &Command, parent: &[String], names: &mut Vec<Vec<String>>) {
        for command in command.get_subcommands() {
            let name = [parent, &[command.get_name().to_owned()]].concat();
            names.push(name.clone());
            add_names(command, &name, names);
        }
    }

    #[test]
    fn a_help_fits_one_screen() {
        for (name, page) in pages("--help") {
            let lines = page.lines().count();
            assert!(lines <= MAX_LINES, "{name} has {lines} lines:\n{page}");
        }
    }

    #[test]
    fn lines_break_outside_code_and_examples() {
        for (name, page) in [pages("-h"), pages("--help")].concat() {
            for line in page.lines() {
                let marks = line.matches('`').count();
                assert!(marks.is_multiple_of(2), "{name}: {line}");
            }
        }
        for (name, page) in pages("--help") {
            let examples = page.split("Examples:\n").nth(1).unwrap_or_default();
            let examples = examples.split("\n\n").next().unwrap_or_default();
            for line in examples.lines() {
                let is_command = line.starts_with("  ") && line.contains("tollgate ");
                assert!(is_command, "{name} breaks at {line}");
            }
        }
    }

    #[test]
    fn example_of_select_has_rules_for_the_command() {
        let example = |name: &str| {
            let pages = pages("-h");
            let (_, page) = pages.iter().find(|(found, _)| found == name).unwrap();
            let line = page.lines().find(|line| line.contains("--select")).unwrap();
            line.split('`').nth(1).unwrap().to_owned()
        };
        assert_eq!(example("tollgate commit-msg"), "commit/*");
        assert_eq!(example("tollgate check"), "content/*");
        assert_eq!(example("tollgate gate"), "content/*");
    }

    #[test]
    fn global_options_are_listed_once() {
        for (name, page) in pages("--help") {
            assert_eq!(page.contains("--color"), name == "tollgate", "{page}");
            assert!(page.contains("\nGlobal options"), "{page}");
        }
    }

    #[test]
    fn short_help_has_no_examples() {
        let has_examples = |option| {
            pages(option)
                .iter()
                .any(|(_, page)| page.contains("Examples:"))
        };
        assert!(has_examples("--help"));
        assert!(!has_examples("-h"));
    }

    #[test]
    fn short_help_is_requested_before_the_dashes() {
        let requested = |words: &[&str]| {
            HelpLength::requested(&words.iter().map(OsString::from).collect::<Vec<_>>())
        };
        assert_eq!(requested(&["tollgate", "next", "-h"]), HelpLength::Short);
        assert_eq!(requested(&["tollgate", "next", "--help"]), HelpLength::Long);
        assert_eq!(
            requested(&["tollgate", "check", "--", "-h"]),
            HelpLength::Long
        );
    }
}
