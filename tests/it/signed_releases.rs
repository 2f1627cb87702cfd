//! Releases signed by the real `gpg`, `gpgsm`, `ssh-keygen` and `ssh-agent`, according to Git's
//! settings.
//!
//! Git verifies the signatures; programs that fail in many ways leave nothing behind.

use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

use crate::release::{assert_released, package, restart_release};
use crate::sandbox::{Sandbox, stderr};
use crate::scenario::assert_success;

/// A pinentry that answers each question with this.
fn pinentry(answer: &str) -> String {
    format!(
        "#!/bin/sh\necho OK\nwhile read -r line; do\n  case \"$line\" in\n    GETPIN*) {answer} ;;\n    BYE*) echo OK; exit ;;\n    *) echo OK ;;\n  esac\ndone\n"
    )
}

/// A home for GnuPG whose agent ends with it; its path is short, for sockets are made in it.
pub(crate) struct Keyring(tempfile::TempDir);

/// Settings of the agent: without this one it measures for seconds how slowly it can derive keys
/// from passphrases.
const AGENT_SETTINGS: &str = "s2k-count 65536\n";

impl Keyring {
    fn new() -> Self {
        let folder = tempfile::Builder::new()
            .prefix("k")
            .tempdir_in("/tmp")
            .unwrap();
        std::fs::write(folder.path().join("gpg-agent.conf"), AGENT_SETTINGS).unwrap();
        Self(folder)
    }

    /// With a key for Ada that asks for no passphrase.
    pub(crate) fn with_key() -> Self {
        let keyring = Self::new();
        keyring.generate("");
        keyring
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.0.path().to_owned()
    }

    fn run(&self, program: &str, arguments: &[&str]) -> String {
        let output = Command::new(program)
            .args(arguments)
            .env("GNUPGHOME", self.0.path())
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{program} {arguments:?}: {}",
            stderr(&output)
        );
        String::from_utf8(output.stdout).unwrap()
    }

    fn generate(&self, passphrase: &str) {
        let owner = "Ada <ada@example.com>";
        let arguments = [
            "--batch",
            "--pinentry-mode",
            "loopback",
            "--passphrase",
            passphrase,
        ];
        self.run(
            "gpg",
            &[
                &arguments[..],
                &["--quick-gen-key", owner, "ed25519", "sign", "never"],
            ]
            .concat(),
        );
    }

    /// Has the agent ask this pinentry from now on.
    fn answer(&self, answer: &str) {
        let program = script(&self.0.path().join("pinentry"), &pinentry(answer));
        std::fs::write(
            self.0.path().join("gpg-agent.conf"),
            format!("{AGENT_SETTINGS}pinentry-program {program}\n"),
        )
        .unwrap();
        self.run("gpgconf", &["--kill", "gpg-agent"]);
    }

    /// With a certificate for Ada, signed by herself and trusted.
    fn with_certificate() -> Self {
        let keyring = Self::new();
        keyring.answer("echo 'D secret'; echo OK");
        let of = |name: &str| keyring.0.path().join(name).to_str().unwrap().to_owned();
        let wish = "Key-Type: RSA\nKey-Length: 2048\nKey-Usage: sign\nSerial: random\nName-DN: CN=Ada\n\
                    Name-Email: ada@example.com\nNot-After: 2046-01-01 00:00:00\nHash-Algo: SHA256\n";
        std::fs::write(of("wish"), wish).unwrap();
        std::fs::write(of("gpgsm.conf"), "disable-crl-checks\n").unwrap();
        keyring.run(
            "gpgsm",
            &[
                "--batch",
                "--gen-key",
                "--output",
                &of("certificate"),
                &of("wish"),
            ],
        );
        keyring.run("gpgsm", &["--batch", "--import", &of("certificate")]);
        let listed = keyring.run("gpgsm", &["--list-keys", "--with-colons"]);
        let line = listed
            .lines()
            .find(|line| line.starts_with("fpr:"))
            .unwrap();
        std::fs::write(
            of("trustlist.txt"),
            format!("{} S relax\n", line.split(':').nth(9).unwrap()),
        )
        .unwrap();
        keyring.run("gpgconf", &["--kill", "gpg-agent"]);
        keyring
    }
}

