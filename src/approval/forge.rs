//! Approvals in a forge, in a file that a CI job makes from the forge's API.
//!
//! Each approval is bound to the commit that was reviewed, so that an approval of an earlier push
//! does not count for a later one.

use serde::Deserialize;
use serde_json::Value;

use crate::commit::Id;
use crate::source::describe_json_error;

/// The version of the file that is read.
const SCHEMA_VERSION: u32 = 1;

/// An approval in a forge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForgeApproval {
    /// The approver: an address, an alias, or a name in the forge that is in `[people]`.
    pub by: String,
    /// The commit that was reviewed.
    pub commit: Id,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    schema_version: u32,
    approvals: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    by: String,
    commit: String,
}

impl ForgeApproval {
    /// Reads a file of approvals, or returns what is wrong with it.
    pub fn read_all(text: &str) -> Result<Vec<Self>, String> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let described = |error: serde_json::Error| {
            let fact = describe_json_error(text, &error);
            if text.trim().is_empty() {
                fact
            } else {
                format!("{fact} (line {})", error.line())
            }
        };
        let value: Value = serde_json::from_str(text).map_err(described)?;
        if !value.is_object() {
            return Err("expected an object with `schema_version` and `approvals`".to_owned());
        }
        let entries = value.get("approvals").and_then(Value::as_array);
        if !entries.is_none_or(|entries| entries.iter().all(Value::is_object)) {
            return Err("expected objects with `by` and `commit` in `approvals`".to_owned());
        }
        // Read again, since the text also has the place of an error, and repeated keys.
        let file: File = serde_json::from_str(text).map_err(described)?;
        if file.schema_version != SCHEMA_VERSION {
            return Err(format!(
                "unsupported schema_version {}; only {SCHEMA_VERSION} is supported",
                file.schema_version
            ));
        }
        file.approvals.into_iter().map(Self::read).collect()
    }

    fn read(entry: Entry) -> Result<Self, String> {
        let by = entry.by.trim();
        if by.is_empty() {
            return Err("an approval has no name".to_owned());
        }
        let commit = Id::from_hex(entry.commit.as_bytes());
        let commit = commit.ok_or_else(|| format!("`{}` is not a full commit ID", entry.commit))?;
        Ok(Self {
            by: by.to_owned(),
            commit,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn list_is_not_a_file_of_approvals() {
        for (text, fault) in [
            (
                "[]",
                "expected an object with `schema_version` and `approvals`",
            ),
            (
                "[1, []]",
                "expected an object with `schema_version` and `approvals`",
            ),
            (
                r#"{"schema_version": 1, "approvals": [["bo", "x"]]}"#,
                "expected objects with `by` and `commit` in `approvals`",
            ),
        ] {
            assert_eq!(
                ForgeApproval::read_all(text),
                Err(fault.to_owned()),
                "{text}"
            );
        }
    }

    fn read(approvals: &str) -> Result<Vec<ForgeApproval>, String> {
        ForgeApproval::read_all(&format!(
            "{{ \"schema_version\": 1, \"approvals\": [{approvals}] }}"
        ))
    }

    #[test]
    fn each_approval_names_a_person_and_a_commit() {
        let id = "01".repeat(20);
        let found = read(&format!("{{ \"by\": \" bo \", \"commit\": \"{id}\" }}"));
        assert_eq!(
            found.unwrap(),
            [ForgeApproval {
                by: "bo".into(),
                commit: Id::new([1; 20])
            }]
        );
        assert_eq!(read("").unwrap(), []);
    }

    #[test]
    fn unreadable_input_is_reported() {
        let said = |approvals: &str| read(approvals).unwrap_err();
        assert_eq!(
            said(r#"{ "by": "bo", "commit": "abc" }"#),
            "`abc` is not a full commit ID"
        );
        assert_eq!(
            said(r#"{ "by": " ", "commit": "abc" }"#),
            "an approval has no name"
        );
        assert!(
            said(r#"{ "by": "bo", "commit": "abc", "state": "x" }"#)
                .starts_with("unknown field `state`")
        );
        assert!(ForgeApproval::read_all("[]").is_err());
        assert_eq!(
            ForgeApproval::read_all(" ").unwrap_err(),
            "the file is empty"
        );
        let newer = ForgeApproval::read_all(r#"{ "schema_version": 2, "approvals": [] }"#);
        assert_eq!(
            newer.unwrap_err(),
            "unsupported schema_version 2; only 1 is supported"
        );
    }
}
