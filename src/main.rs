//! The command: parse, run, exit code.

use std::process::ExitCode;

#[expect(clippy::disallowed_methods, reason = "the arguments of the process are read here and nowhere else")]
fn main() -> ExitCode {
    tollgate::cli::main(std::env::args_os())
}
