//! SSH signatures and `allowed_signers`, compared with how OpenSSH's `ssh-keygen` makes and verifies
//! them.

use std::process::Output;

use jiff::Timestamp;
use tollgate::signature::{AllowedSigners, ApprovalText, NAMESPACE, SignatureError, verify};
use tollgate::source::Source;
use tollgate::ticket::Decision;

use crate::sandbox::{Sandbox, stderr};

const BY: &str = "bo@example.com";

/// The kinds of keys, with how many bits they have.
const KINDS: [(&str, &str); 6] = [
    ("ed25519", "256"),
    ("ecdsa", "256"),
    ("ecdsa", "384"),
    ("ecdsa", "521"),
    ("rsa", "2048"),
    ("rsa", "3072"),
];

fn approval(digest: &str) -> ApprovalText<'_> {
    ApprovalText {
        ticket: "pool-40",
        digest,
        decision: Decision::Approve,
        by: BY,
        role: None,
        at: "2026-11-20T12:00:00Z".parse::<Timestamp>().unwrap(),
        reason: None,
    }
}

fn keygen(sandbox: &Sandbox, arguments: &[&str]) -> Output {
    let text = sandbox.path().join("text");
    let mut command = sandbox.command("ssh-keygen");
    command
        .args(arguments)
        .stdin(std::fs::File::open(text).unwrap())
        .output()
        .unwrap()
}

fn must(output: &Output) {
    assert!(output.status.success(), "{}", stderr(output));
}

/// A key of this kind in a file of this name; gives its public half.
fn make_key(sandbox: &Sandbox, name: &str, (kind, bits): (&str, &str)) -> String {
    must(&keygen(
        sandbox,
        &[
            "-q",
            "-t",
            kind,
            "-b",
            bits,
            "-N",
            "",
            "-C",
            "a comment",
            "-f",
            name,
        ],
    ));
    sandbox.read(&format!("{name}.pub")).trim().to_owned()
}

fn sign(sandbox: &Sandbox, name: &str, arguments: &[&str]) -> String {
    std::fs::remove_file(sandbox.path().join("text.sig")).unwrap_or_default();
    must(&keygen(
        sandbox,
        &[&["-q", "-Y", "sign", "-f", name], arguments, &["text"]].concat(),
    ));
    sandbox.read("text.sig")
}

fn signers(text: &str) -> AllowedSigners {
    AllowedSigners::parse(&Source::new("allowed_signers", text)).0
}

/// What ssh-keygen says of the signature in `text.sig` at the time of the approval.
fn theirs(sandbox: &Sandbox, allowed: &str) -> bool {
    sandbox.write("allowed", allowed);
    let time = "-Overify-time=20261120120000Z";
    let arguments = [
        "-Y", "verify", "-f", "allowed", "-I", BY, "-n", NAMESPACE, "-s", "text.sig", time,
    ];
    keygen(sandbox, &arguments).status.success()
}

#[test]
fn what_ssh_keygen_signs_verifies() {
    let sandbox = Sandbox::new();
    sandbox.write("text", approval("x").to_text().unwrap());
    for (number, kind) in KINDS.into_iter().enumerate() {
        let name = format!("key{number}");
        let allowed = signers(&format!("{BY} {}\n", make_key(&sandbox, &name, kind)));
        for hash in ["-Ohashalg=sha256", "-Ohashalg=sha512"] {
            let signature = sign(&sandbox, &name, &["-n", NAMESPACE, hash]);
            let verified = verify(&approval("x"), &signature, &allowed)
                .unwrap_or_else(|why| panic!("{kind:?}: {why}"));
            let shown = keygen(&sandbox, &["-l", "-f", &format!("{name}.pub")]);
            assert!(
                String::from_utf8(shown.stdout)
                    .unwrap()
                    .contains(&verified.fingerprint),
                "{kind:?}"
            );
            assert_eq!(
                verify(&approval("y"), &signature, &allowed),
                Err(SignatureError::DoesNotVerify),
                "{kind:?}"
            );
        }
        let elsewhere = sign(&sandbox, &name, &["-n", "git"]);
        assert_eq!(
            verify(&approval("x"), &elsewhere, &allowed),
            Err(SignatureError::OtherNamespace("git".into()))
        );
    }
}

#[test]
fn changing_any_signed_byte_voids_the_signature() {
    let sandbox = Sandbox::new();
    let digest = format!("sha256:{}", "ab".repeat(32));
    sandbox.write("text", approval(&digest).to_text().unwrap());
    for (number, kind) in KINDS
        .into_iter()
        .enumerate()
        .filter(|(number, _)| [0, 1, 4].contains(number))
    {
        let name = format!("key{number}");
        let allowed = signers(&format!("* {}\n", make_key(&sandbox, &name, kind)));
        let signature = sign(&sandbox, &name, &["-n", NAMESPACE]);
        assert!(verify(&approval(&digest), &signature, &allowed).is_ok());
        for at in 0..digest.len() {
            let mut other = digest.clone().into_bytes();
            other[at] ^= 1;
            let other = String::from_utf8(other).unwrap();
            assert!(
                verify(&approval(&other), &signature, &allowed).is_err(),
                "{kind:?}: {other}"
            );
        }
    }
}

