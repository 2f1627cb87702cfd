# Commands that check a release without Tollgate. docs/check-without-tollgate.md explains each of
# these blocks but the last; a test compares them.

#: name
test "$(git for-each-ref --format='%(tag)' "refs/tags/$tag")" = "$tag"

#: trailers
body() { git for-each-ref --format='%(contents:body)' "refs/tags/$tag"; }
trailer() { body | awk -v RS= 'END { print }' | sed -n "s/^$1: //p"; }

#: released
released=$tag^
test "$(trailer Via)" != tag || released=$tag

#: one commit
test "$released" = "$tag" || test "$(git rev-list --parents -1 "$tag" | wc -w)" -eq 2

#: commits
base=$(trailer Base | cut -d' ' -f1)
test -z "$base" || test "$(trailer Base)" = "$base $(git rev-parse "refs/tags/$base^{commit}")"
range=${base:+refs/tags/$base..}refs/tags/$released
test "$(trailer Commits)" = "sha256:$(git rev-list "$range" | sort | sha256sum | cut -d' ' -f1)"

#: configuration
test "$(trailer Configuration)" = "sha256:$(git show "$released:$configuration" | sha256sum | cut -d' ' -f1)"

#: digest
cat > "$work/ticket.py" <<'PYTHON'
import datetime, hashlib, json, pathlib, sys, tomllib

NOT_PLAN = {"id", "state", "assignee", "validator", "notes", "approvals", "outcome", "links"}
SECTIONS = {"deployment", "rollback", "validation"}


def plain(value):
    if isinstance(value, datetime.datetime) and value.tzinfo:
        text = value.astimezone(datetime.timezone.utc).replace(tzinfo=None).isoformat()
        return (text.rstrip("0") if "." in text else text) + "Z"
    if type(value) is datetime.date:
        return value.isoformat()
    if isinstance(value, str):
        return value.replace("\r\n", "\n")
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, bool) or isinstance(value, int) and abs(value) < 2**53:
        return value
    sys.exit(f"cannot compute the digest of a ticket with the value {value}")


def section(value):
    table = {"steps": value} if isinstance(value, list) else dict(value)
    if isinstance(table.get("steps"), list):
        table["steps"] = [{"do": step} if isinstance(step, str) else step for step in table["steps"]]
    return table


file, name, folder = sys.argv[1:]
text = pathlib.Path(file).read_bytes().decode()
if "tollgate:" in text:
    sys.exit("cannot compute the digest of a ticket with suppressions")
ticket = tomllib.loads(text)
plan = {key: value for key, value in ticket.items() if key not in NOT_PLAN}
plan = {key: section(value) if key in SECTIONS else value for key, value in plan.items()}
ticket_id = ticket.get("id", "").strip() and ticket["id"] or name
whole = plain({"id": ticket_id, "plan": plan, "suppressions": []})
canonical = json.dumps(whole, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
digest = "sha256:" + hashlib.sha256(f"tollgate-ticket-v1\n{canonical}".encode()).hexdigest()
print(digest)

for number, approval in enumerate(ticket.get("approvals", [])):
    if approval.get("digest") != digest or approval.get("decision") != "approve" or "signature" not in approval:
        continue
    by, role, at = approval["by"], approval.get("role", "-"), plain(approval["at"])
    reason = json.dumps(approval.get("reason", ""), ensure_ascii=False)
    fields = f"ticket {ticket_id}\ndigest {digest}\ndecision approve\nby {by}\nrole {role}\nat {at}\n"
    base = f"{folder}/{number}"
    pathlib.Path(base + ".v1").write_bytes(f"tollgate-approval-v1\n{fields}".encode())
    pathlib.Path(base + ".v2").write_bytes(f"tollgate-approval-v2\n{fields}reason {reason}\n".encode())
    pathlib.Path(base + ".sig").write_bytes(approval["signature"].encode())
    pathlib.Path(base + ".by").write_bytes(f"{by}\n".encode())
    pathlib.Path(base + ".time").write_bytes("".join(filter(str.isdigit, at))[:14].encode())
PYTHON

#: ticket
check_ticket() { # commit, path, name of the ticket, digest
  git show "$1:$2" > "$work/ticket.toml"
  rm -rf "$work/approvals"
  mkdir "$work/approvals"
  test "$(python3 "$work/ticket.py" "$work/ticket.toml" "$3" "$work/approvals")" = "$4"
}
check_approval() { # number of the approval, address of the person
  TZ=UTC ssh-keygen -Y verify -f "$work/allowed_signers" -I "$2" -n tollgate-approval \
    -O verify-time="$(cat "$work/approvals/$1.time")" -s "$work/approvals/$1.sig" \
    < "$work/approvals/$1.v2" 2> "$work/mismatch" ||
    TZ=UTC ssh-keygen -Y verify -f "$work/allowed_signers" -I "$2" -n tollgate-approval \
      -O verify-time="$(cat "$work/approvals/$1.time")" -s "$work/approvals/$1.sig" \
      < "$work/approvals/$1.v1"
}

#: signers
git show "$released:$signers" > "$work/allowed_signers"

#: signature
TZ=UTC git -c gpg.ssh.allowedSignersFile="$work/allowed_signers" verify-tag "$tag"

#: of audits
check_listed_commits() { # the commits
  test "$(trailer Commits)" = "sha256:$(printf '%s\n' "$@" | sort | sha256sum | cut -d' ' -f1)"
  git merge-base --is-ancestor "$1" "refs/tags/$tag"
}
check_range() { # commits, digest of their IDs
  test "sha256:$(git rev-list "$1" | sort | sha256sum | cut -d' ' -f1)" = "$2"
}
check_object() { # object of the tag
  test "$(git rev-parse "refs/tags/$tag")" = "$1"
}
check_file() { # commit, path, digest of the file
  test "sha256:$(git show "$1:$2" | sha256sum | cut -d' ' -f1)" = "$3"
}
check_not_author() { # address, commits
  address=$1
  shift
  git log --no-walk --format='<%ae>%n%(trailers:key=Co-authored-by,valueonly)' "$@" > "$work/authors"
  if grep -iF "<$address>" "$work/authors"; then exit 1; fi
}
