//! Who may say that a change is right: never the one who makes it.

mod validator_is_assignee;

use super::rule::Rule;

pub(super) const RULES: &[Rule] = &[validator_is_assignee::RULE];