#[test]
fn allowed_signers_agree_with_ssh_keygen() {
    let sandbox = Sandbox::new();
    sandbox.write("text", approval("x").to_text().unwrap());
    let key = make_key(&sandbox, "key", KINDS[0]);
    let other = make_key(&sandbox, "other", KINDS[0]);
    let signature = sign(&sandbox, "key", &["-n", NAMESPACE]);
    let before = [
        "bo@example.com",
        "eve@example.com",
        "*@example.com",
        "eve@example.com,b?@*",
        "*,!bo@*",
        "!bo@example.com,*",
        "Bo@example.com",
        "\"bo@example.com\"",
        "\"kim@example.com,bo@example.com\"",
        "bo@example.com,\"x",
        "\tbo@example.com\t",
        "# bo@example.com",
        "bo@example.com namespaces=\"tollgate-approval\"",
        "bo@example.com namespaces=\"git,toll*\"",
        "bo@example.com namespaces=\"git\"",
        "bo@example.com namespaces=\"*,!tollgate-approval\"",
        "bo@example.com NAMESPACES=\"tollgate-approval\",valid-after=\"20260101Z\"",
        "bo@example.com valid-after=\"20261120120000Z\"",
        "bo@example.com valid-after=\"20261120120001Z\"",
        "bo@example.com valid-before=\"20261120120000Z\"",
        "bo@example.com valid-before=\"20261120115959UTC\"",
        "bo@example.com valid-before=\"202611201201\"",
        "bo@example.com valid-before=\"20261121\"",
        "bo@example.com valid-before=\"20261120\"",
        "bo@example.com valid-before=\"2026-11-21\"",
        "bo@example.com valid-before=\"20261321\"",
        "bo@example.com valid-before=\"20260231Z\"",
        "bo@example.com valid-before=\"\"",
        "bo@example.com valid-after=\"20270101\",valid-before=\"20260101\"",
        "bo@example.com valid-after=\"20260101Z\" valid-before=\"20270101Z\"",
        "bo@example.com valid-after=20260101Z",
        "bo@example.com touch-required",
        "bo@example.com namespaces=\"a\",namespaces=\"tollgate-approval\"",
        "bo@example.com namespaces=\"tollgate-approval\",",
        "bo@example.com cert-authority",
    ];
    let lines = before.iter().map(|before| format!("{before} {key}\n"));
    let whole = [
        format!("{BY} {other}\n"),
        format!("{BY} {other}\n{BY} {key}\n"),
        format!("eve@example.com {key}\n{BY} {key}\r\n"),
        format!("{BY} namespaces=\"git\" {key}\n{BY} {key} and a comment\n"),
        format!("{BY} {}\n", key.split(' ').nth(1).unwrap()),
        String::new(),
    ];
    for allowed in lines.chain(whole) {
        let list = signers(&allowed);
        let ours = verify(&approval("x"), &signature, &list);
        assert_eq!(
            ours.is_ok(),
            theirs(&sandbox, &allowed),
            "{allowed}{ours:?}"
        );
    }
}

#[test]
fn whose_a_key_is_is_what_ssh_keygen_finds() {
    let sandbox = Sandbox::new();
    sandbox.write("text", approval("x").to_text().unwrap());
    let key = make_key(&sandbox, "key", KINDS[0]);
    let signature = sign(&sandbox, "key", &["-n", NAMESPACE]);
    let allowed = format!("eve@example.com,kim@example.com {key}\n");
    sandbox.write("allowed", &allowed);
    let found = keygen(
        &sandbox,
        &["-Y", "find-principals", "-f", "allowed", "-s", "text.sig"],
    );
    let principals = String::from_utf8(found.stdout)
        .unwrap()
        .trim()
        .replace('\n', ",");
    let list = signers(&allowed);
    assert_eq!(
        verify(&approval("x"), &signature, &list),
        Err(SignatureError::OtherPerson(vec![principals]))
    );
}

#[test]
fn a_short_key_is_refused() {
    let sandbox = Sandbox::new();
    sandbox.write("text", "");
    let key = make_key(&sandbox, "key", ("rsa", "1024"));
    let (signers, faults) =
        AllowedSigners::parse(&Source::new("allowed_signers", format!("{BY} {key}\n")));
    assert_eq!(signers.iter().count(), 0);
    assert_eq!(
        faults[0].message,
        "the key is too weak: it has 1024 bits, fewer than 2048"
    );
}
