#!/usr/bin/env python3
"""Times tollgate beside git and its peers, in turn and in one run, and prints a table in Markdown.

usage: compare.py [--tool PATH] [--commits 10000,100000] [--tags 200] [--runs 5] [--slow] [REPOSITORY ...]

Synthetic histories with these numbers of commits and tags, the last 300 commits unreleased, are made below target/bench
and kept there, with packed references, as in clones. Repositories that are named are measured as they are. The commands that show what isn't released yet stand
beside `git describe`: each should take at most three times as long, plus 15 ms, whatever the history's length. convco, cog and git-cliff take part where they are on the PATH;
git-cliff takes minutes from 100,000 commits on and runs only with --slow. Times are medians of the wall clock; memory
is the greatest resident set of any run, mapped files included, and never less than that of this script.
"""

import argparse
import os
import random
import shutil
import statistics
import subprocess
import sys
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TYPES = ["feat"] * 20 + ["fix"] * 40 + ["docs"] * 12 + ["chore"] * 15 + ["refactor"] * 6 + ["test"] * 4 + ["perf"] * 2 + ["ci"]
SCOPES = ["api", "cli", "core", "db", "ui", "auth", "billing", "search", None, None]
WORDS = "retry cache index token parser ledger shard queue replica cursor schema batch lease quorum digest span".split()
UNRELEASED = 300
# The commands whose cost does not depend on the length of the history.
FLAT = [["next"], ["status"], ["release"], ["changelog", "--unreleased"], ["changelog", "--latest"]]


def message(rng, number):
    kind, scope = rng.choice(TYPES), rng.choice(SCOPES)
    mark = "!" if rng.random() < 0.004 else ""
    scope = f"({scope})" if scope else ""
    text = f"{kind}{scope}{mark}: {' '.join(rng.choices(WORDS, k=rng.randint(3, 8)))} (#{number})\n"
    if rng.random() < 0.5:
        text += "\n" + "\n".join(" ".join(rng.choices(WORDS, k=11)) for _ in range(rng.randint(1, 5))) + "\n"
    if rng.random() < 0.3:
        text += f"\nRefs: #{rng.randint(1, number)}\nSigned-off-by: Dev {number % 97} <dev{number % 97}@example.org>\n"
    return text.encode()


