//! `tollgate tour`: shows the main commands in a sample repository.

use clap::Parser as _;

use crate::cli::args::Cli;
use crate::cli::context::Context;
use crate::cli::{ExitStatus, dispatch};
use crate::error::Result;
use crate::format;
use crate::git::SampleRepository;

const CONFIGURATION: &str = r#"[[policy]]
name = "migrations"
paths = ["migrations/**"]
"#;

/// A ticket with a rollback that is not one.
const FAULTY_TICKET: &str = r#"title = "Raise the billing-api Postgres pool from 20 to 40 connections"
state = "proposed"
justification = "Checkout times out at the 18:00 peak: about 2% of orders fail"
deployment = ["Merge #12; the pipeline applies `k8s/pool.yaml`"]
rollback = ["revert"]
validation = ["`GET /health` returns pool=40 on every instance"]
"#;

const MIGRATION: &str = "CREATE INDEX CONCURRENTLY orders_by_customer ON orders (customer);\n";

const GOOD_TICKET: &str = r#"title = "Index orders by customer"
state = "proposed"
justification = "The order list of large customers takes 9 s; support gets 30 calls a week about it"
deployment = ["Run `migrations/7.sql`, which creates `orders_by_customer` concurrently"]
rollback = ["Run `DROP INDEX orders_by_customer`; `\\d orders` no longer lists it"]
validation = ["The order list of customer 4711 loads within 1 s"]
"#;

/// What the tour shows, in order: a heading, and the command below it.
const STEPS: &[(&str, &[&str])] = &[
    (
        "1. A change ticket is a file next to the code. This one doesn't say how to roll back:",
        &["check"],
    ),
    ("2. The next version, and why:", &["explain"]),
    (
        "3. The changelog of unreleased changes:",
        &["changelog", "--unreleased"],
    ),
    (
        "4. A pull request with a migration, which needs a ticket and has one:",
        &["gate", "--base", "main", "--head", "index-orders"],
    ),
];

const END: &str = "The sample repository has been removed. In your own repository, start with \
    `tollgate next` or `tollgate check`.";

/// Show the main commands in a sample repository.
///
/// The repository is created in a temporary directory and removed at the end. Nothing else is read
/// or written.
#[derive(Debug, clap::Args)]
pub(super) struct Args {}

pub(super) fn run(_: &Args, ctx: &mut Context) -> Result<ExitStatus> {
    let repository = sample()?;
    for (heading, arguments) in STEPS {
        let mut step = ctx.captured_in(repository.path());
        let command =
            Cli::try_parse_from(std::iter::once("tollgate").chain(arguments.iter().copied()));
        let command = command.expect("the tour shows valid commands").command;
        // The tour shows the findings of a command; they are not a failure of the tour.
        let _ = dispatch(&command, &mut step)?;
        ctx.out += &format!(
            "{}$ tollgate {}\n{}\n",
            format::render_message(heading, ctx.screen_options()),
            arguments.join(" "),
            step.into_text()
        );
    }
    ctx.out += &format::render_message(END, ctx.screen_options());
    Ok(ExitStatus::Success)
}

fn sample() -> Result<SampleRepository> {
    let mut repository = SampleRepository::create()?;
    repository.commit(
        "feat: take orders",
        &[("orders.txt", "1\n"), ("tollgate.toml", CONFIGURATION)],
    )?;
    repository.tag("v1.2.3")?;
    repository.commit(
        "feat(cart): keep items for thirty days",
        &[("cart.txt", "30\n")],
    )?;
    repository.commit("fix: round prices half up", &[("prices.txt", "half up\n")])?;
    repository.commit(
        "docs: plan the larger pool",
        &[("changes/pool.toml", FAULTY_TICKET)],
    )?;
    repository.branch("index-orders")?;
    let files = [
        ("migrations/7.sql", MIGRATION),
        ("changes/index-orders.toml", GOOD_TICKET),
    ];
    repository.commit(
        "perf(orders): index orders by customer\n\nChange: index-orders",
        &files,
    )?;
    repository.switch("main")?;
    Ok(repository)
}
