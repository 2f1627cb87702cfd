#!/bin/sh
# Builds a repository with a gate and branches to check: sh examples/gate/build.sh DIRECTORY
# Then: tollgate -C DIRECTORY gate --base main --head BRANCH
set -eu

[ $# -eq 1 ] || { echo "usage: $0 DIRECTORY" >&2; exit 2; }
[ ! -e "$1" ] || { echo "$0: $1 exists" >&2; exit 2; }
mkdir -p "$1"
cd "$1"

git init --quiet --initial-branch=main
git config user.name "Ana"
git config user.email "ana@example.com"

save() {
  git add --all
  git commit --quiet --message "$1"
}

branch() {
  git switch --quiet --create "$1" main
}

# $1: state, $2: additional lines at the end
ticket() {
  cat <<TOML
title = "Store a note with each order, in a new column of the orders table"
state = "$1"
category = "schema"
justification = "Support asks customers by phone what a note would say: 40 calls a day"
services = ["orders"]
deployment = ["Merge the change; the pipeline runs \`migrations/0002-notes.sql\`"]
rollback = ["Run \`migrations/undo/0002-notes.sql\`; \`\\\\d orders\` shows no column \`note\`"]
validation = ["\`SELECT count(note) FROM orders\` answers within 50 ms"]
$2
TOML
}

schema='[schema_change]
phase = "expand"
migrations = ["migrations/0002-notes.sql"]
backward_compatible = true
[tests]
kinds = ["unit", "integration"]'

# $1: approver, $2: digest, as printed by `tollgate ticket digest`
approval() {
  cat <<TOML
[[approvals]]
by = "$1"
decision = "approve"
at = 2026-11-18T12:00:00Z
digest = "sha256:$2"
TOML
}

notes=498b0deac08a97cb651117fac71ef3bc4cb6e781e2d293ad47cb9c4b6acf00a3
gifts=98b62bce8be83bf6afa893e5fe17cc37c123decf622372f25977c29c7a03e47a

# The base: a service and its policies.
mkdir -p src migrations changes docs
echo 'fn main() {}' > src/main.rs
echo 'CREATE TABLE orders (id bigint PRIMARY KEY);' > migrations/0001-orders.sql
cat > tollgate.toml <<'TOML'
[[policy]]
name = "migrations"
paths = ["migrations/**"]
sections = ["schema_change"]

[[policy]]
name = "breaking changes"
bump = "major"
allow_none = true

[[policy]]
name = "configuration"
paths = ["tollgate.toml", ".mailmap"]

[approvals]
low = { quorum = 1 }

[[policy]]
name = "documentation"
paths = ["docs/**"]
requires = "none"

[[freeze]]
name = "year end"
start = 2026-12-18T18:00:00Z
end = 2027-01-04T08:00:00Z
covers = ["merge", "deploy", "release"]
allow = ["emergency"]
TOML
ticket approved "$schema
$(approval kim@example.com "$notes")" > changes/notes.toml
save "feat: take orders"
git tag v1.0.0

branch docs-only
echo 'How orders are taken.' > docs/orders.md
save "docs: say how orders are taken"

branch no-ticket
echo 'ALTER TABLE orders ADD COLUMN gift boolean;' > migrations/0002-gifts.sql
save "feat: gift-wrap orders"

branch named-ticket
echo 'ALTER TABLE orders ADD COLUMN note text;' > migrations/0002-notes.sql
save "feat: keep a note with each order

Change: notes"

branch thin-ticket
echo 'ALTER TABLE orders ADD COLUMN gift boolean;' > migrations/0002-gifts.sql
ticket proposed "" | sed 's/note/gift/g; s/category = "schema"/category = "feature"/' > changes/gifts.toml
save "feat: gift-wrap orders"

branch breaking
echo 'fn main() { println!("v2"); }' > src/main.rs
save "feat!: respond in the v2 format"

branch exempt
echo 'fn main() { println!("v2"); }' > src/main.rs
save "feat!: respond in the v2 format

Change: none (nobody has called v1 since May)"

branch edited-after-approval
sed -i.old 's/40 calls/50 calls/' changes/notes.toml && rm changes/notes.toml.old
save "docs: count the calls again"

branch back-to-draft
ticket draft "$schema
$(approval kim@example.com "$notes")" | sed 's/40 calls/50 calls/' > changes/notes.toml
save "docs: count the calls again"

branch deleted-ticket
git rm --quiet changes/notes.toml
save "docs: tidy up"

branch self-approved
ticket approved "$schema
$(approval ana@example.com "$gifts")" | sed 's/notes/gifts/g' > changes/gifts.toml
save "docs: plan gifts"

branch no-policy
: > tollgate.toml
echo 'ALTER TABLE orders ADD COLUMN gift boolean;' > migrations/0002-gifts.sql
save "feat: gift-wrap orders"

git switch --quiet main
