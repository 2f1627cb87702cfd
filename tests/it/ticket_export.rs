//! `tollgate ticket export`: the ticket in the form of another system.

use serde_json::Value;

use crate::sandbox::{Sandbox, fails, stdout};
use crate::scenario::{assert_contains, assert_success};

const POOL: &str = "title = \"Raise the billing-api pool from 20 to 40 connections\"\nstate = \"proposed\"\njustification = \"Checkout times out at the peak: about 2% of orders fail\"\nassignee = \"ada@example.com\"\ndeployment = [\"Apply `k8s/pool.yaml`\"]\nrollback = [\"Apply `k8s/pool-20.yaml`\"]\nvalidation = [\"`GET /health` returns pool=40\"]\n";

#[test]
fn ticket_is_exported_for_servicenow() {
    let sandbox = Sandbox::new();
    sandbox.write("tollgate.toml", "reports.project = \"shop\"\n");
    sandbox.write("changes/pool.toml", POOL);
    sandbox.commit("feat: begin");
    let output = sandbox.tollgate(&["ticket", "export", "pool", "--for", "servicenow"]);
    assert_success(&output);
    let change: Value = serde_json::from_str(stdout(&output)).unwrap();
    assert_eq!(change["correlation_id"], "shop/pool");
    assert_eq!(change["assigned_to"], "ada@example.com");
    assert_eq!(change["backout_plan"], "1. Apply `k8s/pool-20.yaml`");
    let digest = sandbox.tollgate(&["ticket", "digest", "pool"]);
    let expected = format!("tollgate {}", stdout(&digest).trim());
    assert_eq!(change["correlation_display"], expected);
}

#[test]
fn ticket_with_questions_is_not_exported() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "changes/pool.toml",
        POOL.replace("Checkout", "(replace) Checkout"),
    );
    let message = fails(
        &sandbox,
        &["ticket", "export", "pool", "--for", "servicenow"],
    );
    assert_contains(&message, "`changes/pool.toml` is not complete");
}
