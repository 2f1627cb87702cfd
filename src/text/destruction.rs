//! Commands that delete irreversibly.

use super::pattern::Pattern;
use super::prose::{PieceKind, pieces};
use crate::ticket::Step;

static DESTRUCTIVE: Pattern = Pattern::new(
    r"(?ix)
        \b rm \s+ (?: -\S+ \s+ )* -[a-z]*r[a-z]* \b [^;&|]* [$*]
        | \b rm \s [^;&|]* --recursive [^;&|]* [$*]
        | \b drop \s+ (?: table | database | schema ) \b
        | \b truncate \s+ (?: table \s+ )? [a-z_]
        | \b dropdb \b
        | \b push \s (?: [^;&|]* \s )? --force (?: \s | $ )
        | \b kubectl \s [^;&|]* \b delete \s [^;&|]* --all (?: \s | $ )
        | \b kubectl \s [^;&|]* \b delete \s+ (?: ns | namespaces? | pvc | persistentvolumeclaims? ) (?: \s | / )
        | \b s3 \s+ rb \s [^;&|]* --force \b
        | \b s3 \s+ rm \s [^;&|]* --recursive \b
        | \b helm \s+ (?: -\S+ \s+ )* uninstall \b
        | \b (?: gcloud | az ) \s [^;&|]* \b delete (?: \s | $ )
        | \b flush(?: all | db ) \b
        | \s --delete-source\b",
);
static TERRAFORM: Pattern =
    Pattern::new(r"(?i)\b(?:terraform|tofu)\s+(?:-\S+\s+)*destroy\b(?P<options>[^;&|]*)");
static CHANGES_ROWS: Pattern = Pattern::new(r"(?i)\bdelete\s+from\s|\bupdate\s+\S+\s+set\s");
static WHERE: Pattern = Pattern::new(r"(?i)\bwhere\b");

/// The code of a step: its `run` key and the code spans of its text.
pub(crate) fn code_of(step: &Step) -> Vec<&str> {
    let spans = pieces(&step.action.text)
        .into_iter()
        .filter(|(kind, _)| *kind == PieceKind::Code)
        .map(|(_, code)| code);
    step.run
        .iter()
        .map(|run| run.text.as_str())
        .chain(spans)
        .collect()
}

/// Whether a command irreversibly deletes a table, a bucket with all its objects, all rows, or the
/// like.
///
/// `terraform destroy` counts unless it names its targets.
pub(crate) fn is_destructive(command: &str) -> bool {
    let all_rows = |statement: &str| CHANGES_ROWS.is_match(statement) && !WHERE.is_match(statement);
    let everything =
        |found: regex::Captures<'_>| !found["options"].to_ascii_lowercase().contains("-target");
    DESTRUCTIVE.is_match(command)
        || TERRAFORM.captures_iter(command).any(everything)
        || command.split(';').any(all_rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_destructive(expected: bool, commands: &[&str]) {
        for command in commands {
            assert_eq!(is_destructive(command), expected, "{command}");
        }
    }

    #[test]
    fn whole_tables_buckets_and_namespaces_are_deleted() {
        assert_destructive(
            true,
            &[
                "psql -c 'DELETE FROM orders'",
                "update orders set total = 0;",
                "DROP TABLE orders",
                "truncate orders",
                "dropdb billing",
                "rm -rf $DIR/cache",
                "rm -f -r build/*",
                "terraform -chdir=prod destroy",
                "git push origin main --force",
                "kubectl -n billing delete pods --all",
                "aws s3 rm s3://exports --recursive",
                "aws s3 rb s3://exports --force",
                "kubectl delete ns billing",
                "kubectl -n db delete pvc/data-0",
                "helm uninstall ranker",
                "gcloud sql instances delete orders",
                "az group delete --name rg-old",
                "redis-cli FLUSHALL",
                "archive --delete-source exports/",
                "terraform destroy",
            ],
        );
    }

    #[test]
    fn one_row_one_pod_and_one_resource_are_not_everything() {
        assert_destructive(
            false,
            &[
                "rm -rf build/cache",
                "rm $FILE",
                "DELETE FROM orders WHERE id = 7",
                "UPDATE orders SET total = 0 WHERE id = 7; select 1",
                "truncate -s 0 app.log",
                "git push --force-with-lease",
                "terraform plan -destroy",
                "apt-get update",
                "kubectl delete pod web-0",
                "aws s3 rm s3://exports/old.csv",
                "terraform destroy -target=aws_instance.old",
                "gcloud sql instances describe orders",
                "helm upgrade ranker ./chart",
            ],
        );
    }
}
