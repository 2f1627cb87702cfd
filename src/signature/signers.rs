//! Who may sign: the lines of an `allowed_signers` file (ssh-keygen(1), ALLOWED SIGNERS).
//!
//! Read as `ssh-keygen -Y verify` reads them, so that one file serves both. Authorities,
//! certificates and weak keys are refused. A line that cannot be read is reported and authorizes
//! nobody.

use jiff::Timestamp;

use super::approval::NAMESPACE;
use super::error::SignatureError;
use super::key::{KNOWN_KINDS, Key, KeyFault};
use super::ssh_patterns::Patterns;
use super::text::TextFault;
use super::time::instant;
use crate::error::Fault;
use crate::source::{Label, Source, Span};

/// The lines of an `allowed_signers` file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AllowedSigners(Vec<Signer>);

/// A line of the file: who owns a key, and when and for what it may be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signer {
    /// The span of the line.
    pub(crate) span: Span,
    /// The key.
    pub(crate) key: Key,
    principals: Patterns,
    options: Options,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Options {
    namespaces: Option<Patterns>,
    valid_after: Option<Timestamp>,
    valid_before: Option<Timestamp>,
}

impl AllowedSigners {
    /// Reads a file: the lines that count, and the faults of the others.
    #[must_use]
    pub fn parse(source: &Source) -> (Self, Vec<Fault>) {
        let (mut signers, mut faults) = (Vec::new(), Vec::new());
        let mut start = 0;
        for line in source.text().split_inclusive('\n') {
            let text = line.trim_matches(is_space);
            let from = start + (line.len() - line.trim_start_matches(is_space).len());
            start += line.len();
            if text.is_empty() || text.starts_with('#') {
                continue;
            }
            let cursor = Cursor { text, at: 0, from };
            match cursor.signer() {
                Ok(signer) => signers.push(signer),
                Err(fault) => faults.push(fault),
            }
        }
        (Self(signers), faults)
    }

    /// The lines, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Signer> {
        self.0.iter()
    }

    /// Whether some line assigns a key to a person, at any time and for any purpose.
    ///
    /// `names` are the names of the person, in lower case: letter case does not make another
    /// person.
    pub(crate) fn has_key<'n>(
        &self,
        names: impl IntoIterator<Item = &'n String>,
        key: &Key,
    ) -> bool {
        let of_key = self.0.iter().filter(|signer| signer.key == *key);
        let principals: Vec<Patterns> = of_key
            .map(|signer| signer.principals.in_lower_case())
            .collect();
        !principals.is_empty()
            && names
                .into_iter()
                .any(|name| principals.iter().any(|of_key| of_key.matches(name)))
    }

    /// The names, or patterns of names, to whom the lines give a key.
    pub(crate) fn names_of(&self, key: &Key) -> impl Iterator<Item = &str> {
        self.0
            .iter()
            .filter(move |signer| signer.key == *key)
            .flat_map(|signer| signer.principals.positive())
    }

    /// The line that lets a person with these names approve with a key at an instant. If several
    /// lines say why not, the last reason counts.
    pub(super) fn signer(
        &self,
        key: &Key,
        names: &[String],
        at: Timestamp,
    ) -> Result<&Signer, SignatureError> {
        let of_key: Vec<&Signer> = self.0.iter().filter(|signer| signer.key == *key).collect();
        if of_key.is_empty() {
            return Err(SignatureError::UnknownKey(key.fingerprint()));
        }
        let others = of_key
            .iter()
            .map(|signer| signer.principals().to_owned())
            .collect();
        let mut refusal = SignatureError::OtherPerson(others);
        let is_theirs = |signer: &&Signer| names.iter().any(|name| signer.principals.matches(name));
        for signer in of_key.into_iter().filter(is_theirs) {
            match signer.options.check(at) {
                None => return Ok(signer),
                Some(why) => refusal = why,
            }
        }
        Err(refusal)
    }

    /// The line that lets the holder of a key sign for a purpose at an instant. If there are
    /// several lines, the last reason counts.
    pub(super) fn signer_of_text(
        &self,
        key: &Key,
        namespace: &str,
        at: Timestamp,
    ) -> Result<&Signer, TextFault> {
        let mut fault = TextFault::UnknownKey(key.fingerprint());
        for signer in self.0.iter().filter(|signer| signer.key == *key) {
            match signer.options.invalid_reason(namespace, at) {
                None => return Ok(signer),
                Some(InvalidReason::Purpose) => fault = TextFault::OtherPurpose(key.fingerprint()),
                Some(InvalidReason::Before(from)) => fault = TextFault::NotYetValid(from),
                Some(InvalidReason::After(until)) => fault = TextFault::Expired(until),
            }
        }
        Err(fault)
    }
}

