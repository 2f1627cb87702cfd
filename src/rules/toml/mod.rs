//! Whether a file is TOML, and TOML that other tools read too.

mod not_1_0;
mod syntax;

use super::rule::Rule;

pub(super) const RULES: &[Rule] = &[not_1_0::RULE, syntax::RULE];
