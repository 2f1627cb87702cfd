//! Finds commands in texts without code spans: many people write a step as nothing but its command.
//!
//! A command begins a text or a part of a sentence. It is recognized by a well-known program or by
//! an option, and ends where prose follows.

use super::prose::is_stop_word;
use super::words::{Words, in_lower_case};

/// Programs that are commands with any operand.
static PROGRAMS: Words = Words::new(
    "kubectl oc helm aws gcloud az terraform tofu systemctl psql pg_dump pg_restore mysql mysqldump mariadb redis-cli \
     mongosh ansible-playbook docker podman rsync scp ssh cp mv rm cd sudo git argocd vault consul etcdctl rabbitmqctl \
     kafka-topics kafka-topics.sh kafka-configs kafka-configs.sh nomad flux velero restic zfs lvextend dnf yum apt apt-get \
     rpm dpkg pip npm gh glab istioctl nginx certbot openssl varnishadm nodetool cqlsh ldapmodify samba-tool wp occ sed",
);
/// Words that follow a program only in prose: "git has", "helm shows".
static NO_OPERANDS: Words =
    Words::new("has shows says prints returns lists answers not no must still works runs starts");
/// Words that end a command.
static ENDS: Words = Words::new(
    "shows show prints returns return says lists reports answers gives is are has must and then until for on in from to by \
     with of as at after before while so which that if unless until once without below above",
);
/// Maximum number of words of a command.
const MAX_WORDS: usize = 100;
/// Words before a command.
static LEADS: Words = Words::new("then and run with by via execute also again now first");

/// The parts of a text, and whether each is a command.
pub(super) fn split(text: &str) -> Vec<(bool, &str)> {
    let mut parts = Vec::new();
    let mut start = 0;
    let mut next = Some(0);
    while let Some(at) = next {
        let begin = after_leads(text, at);
        let Some(end) = command_end(text, begin) else {
            next = next_part(text, at);
            continue;
        };
        if !text[start..begin].trim().is_empty() {
            parts.push((false, &text[start..begin]));
        }
        let command = text[begin..end].trim_end_matches([';', ',', '.', ' ']);
        parts.push((true, command));
        start = end;
        next = Some(end);
    }
    if !text[start..].trim().is_empty() {
        parts.push((false, &text[start..]));
    }
    parts
}

/// The byte offset after the next punctuation mark that a space follows.
fn next_part(text: &str, from: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let is_end = |at: &usize| {
        matches!(bytes[*at], b';' | b':' | b',' | b'.' | b')')
            && bytes.get(at + 1).is_some_and(u8::is_ascii_whitespace)
    };
    (from..bytes.len()).find(is_end).map(|at| at + 1)
}

/// The byte offset of the first word that is not a lead.
fn after_leads(text: &str, from: usize) -> usize {
    let mut at = from;
    while let Some(word) = text[at..].split_whitespace().next() {
        let start = word.as_ptr() as usize - text.as_ptr() as usize;
        if !LEADS.contains(&in_lower_case(word)) {
            return start;
        }
        at = start + word.len();
    }
    text.len()
}

/// A word of a text; quotes and what is in them belong to it.
struct Word {
    start: usize,
    end: usize,
}

/// The first word from a byte offset on.
fn word_at(text: &str, from: usize) -> Option<Word> {
    let rest = &text[from..];
    let start = from + rest.find(|c: char| !c.is_whitespace())?;
    let mut quote = None;
    for (at, character) in text[start..].char_indices() {
        match quote {
            Some(open) if open == character => quote = None,
            None if character.is_whitespace() => {
                return Some(Word {
                    start,
                    end: start + at,
                });
            }
            // An apostrophe inside a word isn't a quote.
            None if character == '"' || (character == '\'' && opens(text, start + at)) => {
                quote = Some(character);
            }
            _ => {}
        }
    }
    Some(Word {
        start,
        end: text.len(),
    })
}

