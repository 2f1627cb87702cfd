//! `cargo xtask`: every command of tollgate, at the version of this workspace.

fn main() -> std::process::ExitCode {
    tollgate::cli::main(std::env::args_os())
}
