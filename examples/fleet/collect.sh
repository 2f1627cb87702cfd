#!/usr/bin/env bash
# Exports the rows of many repositories, to be run by a scheduled job.
#
#   collect.sh repositories.txt data [--redact] [--since 2026-01-01]
#
# Each line of repositories.txt is a name and an address: acme/shop https://git.example/acme/shop.git
# data/<name>/ gets releases.jsonl, tickets.jsonl, and approvals.jsonl. A repository that could not be
# read is listed in data/failed.txt and keeps its rows of the last time; the script then ends with 1,
# so that nobody takes the rows for complete.
set -uo pipefail

list=${1:?usage: collect.sh repositories.txt data [options of tollgate export]}
data=${2:?usage: collect.sh repositories.txt data [options of tollgate export]}
shift 2
mkdir -p "$data/.clones"
: > "$data/failed.txt"

collect() {
  local name=$1 url=$2 rows
  shift 2
  local clone=$data/.clones/${name//\//__}.git folder=$data/${name//\//__} new
  if [ -d "$clone" ]; then
    git -C "$clone" remote update --prune >/dev/null 2>&1 || return 1
  else
    # The whole history: approvals are traced to the commits that added them.
    git clone -q --mirror -- "$url" "$clone" || return 1
  fi
  new=$(mktemp -d "$data/.new.XXXXXX") || return 1
  for rows in releases tickets approvals; do
    (cd "$clone" && tollgate export "$rows" --repository "$name" "$@") > "$new/$rows.jsonl" || {
      rm -rf "$new"
      return 1
    }
  done
  rm -rf "$folder" && chmod 755 "$new" && mv "$new" "$folder"
}

while read -r name url; do
  case $name in
    '' | '#'*) continue ;;
    *[!A-Za-z0-9._/-]* | *..* | .* | -*) echo "invalid name: $name" >&2; echo "$name" >> "$data/failed.txt"; continue ;;
  esac
  echo "$name" >&2
  collect "$name" "$url" "$@" </dev/null || echo "$name" >> "$data/failed.txt"
done < "$list"

if [ -s "$data/failed.txt" ]; then
  echo "not every repository could be read; see $data/failed.txt" >&2
  exit 1
fi