/// Why a line does not count.
enum InvalidReason {
    /// The key is for other purposes.
    Purpose,
    /// The key is valid from then on.
    Before(Timestamp),
    /// The key was valid until then.
    After(Timestamp),
}

impl Signer {
    /// The owners of the key, as patterns.
    #[must_use]
    pub(crate) fn principals(&self) -> &str {
        self.principals.as_str()
    }
}

impl Options {
    fn check(&self, at: Timestamp) -> Option<SignatureError> {
        self.invalid_reason(NAMESPACE, at)
            .map(|barred| match barred {
                InvalidReason::Purpose => SignatureError::NotForApprovals,
                InvalidReason::Before(from) => SignatureError::NotYetValid(from),
                InvalidReason::After(until) => SignatureError::Expired(until),
            })
    }

    fn invalid_reason(&self, namespace: &str, at: Timestamp) -> Option<InvalidReason> {
        if self
            .namespaces
            .as_ref()
            .is_some_and(|namespaces| !namespaces.matches(namespace))
        {
            return Some(InvalidReason::Purpose);
        }
        let early = self
            .valid_after
            .filter(|from| at < *from)
            .map(InvalidReason::Before);
        early.or_else(|| {
            self.valid_before
                .filter(|until| at > *until)
                .map(InvalidReason::After)
        })
    }
}

/// Reads one line, without surrounding white space.
struct Cursor<'a> {
    text: &'a str,
    at: usize,
    /// The offset of the line in the file.
    from: usize,
}

