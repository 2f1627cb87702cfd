#!/usr/bin/env bash
# Posts the comment of the gate on a pull request, or updates the one that was posted before.
#
# The comment is found by its first line and by its author, so that nobody can pass off another one as
# it. Without the right to comment, as for pull requests from forks, it goes to the summary of the job.
#
# COMMENT: the file that the gate wrote; missing or empty if the gate had no result
# HEAD: the commit that was judged; NUMBER: the pull request; REPOSITORY: owner/name
# GH_TOKEN: the token that `gh` uses; RUN_URL: the page of the run
set -euo pipefail

marker='<!-- tollgate:gate -->'

# A comment about an earlier commit must not look like one about this commit.
if [ ! -s "$COMMENT" ]; then
  cat > "$COMMENT" <<END
$marker
## ⚠️ Could not judge $HEAD

The gate ended without a result, so it is not known whether this can be merged. [The log]($RUN_URL) says why.
END
fi

summarize() {
  echo "::notice title=Tollgate::$1, so the comment is in the summary of the job."
  cat "$COMMENT" >> "$GITHUB_STEP_SUMMARY"
  exit 0
}

command -v gh > /dev/null || summarize "This runner has no \`gh\`"

tip=$(gh api "repos/$REPOSITORY/pulls/$NUMBER" --jq .head.sha) || summarize "The pull request cannot be read"
if [ "$tip" != "$HEAD" ]; then
  echo "$HEAD is not the tip of the pull request any more; the run for $tip writes the comment."
  exit 0
fi

# The variables are those of GraphQL.
# shellcheck disable=SC2016
query='query ($owner: String!, $name: String!, $number: Int!, $endCursor: String) {
  repository(owner: $owner, name: $name) {
    pullRequest(number: $number) {
      comments(first: 100, after: $endCursor) {
        nodes { databaseId viewerDidAuthor body }
        pageInfo { hasNextPage endCursor }
      }
    }
  }
}'
own=".data.repository.pullRequest.comments.nodes[]
  | select(.viewerDidAuthor and (.body | startswith(\"$marker\"))) | .databaseId"
found=$(gh api graphql --paginate -f query="$query" -f owner="${REPOSITORY%/*}" -f name="${REPOSITORY#*/}" \
  -F number="$NUMBER" --jq "$own") || summarize "The comments cannot be read"
id=${found%%$'\n'*}

if [ -n "$id" ]; then
  method=PATCH
  path="repos/$REPOSITORY/issues/comments/$id"
else
  method=POST
  path="repos/$REPOSITORY/issues/$NUMBER/comments"
fi
gh api --silent --method "$method" "$path" -F body=@"$COMMENT" || summarize "The token has no right to comment"