def stream(out, commits, tags):
    """Writes a line of commits, the same in every run, for `git fast-import`."""
    rng = random.Random(1)
    every = max(1, (commits - UNRELEASED) // tags)
    now, minor, patch = 1_300_000_000, 1, 0
    for number in range(1, commits + 1):
        now += rng.randint(60, 7200)
        who = f"Dev {number % 97} <dev{number % 97}@example.org> {now} +0000\n".encode()
        text = message(rng, number)
        out.write(b"commit refs/heads/main\nmark :%d\nauthor %scommitter %s" % (number, who, who))
        out.write(b"data %d\n%s\nM 100644 inline src/f%d.txt\ndata 8\n%08d\n" % (len(text), text, number % 50, number))
        if number % every == 0 and number <= commits - UNRELEASED:
            minor, patch = (minor + 1, 0) if rng.random() < 0.6 else (minor, patch + 1)
            out.write(b"tag v0.%d.%d\nfrom :%d\ntagger %sdata 7\nrelease\n" % (minor, patch, number, who))
    out.write(b"done\n")


def synthetic(commits, tags):
    folder = os.path.join(ROOT, "target", "bench", f"{commits}-{tags}")
    if not os.path.isdir(os.path.join(folder, ".git")):
        print(f"making {commits} commits with {tags} tags in {folder}", file=sys.stderr)
        making = folder + ".making"
        shutil.rmtree(making, ignore_errors=True)
        subprocess.run(["git", "init", "-q", "-b", "main", making], check=True)
        git = subprocess.Popen(["git", "-C", making, "fast-import", "--quiet", "--done"], stdin=subprocess.PIPE)
        stream(git.stdin, commits, tags)
        git.stdin.close()
        if git.wait() != 0:
            sys.exit("git fast-import failed")
        subprocess.run(["git", "-C", making, "reset", "--quiet", "--hard"], check=True)
        subprocess.run(["git", "-C", making, "pack-refs", "--all"], check=True)
        os.rename(making, folder)
    return folder


def measure(command, folder, limit):
    """Runs a command once: seconds and megabytes, or None where it fails or takes too long."""
    begun = time.perf_counter()
    try:
        child = subprocess.Popen(
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
    except OSError:
        return None
    guard = threading.Timer(limit, child.kill)
    guard.start()
    _, status, usage = os.wait4(child.pid, 0)
    took = time.perf_counter() - begun
    guard.cancel()
    child.returncode = os.waitstatus_to_exitcode(status)
    return (took, usage.ru_maxrss / 1000) if child.returncode == 0 else None


def contest(commands, folder, runs, limit):
    """Measures commands in turn, so that a busy moment is shared by all; the first round only warms up."""
    seen = {name: [] for name, _ in commands}
    for turn in range(runs + 1):
        for name, command in commands:
            measured = measure(command, folder, limit) if seen[name] is not None else None
            if measured is None:
                seen[name] = None
            elif turn > 0:
                seen[name].append(measured)
    return seen


def rows(title, work, seen):
    told = {name: statistics.median(times for times, _ in runs) for name, runs in seen.items() if runs}
    base, own = told.get("git"), told.get("tollgate")
    for name, runs in seen.items():
        if not runs:
            yield f"| {title} | {work} | {name} | – | – | – | – |"
            continue
        memory = max(memory for _, memory in runs)
        to_git = f"{told[name] / base:.2f}" if base else "–"
        to_own = f"{told[name] / own:.1f}" if own else "–"
        yield f"| {title} | {work} | {name} | {told[name] * 1000:,.1f} | {to_git} | {to_own} | {memory:,.0f} |"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tool", default=os.path.join(ROOT, "target", "release", "tollgate"))
    parser.add_argument("--commits", default="10000,100000", help="sizes of synthetic histories; empty for none")
    parser.add_argument("--tags", default="200", help="numbers of tags of each synthetic history")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--limit", type=float, default=600, help="the most seconds of one run")
    parser.add_argument("--slow", action="store_true", help="run git-cliff too")
    parser.add_argument("repositories", nargs="*")
    args = parser.parse_args()

    tool = os.path.abspath(args.tool)
    describe = ("git", ["git", "describe", "--tags", "--match", "v*"])
    contests = [(" ".join(words), [describe, ("tollgate", [tool, *words])]) for words in FLAT]
    following = contests[0][1]
    logging = [("git", ["git", "log", "--format=%B"]), ("tollgate", [tool, "changelog"])]
    contests.append(("changelog", logging))
    if shutil.which("convco"):
        following.append(("convco", ["convco", "version", "--bump"]))
        logging.append(("convco", ["convco", "changelog"]))
    if shutil.which("cog"):
        following.append(("cocogitto", ["cog", "bump", "--auto", "--dry-run"]))
        logging.append(("cocogitto", ["cog", "changelog"]))
    if shutil.which("git-cliff") and args.slow:
        following.append(("git-cliff", ["git-cliff", "--offline", "--bumped-version"]))
        logging.append(("git-cliff", ["git-cliff", "--offline"]))

    sizes = [int(size) for size in args.commits.split(",") if size]
    counts = [int(count) for count in args.tags.split(",")]
    folders = [(f"{size:,} commits, {tags:,} tags", synthetic(size, tags)) for size in sizes for tags in counts]
    folders += [(os.path.basename(os.path.abspath(folder)), folder) for folder in args.repositories]
    print("| history | work | tool | ms | × git | × tollgate | MB |")
    print("|---|---|---|--:|--:|--:|--:|")
    for title, folder in folders:
        for work, commands in contests:
            for row in rows(title, work, contest(commands, folder, args.runs, args.limit)):
                print(row, flush=True)


if __name__ == "__main__":
    main()