impl<'a> Cursor<'a> {
    fn signer(mut self) -> Result<Signer, Fault> {
        let principals = self.principals()?;
        let kind = self.rest().split(is_space).next().unwrap_or_default();
        let mut options = Options::default();
        if !KNOWN_KINDS.contains(&kind) && !kind.contains("-cert-v0") {
            options = self.options()?;
        }
        let key = self.key()?;
        let span = Span::new(self.from, self.from + self.text.len());
        Ok(Signer {
            span,
            key,
            principals: Patterns::new(&principals),
            options,
        })
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn skip_space(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start_matches(is_space).len();
    }

    fn fault(&self, start: usize, message: impl Into<String>, help: &str) -> Fault {
        let span = Span::new(self.from + start, self.from + self.at.max(start));
        Fault {
            message: message.into(),
            help: help.to_owned(),
            label: Label::new(span, ""),
        }
    }

    /// The first word. It may be in quotes and then ends with them.
    fn principals(&mut self) -> Result<String, Fault> {
        let start = self.at;
        let end = self
            .rest()
            .find(|c| is_space(c) || c == '"')
            .unwrap_or(self.rest().len());
        let mut principals = self.rest()[..end].to_owned();
        self.at += end;
        if let Some(quoted) = self.rest().strip_prefix('"') {
            let Some(end) = quoted.find('"') else {
                self.at = self.text.len();
                return Err(self.fault(
                    start,
                    "unclosed quotation mark",
                    "close it after the principals",
                ));
            };
            principals.push_str(&quoted[..end]);
            self.at += end + 2;
        }
        if !principals.contains(char::is_alphanumeric) && !principals.contains(['*', '?']) {
            return Err(self.fault(
                start,
                "the line has no principals",
                "start the line with an email address: `bo@example.com ssh-ed25519 …`",
            ));
        }
        self.skip_space();
        Ok(principals)
    }

    fn options(&mut self) -> Result<Options, Fault> {
        let mut options = Options::default();
        let start = self.at;
        loop {
            let option = self.at;
            let name = self
                .rest()
                .split(|c| is_space(c) || c == '=' || c == ',')
                .next()
                .unwrap_or_default();
            self.at += name.len();
            match name.to_ascii_lowercase().as_str() {
                "cert-authority" => {
                    let help = "list the keys of each person";
                    return Err(self.fault(
                        option,
                        "certificate authorities are not supported",
                        help,
                    ));
                }
                "namespaces" => {
                    let given = Patterns::new(&self.value(option)?);
                    self.set(option, &mut options.namespaces, given)?;
                }
                "valid-after" => {
                    let given = self.instant(option)?;
                    self.set(option, &mut options.valid_after, given)?;
                }
                "valid-before" => {
                    let given = self.instant(option)?;
                    self.set(option, &mut options.valid_before, given)?;
                }
                _ => {
                    let help = "use the options `namespaces`, `valid-after`, and `valid-before`, followed by the key, such as \
                                `ssh-ed25519 AAAA…`";
                    return Err(self.fault(
                        option,
                        format!("`{name}` is neither an option nor a key type"),
                        help,
                    ));
                }
            }
            if !self.rest().starts_with(',') {
                break;
            }
            self.at += 1;
        }
        if !self.rest().starts_with(is_space) {
            return Err(self.fault(
                start,
                "no space after the options",
                "add a space after the options, followed by the key",
            ));
        }
        if options
            .valid_after
            .zip(options.valid_before)
            .is_some_and(|(after, before)| before <= after)
        {
            return Err(self.fault(
                start,
                "`valid-before` is not after `valid-after`",
                "the key would never be valid",
            ));
        }
        self.skip_space();
        Ok(options)
    }

    fn set<T>(&self, start: usize, option: &mut Option<T>, given: T) -> Result<(), Fault> {
        match option.replace(given) {
            None => Ok(()),
            Some(_) => Err(self.fault(start, "duplicate option", "remove one of them")),
        }
    }

    /// The quoted text after `=`, in which `\"` is a quotation mark.
    fn value(&mut self, start: usize) -> Result<String, Fault> {
        let Some(quoted) = self.rest().strip_prefix("=\"") else {
            return Err(self.fault(
                start,
                "an option has no value",
                "write the value in quotes: `namespaces=\"git\"`",
            ));
        };
        let mut value = String::new();
        let mut characters = quoted.char_indices();
        while let Some((at, character)) = characters.next() {
            match character {
                '"' => {
                    self.at += at + 3;
                    return Ok(value);
                }
                '\\' if quoted[at + 1..].starts_with('"') => {
                    value.push('"');
                    characters.next();
                }
                other => value.push(other),
            }
        }
        self.at = self.text.len();
        Err(self.fault(start, "unclosed quotation mark", "close it after the value"))
    }

    fn instant(&mut self, start: usize) -> Result<Timestamp, Fault> {
        let text = self.value(start)?;
        let help = "use `YYYYMMDDZ` or `YYYYMMDDHHMMSSZ`; times without `Z` are UTC too";
        instant(&text)
            .ok_or_else(|| self.fault(start, format!("`{text}` is not a valid time"), help))
    }

    fn key(&mut self) -> Result<Key, Fault> {
        let start = self.at;
        let mut words = self.rest().split(is_space).filter(|word| !word.is_empty());
        let (kind, base64) = (words.next(), words.next());
        self.at = self.text.len();
        let (Some(kind), Some(base64)) = (kind, base64) else {
            return Err(self.fault(
                start,
                "missing key",
                "write it as `ssh-keygen` does: `ssh-ed25519 AAAA…`",
            ));
        };
        Key::parse(&format!("{kind} {base64}")).map_err(|fault| {
            let help = match fault {
                KeyFault::Unreadable => "copy the complete key from the person's `.pub` file",
                KeyFault::Certificate | KeyFault::Unsupported(_) => {
                    "use a key of type ed25519, ecdsa, or rsa"
                }
                KeyFault::Weak(_) => "create another key: `ssh-keygen -t ed25519`",
            };
            self.fault(start, fault.to_string(), help)
        })
    }
}

const fn is_space(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\r' | '\n')
}

#[cfg(test)]
mod tests {
    use super::super::testing::{ed25519, public};
    use super::*;