impl Drop for Keyring {
    fn drop(&mut self) {
        let _ = Command::new("gpgconf")
            .args(["--kill", "all"])
            .env("GNUPGHOME", self.0.path())
            .status();
    }
}

/// An agent that ends with the test.
struct Agent(Child, tempfile::TempDir);

impl Agent {
    fn start() -> Self {
        let folder = tempfile::Builder::new()
            .prefix("a")
            .tempdir_in("/tmp")
            .unwrap();
        let mut command = Command::new("ssh-agent");
        command
            .arg("-D")
            .arg("-a")
            .arg(folder.path().join("s"))
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let agent = Self(command.spawn().unwrap(), folder);
        while !agent.socket().exists() {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        agent
    }

    fn socket(&self) -> PathBuf {
        self.1.path().join("s")
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Writes a program and gives its path.
fn script(path: &std::path::Path, text: &str) -> String {
    std::fs::write(path, text).unwrap();
    let made = Command::new("chmod").arg("+x").arg(path).status().unwrap();
    assert!(made.success());
    path.to_str().unwrap().to_owned()
}

/// Settings that ask for signed commits and tags.
fn ask(sandbox: &Sandbox, settings: &[(&str, &str)]) {
    for (key, value) in [("commit.gpgSign", "true"), ("tag.gpgSign", "true")]
        .iter()
        .chain(settings)
    {
        sandbox.git(&["config", key, value]);
    }
}

/// Makes a key for Ada whom git takes for a signer, and gives its path.
pub(crate) fn ssh_key(sandbox: &Sandbox, kind: &str) -> String {
    let key = sandbox.path().join(".git/key");
    let made = sandbox
        .command("ssh-keygen")
        .args(["-q", "-N", "", "-C", "", "-t", kind, "-f"])
        .arg(&key)
        .status();
    assert!(made.unwrap().success());
    let public = sandbox.read(".git/key.pub");
    sandbox.write(
        ".git/signers",
        format!("ada@example.com namespaces=\"git\" {public}"),
    );
    sandbox.git(&["config", "gpg.format", "ssh"]);
    sandbox.git(&["config", "gpg.ssh.allowedSignersFile", ".git/signers"]);
    key.to_str().unwrap().to_owned()
}

fn release(sandbox: &Sandbox, environment: &[(&str, PathBuf)]) -> Output {
    let mut command = sandbox.command(env!("CARGO_BIN_EXE_tollgate"));
    command.args(["release", "--execute", "--now", "2026-02-03T04:05:06Z"]);
    command
        .envs(environment.iter().map(|(key, value)| (key, value)))
        .output()
        .unwrap()
}

/// Releases 1.3.0, of which git must accept both signatures.
fn assert_signed(sandbox: &Sandbox, environment: &[(&str, PathBuf)]) {
    let base = sandbox.git(&["rev-parse", "HEAD"]);
    let output = release(sandbox, environment);
    assert_success(&output);
    assert_released(sandbox, &base);
    for arguments in [["verify-tag", "v1.3.0"], ["verify-commit", "main"]] {
        let mut git = sandbox.command("git");
        let output = git
            .args(arguments)
            .envs(environment.iter().map(|(key, value)| (key, value)))
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{arguments:?}: {}",
            stderr(&output)
        );
    }
}

/// What is said where a release is refused, of which nothing must be left.
fn refusal(sandbox: &Sandbox, environment: &[(&str, PathBuf)]) -> String {
    let before = sandbox.git(&["for-each-ref"]);
    let output = release(sandbox, environment);
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    assert_eq!(sandbox.git(&["for-each-ref"]), before);
    assert_eq!(sandbox.git(&["status", "--porcelain"]), "");
    stderr(&output)
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

#[test]
fn a_key_in_a_file_signs_commit_and_tag() {
    for kind in ["ed25519", "ecdsa", "rsa"] {
        let sandbox = package();
        let key = ssh_key(&sandbox, kind);
        ask(&sandbox, &[("user.signingKey", &key)]);
        assert_signed(&sandbox, &[]);
    }
}

#[test]
fn a_key_in_an_agent_signs_named_as_text_or_by_a_command() {
    let agent = Agent::start();
    for setting in ["user.signingKey", "gpg.ssh.defaultKeyCommand"] {
        let sandbox = package();
        let key = ssh_key(&sandbox, "ed25519");
        let mut add = sandbox.command("ssh-add");
        assert!(
            add.args(["-q", &key])
                .env("SSH_AUTH_SOCK", agent.socket())
                .status()
                .unwrap()
                .success()
        );
        std::fs::remove_file(&key).unwrap();
        let public = format!("key::{}", sandbox.read(".git/key.pub").trim());
        let value = if setting == "user.signingKey" {
            public
        } else {
            format!("printf '%s\\n' '{public}'")
        };
        ask(&sandbox, &[(setting, &value)]);
        assert_signed(&sandbox, &[("SSH_AUTH_SOCK", agent.socket())]);
    }
}

#[test]
fn openpgp_uses_committer_or_configured_key() {
    let keyring = Keyring::with_key();
    for settings in [
        &[][..],
        &[
            ("gpg.format", "openpgp"),
            ("user.signingKey", "ada@example.com"),
        ],
    ] {
        let sandbox = package();
        ask(&sandbox, settings);
        assert_signed(&sandbox, &[("GNUPGHOME", keyring.path())]);
    }
}

#[test]
fn a_certificate_signs_by_gpgsm() {
    let keyring = Keyring::with_certificate();
    let sandbox = package();
    ask(
        &sandbox,
        &[
            ("gpg.format", "x509"),
            ("user.signingKey", "ada@example.com"),
        ],
    );
    assert_signed(&sandbox, &[("GNUPGHOME", keyring.path())]);
}

#[test]
fn what_is_signed_is_what_git_would_sign() {
    let signs = |settings: &[(&str, &str)]| {
        let sandbox = package();
        let key = ssh_key(&sandbox, "ed25519");
        for (name, value) in settings.iter().chain(&[("user.signingKey", key.as_str())]) {
            sandbox.git(&["config", name, value]);
        }
        assert!(release(&sandbox, &[]).status.success());
        sandbox.git(&["tag", "-m", "by git", "probe"]);
        sandbox.git(&["commit", "--quiet", "--allow-empty", "-m", "by git"]);
        let signed = |object: &str| {
            sandbox
                .git(&["cat-file", "-p", object])
                .contains("BEGIN SSH SIGNATURE")
        };
        let ours = (signed("main~"), signed("v1.3.0"));
        assert_eq!(ours, (signed("main"), signed("probe")), "{settings:?}");
        ours
    };
    assert_eq!(signs(&[]), (false, false));
    assert_eq!(signs(&[("commit.gpgSign", "yes")]), (true, false));
    assert_eq!(signs(&[("tag.gpgSign", "1")]), (false, true));
    assert_eq!(signs(&[("tag.forceSignAnnotated", "true")]), (false, true));
    assert_eq!(
        signs(&[("tag.gpgSign", "false"), ("tag.forceSignAnnotated", "on")]),
        (false, true)
    );
}

#[test]
fn a_signed_release_that_was_interrupted_is_finished() {
    let sandbox = package();
    let key = ssh_key(&sandbox, "ed25519");
    ask(&sandbox, &[("user.signingKey", &key)]);
    let base = sandbox.git(&["rev-parse", "HEAD"]);
    assert_signed(&sandbox, &[]);
    restart_release(&sandbox);
    sandbox.git(&["tag", "--delete", "v1.3.0"]);
    sandbox.git(&["reset", "--quiet", "--hard", &base]);
    assert!(release(&sandbox, &[]).status.success());
    assert_released(&sandbox, &base);
    sandbox.git(&["verify-tag", "v1.3.0"]);
}

#[test]
fn a_program_that_does_not_sign_is_refused_with_its_own_words() {
    let cases = [
        (
            "echo 'gpg: no luck\u{1b}[31m' >&2; exit 2",
            "did not create a signature: gpg: no luck\\u{1b}[31m",
        ),
        (
            "cat; echo 'gpg: all is well' >&2",
            "did not create a signature: gpg: all is well",
        ),
        (
            "echo '[GNUPG:] SIG_CREATED ' >&2; exit 1",
            "did not create a signature: no reason was given",
        ),
        (
            "echo '[GNUPG:] SIG_CREATED ' >&2; echo nonsense",
            "returned a different kind of signature",
        ),
        (
            "case \"$1\" in --status-fd=2) echo '[GNUPG:] SIG_CREATED ' >&2; echo '-----BEGIN PGP SIGNATURE-----';; esac",
            "is not valid: GnuPG did not report a good signature",
        ),
        (
            "case \"$1\" in --status-fd=2) echo '[GNUPG:] SIG_CREATED ' >&2; echo '-----BEGIN PGP SIGNATURE-----';; \
             *) echo '[GNUPG:] BADSIG A B';; esac",
            "is not valid: the signature does not match the signed text",
        ),
    ];
    for (body, told) in cases {
        let sandbox = package();
        let program = script(
            &sandbox.path().join(".git/fake"),
            &format!("#!/bin/sh\n{body}\n"),
        );
        ask(&sandbox, &[("gpg.program", &program)]);
        let said = refusal(&sandbox, &[]);
        assert!(said.contains(told), "{body}: {said}");
    }
}

#[test]
fn a_program_that_is_not_there_is_refused() {
    for settings in [
        &[
            ("gpg.openpgp.program", "/nowhere/gpg"),
            ("gpg.program", "true"),
        ][..],
        &[
            ("gpg.format", "ssh"),
            ("gpg.ssh.program", "/nowhere/gpg"),
            ("user.signingKey", "key"),
        ],
    ] {
        let sandbox = package();
        ask(&sandbox, settings);
        assert!(refusal(&sandbox, &[]).contains("`/nowhere/gpg` cannot be run"));
    }
}

#[test]
fn a_passphrase_that_is_not_given_is_refused() {
    let keyring = Keyring::new();
    keyring.generate("secret");
    keyring.answer("echo 'ERR 83886179 Operation cancelled <Pinentry>'");
    let sandbox = package();
    ask(&sandbox, &[]);
    let said = refusal(&sandbox, &[("GNUPGHOME", keyring.path())]);
    assert!(
        said.contains("the release commit was not signed") && said.contains("cancelled"),
        "{said}"
    );
    keyring.answer("echo 'D secret'; echo OK");
    assert_signed(&sandbox, &[("GNUPGHOME", keyring.path())]);
}

#[test]
fn keys_that_cannot_sign_are_refused() {
    let sandbox = package();
    ask(&sandbox, &[("gpg.format", "ssh")]);
    assert!(refusal(&sandbox, &[]).contains("no SSH signing key is configured"));
    sandbox.git(&["config", "user.signingKey", "/nowhere/key"]);
    assert!(
        refusal(&sandbox, &[]).contains("did not create a signature"),
        "a file that is not there"
    );
    sandbox.git(&["config", "user.signingKey", "key::ssh-ed25519 AAAA"]);
    assert!(
        refusal(&sandbox, &[]).contains("did not create a signature"),
        "a broken key"
    );
    sandbox.git(&["config", "--unset", "user.signingKey"]);
    for (command, told) in [
        ("false", "does not print a key"),
        ("echo nothing", "its first line is not a public key"),
        ("echo 'x", "a quotation mark is not closed"),
        ("/nowhere/list", "cannot be run"),
    ] {
        sandbox.git(&["config", "gpg.ssh.defaultKeyCommand", command]);
        assert!(refusal(&sandbox, &[]).contains(told), "{command}");
    }
}

#[test]
fn a_setting_that_is_no_value_is_refused() {
    for (key, value) in [
        ("commit.gpgSign", "perhaps"),
        ("gpg.format", "pgp"),
        ("tag.gpgSign", "2x"),
    ] {
        let sandbox = package();
        ask(&sandbox, &[]);
        sandbox.git(&["config", key, value]);
        assert!(
            refusal(&sandbox, &[]).contains(&format!("`{key}`")),
            "{key}"
        );
    }
}
