//! Keys, tokens and passwords: a ticket is read by many and kept for years.
//!
//! The shapes are those that providers document; what only stands for a secret (`$VAR`, `${…}`,
//! `<…>`, `***`) passes.

use crate::config::Level;
use crate::document::Document;
use crate::finding::{Finding, Place};
use crate::rules::rule::{Check, Rule};
use crate::source::Span;
use crate::text::Pattern;

pub(super) const RULE: Rule = Rule::new(
    "ticket/secret",
    Level::Error,
    "secret in a ticket",
    include_str!("secret.md"),
    &[Check::Document(check)],
);

const HELP: &str = "change the password or key, because the old one stays in the Git history; then refer to the new one without writing it out, for example as `$PASSWORD` or \
                    `$(vault kv get -field=password secret/db)`";

/// A password in a sentence: it must look like one.
const PROSE: &str = "a password in the text";

/// What a secret is called and how it looks; the group `value`, where there is one, is what must
/// not be there.
static SHAPES: [(&str, Pattern); 17] = [
    (
        "a private key",
        Pattern::new(r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----"),
    ),
    ("an AWS key", Pattern::new(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b")),
    (
        "a GitHub token",
        Pattern::new(r"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{22,})"),
    ),
    (
        "a GitLab token",
        Pattern::new(r"\bglpat-[A-Za-z0-9_-]{20,}"),
    ),
    (
        "a Slack token",
        Pattern::new(r"\bxox[abposr]-[A-Za-z0-9-]{10,}"),
    ),
    ("a Google key", Pattern::new(r"\bAIza[0-9A-Za-z_-]{35}\b")),
    (
        "a Stripe key",
        Pattern::new(r"\b[rs]k_live_[0-9A-Za-z]{16,}"),
    ),
    ("an npm token", Pattern::new(r"\bnpm_[A-Za-z0-9]{36}\b")),
    (
        "a JSON web token",
        Pattern::new(r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}"),
    ),
    (
        "a password",
        Pattern::new(
            r#"\b[A-Z0-9_]*(?:PASSWORD|PASSWD|SECRET|TOKEN|API_KEY)=\\?["']?(?<value>[^\s"'`\\;,)]+)"#,
        ),
    ),
    (
        "a password",
        Pattern::new(r#"--password[= ]\\?["']?(?<value>[^\s"'`\\;,)]+)"#),
    ),
    (
        "a password",
        Pattern::new(r#"\b[a-z][a-z0-9+.-]*://[^\s/:@"'`]+:(?<value>[^\s/@"'`]+)@"#),
    ),
    (
        "a password",
        Pattern::new(r#"(?i:\bpassword\s+|\bidentified\s+by\s+)'(?<value>[^'\s]+)'"#),
    ),
    (
        "a password",
        Pattern::new(
            r#"\b(?:mysql(?:dump|admin|check|import)?|mariadb(?:-dump|-admin)?|mongo(?:sh|dump|restore)?)\b[^"|;&\n]*?\s-p\\?['"]?(?<value>[^\s"'`\\;,)-][^\s"'`\\;,)]*)"#,
        ),
    ),
    (
        "a password",
        Pattern::new(
            r#"\b(?:sshpass\s+-p\s*|redis-cli\s[^"|;&\n]*?-a\s+|ldap(?:search|modify|add|delete|passwd)\s[^"|;&\n]*?-w\s+|curl\s[^"|;&\n]*?(?:-u|--user)\s+\\?['"]?[^\s:'"]+:)\\?['"]?(?<value>[^\s"'`\\;,)]+)"#,
        ),
    ),
    (
        PROSE,
        Pattern::new(
            r#"\b(?i:password|passwort|passphrase|passwd|pwd)(?i:\s+is|\s+ist|:|\s*=)\s+\\?['"]?(?<value>[^\s"'`\\;,)]{6,})"#,
        ),
    ),
    (
        "an authorization header",
        Pattern::new(
            r#"(?i:authorization):\s*(?i:(?:bearer|basic|token)\s+)?(?<value>[A-Za-z0-9+/=._~$<{*-]{8,})"#,
        ),
    ),
];

fn check(document: &Document, findings: &mut Vec<Finding>) {
    let text = document.source().text();
    for (name, expression) in &SHAPES {
        for found in expression.captures_iter(text) {
            let value = found
                .name("value")
                .or_else(|| found.get(0))
                .expect("the whole match is always there");
            if found
                .name("value")
                .is_some_and(|value| is_placeholder(name, value.as_str()))
            {
                continue;
            }
            let finding = RULE
                .finding(
                    Place::file(document.source()),
                    Span::from(value.range()),
                    "visible to everyone who can read the ticket",
                )
                .message(format!("the ticket contains {name}"))
                .help(HELP)
                .anchor(*name);
            findings.push(finding);
        }
    }
}

/// Placeholders that are accepted instead of a secret.
const PLACEHOLDERS: [&str; 10] = [
    "true", "false", "none", "null", "yes", "no", "password", "pass", "secret", "token",
];

fn is_placeholder(name: &str, value: &str) -> bool {
    let is_word =
        name == "an authorization header" && !value.contains(|c: char| c.is_ascii_digit());
    let has = |is: fn(&char) -> bool| value.chars().any(|c| is(&c));
    let is_prose = name == PROSE
        && !(has(char::is_ascii_digit) && has(char::is_ascii_alphabetic) && !value.contains('/'));
    let is_count = value.len() < 6 && value.chars().all(|c| c.is_ascii_digit());
    let is_mask = value.chars().all(|c| matches!(c, '*' | 'x' | 'X' | '.'));
    let is_name = PLACEHOLDERS
        .iter()
        .any(|word| word.eq_ignore_ascii_case(value));
    is_word
        || is_prose
        || is_count
        || is_mask
        || is_name
        || value.eq_ignore_ascii_case("redacted")
        || value.starts_with(['$', '<', '{', '%', '…', ':', '['])
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{help_of, rules_of};

    fn is_found(text: &str) -> bool {
        rules_of(&format!("description = '{text}'")).contains(&"ticket/secret")
    }

    #[test]
    fn tokens_of_well_known_shapes_are_found() {
        let letters = "abcdefghij0123456789";
        for text in [
            format!("key AKIA{}", "ABCDEFGH01234567"),
            format!("`ghp_{letters}{letters}`"),
            format!("glpat-{letters}"),
            format!("xoxb-{letters}"),
            format!("-----BEGIN {} KEY-----", "RSA PRIVATE"),
            format!("sk_live_{letters}"),
        ] {
            assert!(is_found(&text), "{text}");
        }
    }

    #[test]
    fn passwords_are_found_in_code_spans_too() {
        assert!(is_found("run `PGPASSWORD=hunter2 psql`"));
        assert!(is_found("postgres://billing:hunter2@db/billing"));
        assert!(is_found("`curl -H \"Authorization: Bearer 4f9d0c2b7a\"`"));
        assert!(is_found("mysql --password=hunter2"));
    }

    #[test]
    fn passwords_of_options_and_sentences_are_found() {
        for text in [
            "mysqldump -h db-old -u shop -p{}Gipfel#2019{} shop > a.sql",
            "mysql -uroot -pS3cret99 shop",
            "sshpass -p Winter2026 ssh db1",
            "curl -u admin:Tr0ub4dor https://grafana.example/api",
            "redis-cli -h r1 -a f00b4rbaz FLUSHDB",
            "ldapsearch -x -D cn=admin -w Sommer26 -b dc=a",
            "The password is Sommer2026!",
        ] {
            let text = format!("description = \"{}\"", text.replace("{}", "'"));
            assert!(rules_of(&text).contains(&"ticket/secret"), "{text}");
        }
    }

    #[test]
    fn options_that_ask_for_a_password_are_accepted() {
        for text in [
            "mysqldump -h db-old -u shop -p shop > a.sql",
            "mysql -p -e 'SELECT 1'",
            "mysql -u root -p$PASSWORD shop",
            "mysql --protocol tcp; ssh -p 2222 db1",
            "curl -u admin:$TOKEN https://grafana.example/api",
            "curl -u admin https://grafana.example:3000/api",
            "redis-cli -a $REDIS_PASSWORD PING",
            "sshpass -f file ssh db1",
            "The password is in the vault; password: see secret/db1",
            "New password: at least 14 characters",
        ] {
            let text = format!("description = \"{text}\"");
            assert!(!rules_of(&text).contains(&"ticket/secret"), "{text}");
        }
    }

    #[test]
    fn passwords_of_database_users_are_found() {
        for text in [
            "ALTER USER app WITH PASSWORD ''hunter2''",
            "CREATE USER app IDENTIFIED BY ''hunter2''",
        ] {
            let text = format!("description = \"{}\"", text.replace("''", "'"));
            assert!(rules_of(&text).contains(&"ticket/secret"), "{text}");
        }
    }

    #[test]
    fn placeholders_of_database_users_are_accepted() {
        for value in [
            "...",
            ":name",
            "{{ vault }}",
            "%(password)s",
            "REDACTED",
            "***",
        ] {
            let text = format!("description = \"ALTER USER app WITH PASSWORD '{value}'\"");
            assert!(!rules_of(&text).contains(&"ticket/secret"), "{text}");
        }
    }

    #[test]
    fn placeholders_are_accepted() {
        for text in [
            "`PGPASSWORD=$PGPASSWORD psql`",
            "`PGPASSWORD=${DB_PASSWORD} psql`",
            "`PASSWORD=<from the vault>`",
            "`PASSWORD=***`",
            "`PASSWORD=` is empty",
            "postgres://billing:$PASS@db/billing",
            "Authorization: Bearer $TOKEN",
            "the Authorization: headers stay",
            "rotate the password; the token lives 30 days",
            "`MAX_TOKEN=4096` and `USE_SECRET=false`",
            "postgres://user:password@host/name",
        ] {
            assert!(!is_found(text), "{text}");
        }
    }

    #[test]
    fn replacements_that_the_help_shows_are_accepted() {
        let help = help_of("ticket/secret", "description = 'PASSWORD=hunter2'");
        let shown: Vec<&str> = help.split('`').skip(1).step_by(2).collect();
        assert_eq!(shown.len(), 2, "{help}");
        for replacement in shown {
            let step = format!("deployment = ['Run `PGPASSWORD={replacement} psql -f pool.sql`']");
            assert_eq!(rules_of(&step), [""; 0], "{step}");
            let step = format!("deployment = ['Run `psql -f pool.sql` with {replacement}']");
            assert_eq!(rules_of(&step), [""; 0], "{step}");
        }
    }
}