    fn parse(text: &str) -> (AllowedSigners, Vec<Fault>) {
        AllowedSigners::parse(&Source::new("allowed_signers", text))
    }

    fn key() -> String {
        public(&ed25519(1))
    }

    /// The message of the only fault, and the text that it points at.
    fn fault(line: &str) -> (String, String) {
        let text = format!("# first\n{line}\n");
        let (signers, faults) = parse(&text);
        assert_eq!((signers.0.len(), faults.len()), (0, 1), "{faults:?}");
        let span = faults[0].label.span;
        (
            faults[0].message.clone(),
            text[span.start..span.end].to_owned(),
        )
    }

    #[test]
    fn line_is_split_into_its_parts() {
        let key = key();
        let text = format!(
            "\u{0020}# a comment\n\nbo@example.com,*@x.org {key} Bo's key\r\n\t\"eve@example.com\" Namespaces=\"a \\\"b\",valid-after=\"20260101Z\" {key}\n"
        );
        let (signers, faults) = parse(&text);
        assert_eq!(faults, []);
        let principals: Vec<&str> = signers.iter().map(Signer::principals).collect();
        assert_eq!(principals, ["bo@example.com,*@x.org", "eve@example.com"]);
        assert_eq!(
            signers.0[1].options.namespaces.as_ref().unwrap().as_str(),
            "a \"b"
        );
        assert!(text[signers.0[0].span.start..].starts_with("bo@"));
    }

    #[test]
    fn malformed_line_is_ignored() {
        let key = key();
        let told = |line: &str| fault(line).0;
        assert_eq!(told("bo@x.org"), "`` is neither an option nor a key type");
        assert_eq!(told("bo@x.org ssh-ed25519"), "missing key");
        assert_eq!(told("bo@x.org ssh-ed25519 AAAA"), "the key cannot be read");
        assert_eq!(told(&format!(",, {key}")), "the line has no principals");
        assert_eq!(
            told(&format!("\"bo@x.org {key}")),
            "unclosed quotation mark"
        );
        assert_eq!(
            told(&format!("bo@x.org touch {key}")),
            "`touch` is neither an option nor a key type"
        );
        assert_eq!(
            told(&format!("bo@x.org namespaces=git {key}")),
            "an option has no value"
        );
        assert_eq!(
            told(&format!("bo@x.org namespaces=\"git {key}")),
            "unclosed quotation mark"
        );
        assert_eq!(
            told(&format!("bo@x.org namespaces=\"a\",namespaces=\"b\" {key}")),
            "duplicate option"
        );
        assert_eq!(
            told(&format!("bo@x.org namespaces=\"a\"x {key}")),
            "no space after the options"
        );
        assert_eq!(
            told(&format!("bo@x.org valid-after=\"soon\" {key}")),
            "`soon` is not a valid time"
        );
        let never = format!("bo@x.org valid-after=\"20260101\",valid-before=\"20260101\" {key}");
        assert_eq!(told(&never), "`valid-before` is not after `valid-after`");
    }

    #[test]
    fn authorities_and_certificates_are_refused_clearly() {
        let line = format!("*@x.org cert-authority {}", key());
        let told = (
            "certificate authorities are not supported".to_owned(),
            "cert-authority".to_owned(),
        );
        assert_eq!(fault(&line), told);
        assert_eq!(
            fault("a@x.org ssh-ed25519-cert-v01@openssh.com AAAA").0,
            "certificates are not supported"
        );
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text in "[a-z@*,!?\"\\\\= \t\r\n0-9Zé-]{0,80}", line in "\\PC{0,80}") {
            let key = key();
            for text in [text.clone(), line.clone(), format!("a {text} {key}"), format!("a namespaces=\"{line}\" {key}")] {
                let source = Source::new("x", text);
                let (signers, faults) = AllowedSigners::parse(&source);
                for fault in &faults {
                    proptest::prop_assert!(fault.label.span.end <= source.text().len());
                }
                proptest::prop_assert!(signers.iter().count() + faults.len() <= source.text().lines().count());
            }
        }
    }
}
