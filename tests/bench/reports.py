#!/usr/bin/env python3
"""Measure each report in a repository with many tickets, commits, and releases, beside `git log`.

usage: reports.py [--tool PATH] [--tickets 10000] [--commits 100000] [--releases 200] [--runs 3] [--reports NAME,NAME]

The history is made below target/bench and kept there. Each ticket has its own commit that adds it, commits that cite it,
and a commit that records its outcome; the tickets are varied copies of those in examples/tickets, all in one directory.
The releases are spread over two years, so that `metrics` compares one year with the year before. The last commits are
unreleased. Each report is about them, and about the release in the middle of the history.

Times are the shortest of all runs: wall clock and processor time. Memory is the largest resident set, mapped files
included. Every report should take less than 3 seconds and 300 MB.
"""
import argparse
import os
import shutil
import subprocess
import sys
import time

from tickets import ROOT, texts_of, varied

NOW = "2026-11-27T12:00:00Z"
# One second after the last commit of the history, which is two years long.
END, SPAN = 1_795_780_800, 2 * 365 * 86_400
UNRELEASED = 300
REPORTS = ["runbook", "rollback", "announcement", "metrics", "policy"]
# The reports that are not about a release.
GENERAL = ["policy"]
CONFIGURATION = "[approvals]\nlow = { quorum = 1 }\nmedium = { quorum = 1 }\n"
OUTCOME = '\n[outcome]\nresult = "successful"\ndeployed_at = {}\n'


class History:
    """Writes a line of commits for `git fast-import`, the same in every run."""

    def __init__(self, out, commits):
        self.out, self.commits, self.number = out, commits, 0

    def write(self, text):
        self.out.write(text.encode())

    def data(self, text):
        self.write(f"data {len(text.encode())}\n{text}\n")

    def person(self):
        seconds = END - SPAN + SPAN * self.number // self.commits
        return f"Dev {self.number % 7} <dev{self.number % 7}@example.org> {seconds} +0000"

    def time(self):
        seconds = END - SPAN + SPAN * self.number // self.commits
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))

    def commit(self, message, path, text):
        self.number += 1
        person = self.person()
        self.write(f"commit refs/heads/main\nauthor {person}\ncommitter {person}\n")
        self.data(message)
        self.write(f"M 100644 inline {path}\n")
        self.data(text)

    def release(self, version):
        self.commit(f"chore(release): {version}\n", "CHANGELOG.md", f"# Changelog\n\n## {version}\n\n- Fix\n")
        self.write(f"tag v{version}\nfrom refs/heads/main\ntagger {self.person()}\n")
        self.data(f"v{version}\n\nFix\n")


def make(out, texts, args):
    history = History(out, args.commits)
    history.commit("chore: begin\n", "tollgate.toml", CONFIGURATION)
    every = max(1, args.commits // args.tickets)
    released = (args.commits - UNRELEASED) // args.releases
    minor = 0
    for ticket in range(args.tickets):
        name, path = f"CHG-{ticket}", f"changes/t{ticket:06}.toml"
        text = varied(texts[ticket % len(texts)], ticket)
        for turn in range(every):
            code = f"src/{history.number % 50}.txt"
            if turn == 0:
                history.commit(f"docs: propose {name}\n", path, text)
            elif turn == every - 1 and every > 2:
                done = text.replace('state = "proposed"', 'state = "validating"', 1) + OUTCOME.format(history.time())
                history.commit(f"docs: deploy {name}\n", path, done)
            elif turn % 4 == 3:
                history.commit(f"chore: tidy {history.number}\n", code, str(history.number))
            else:
                message = f"fix: change {history.number}\n\nWhy it is changed.\n\nChange: {name}\n"
                history.commit(message, code, str(history.number))
            if history.number // released > minor and minor < args.releases:
                minor += 1
                history.release(f"0.{minor}.0")
    out.write(b"done\n")


def repository(args):
    name = f"reports-{args.tickets}-{args.commits}-{args.releases}"
    folder = os.path.join(ROOT, "target", "bench", name)
    if not os.path.isdir(folder):
        print(f"making {folder}", file=sys.stderr)
        making = folder + ".making"
        shutil.rmtree(making, ignore_errors=True)
        subprocess.run(["git", "init", "-q", "-b", "main", making], check=True)
        git = subprocess.Popen(["git", "-C", making, "fast-import", "--quiet", "--done"], stdin=subprocess.PIPE)
        make(git.stdin, texts_of([os.path.join(ROOT, "examples", "tickets")]), args)
        git.stdin.close()
        if git.wait() != 0:
            sys.exit("git fast-import failed")
        subprocess.run(["git", "-C", making, "reset", "--quiet", "--hard"], check=True)
        subprocess.run(["git", "-C", making, "pack-refs", "--all"], check=True)
        os.rename(making, folder)
    return folder


def measure(command, folder, runs):
    """The shortest wall clock and processor time in seconds, and the largest memory in MB; None if it fails."""
    walls, cpus, memory = [], [], 0
    for _ in range(runs):
        begun = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        walls.append(time.perf_counter() - begun)
        cpus.append(usage.ru_utime + usage.ru_stime)
        memory = max(memory, usage.ru_maxrss / 1000)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            return None
    return min(walls), min(cpus), memory


def commands(tool, args):
    middle = f"0.{args.releases // 2}.0"
    yield "`git log --format=%B`", ["git", "log", "--format=%B"]
    yield "`git log --name-only`", ["git", "log", "--name-only", "--format=%B"]
    for report in args.reports.split(","):
        command = [tool, "--now", NOW, "report", report]
        yield f"`report {report}`", command
        if report == "metrics":
            yield f"`report {report} v{middle}..`", [*command, f"v{middle}.."]
        elif report not in GENERAL:
            yield f"`report {report} v{middle}`", [*command, f"v{middle}"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tool", default=os.path.join(ROOT, "target", "release", "tollgate"))
    parser.add_argument("--tickets", type=int, default=10_000)
    parser.add_argument("--commits", type=int, default=100_000)
    parser.add_argument("--releases", type=int, default=200)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--reports", default=",".join(REPORTS))
    args = parser.parse_args()
    folder = repository(args)
    print("| command | s | CPU s | MB |")
    print("|---|--:|--:|--:|")
    for title, command in commands(os.path.abspath(args.tool), args):
        measured = measure(command, folder, args.runs)
        cells = "failed | – | –" if measured is None else "{:.2f} | {:.2f} | {:,.0f}".format(*measured)
        print(f"| {title} | {cells} |", flush=True)


if __name__ == "__main__":
    main()
