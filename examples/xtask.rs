//! `cargo xtask release`: this project's own release, and a template for yours.
//!
//! Copy this file, depend on `tollgate`, and put the alias into `.cargo/config.toml`:
//! `xtask = "run --quiet --release --example xtask --"`. Without `--execute` it shows what would be done.

use std::process::ExitCode;

fn main() -> ExitCode {
    // Every command of tollgate is here, and ends with the same exit codes; tasks of your own go beside it.
    tollgate::cli::main(std::env::args_os())
}