/// Whether a quote is not inside a word, as it is in `don't`.
fn opens(text: &str, at: usize) -> bool {
    !text[..at].ends_with(char::is_alphanumeric)
}

/// The end of the command that begins at a word, if it does.
fn command_end(text: &str, start: usize) -> Option<usize> {
    let first = word_at(text, start)?;
    let program = &text[first.start..first.end];
    let name = program.rsplit('/').next()?;
    let is_program = program.starts_with(|c: char| c.is_ascii_lowercase() || "./".contains(c))
        && name.len() > 1
        && name.bytes().all(|byte| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_.-+".contains(&byte)
        })
        && !name.ends_with('.')
        && !is_stop_word(name);
    if !is_program {
        return None;
    }
    let mut end = first.end;
    let mut count = 0;
    let mut has_option = false;
    let mut starts_again = false;
    while let Some(word) = word_at(text, end) {
        let raw = &text[word.start..word.end];
        let bare = raw.trim_end_matches([';', ',', '.', ':']);
        let is_operator = ["&&", "||", "|", ">", ">>", "<", "-"].contains(&bare);
        if count == MAX_WORDS || raw.starts_with('(') || (ENDS.contains(bare) && !starts_again) {
            break;
        }
        if count == 0 && (is_stop_word(bare) || NO_OPERANDS.contains(bare) || is_operator) {
            return None;
        }
        count += usize::from(!bare.is_empty());
        starts_again = is_operator;
        let letters = bare.trim_start_matches('-');
        has_option |=
            bare.starts_with('-') && letters.starts_with(|c: char| c.is_ascii_alphabetic());
        end = word.end;
        if bare.len() < raw.len() {
            break;
        }
    }
    let is_command = count > 0 && (has_option || PROGRAMS.contains(name));
    is_command.then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commands_in(text: &str) -> Vec<&str> {
        let parts = split(text).into_iter();
        parts
            .filter(|(is_command, _)| *is_command)
            .map(|(_, part)| part)
            .collect()
    }

    #[test]
    fn step_that_is_a_command_is_code() {
        for text in [
            "kubectl -n claims set resources deployment/claims-print --limits=memory=2Gi",
            "aws lambda update-alias --name live --routing-config 'AdditionalVersionWeights={}'",
            "medctl drain med-01 --wait",
            "psql -d polis -c 'TRUNCATE a; SELECT 1'",
            "cd /srv && cp -p config.txt.20270107 config.txt",
            "./drain.sh --pool canary --move",
        ] {
            assert_eq!(commands_in(text), [text], "{text}");
        }
    }

    #[test]
    fn command_ends_at_prose() {
        for (text, command) in [
            (
                "systemctl restart ezproxy; messages.txt has no errors",
                "systemctl restart ezproxy",
            ),
            (
                "medctl drain NODE --wait for each upgraded node",
                "medctl drain NODE --wait",
            ),
            (
                "pg_restore -d prices /a.dump (about 2 h)",
                "pg_restore -d prices /a.dump",
            ),
            (
                "web2: cp -p a.conf /root/a.conf",
                "cp -p a.conf /root/a.conf",
            ),
            ("rpm -q brs-app prints 9.2.14", "rpm -q brs-app"),
        ] {
            assert_eq!(commands_in(text), [command], "{text}");
        }
    }

    #[test]
    fn commands_of_a_sequence_are_separate() {
        assert_eq!(
            commands_in("systemctl stop app on hdl1, systemctl start app on repo1"),
            ["systemctl stop app", "systemctl start app"]
        );
    }

    #[test]
    fn prose_is_not_a_command() {
        for text in [
            "git of the team, helm has the old values",
            "terraform shows nothing to change",
            "pause for ten minutes - then go on",
            "drop-in replacement of the cache",
            "the well-known -x option",
            "Set SOLR_HEAP in solr.in.sh",
            "it isn't -5 degrees",
            "don't stop",
            "",
        ] {
            assert!(commands_in(text).is_empty(), "{text}");
        }
    }
}
