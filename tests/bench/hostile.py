#!/usr/bin/env python3
"""Measure what a hostile or very large branch costs: build each case, run the tool, print a table of time and memory.

usage: hostile.py TOLLGATE [--cases NAME,NAME] [--folder DIR] [--timeout SECONDS] [--json FILE]

Each case is built twice, once at half its size, to show the growth: about 2 is linear, 4 quadratic. Time is processor
time of the process and its children. A case over a limit ends with exit code 2 and the message of that limit. The address
space of the tool is limited to 3 GB, so that a case that takes more is aborted instead of taking the machine with it.

With --folder the repositories are built in DIR and kept for the next run.
"""
import argparse
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time

TICKET = """id = "{id}"
title = "Raise the billing-api Postgres pool from 20 to 40 connections"
state = "proposed"
justification = "Checkout times out at the 18:00 peak: about 2% of orders fail"
deployment = ["Merge #12; the pipeline applies `k8s/pool.yaml`"]
rollback = ["Re-apply `k8s/pool-20.yaml`; `GET /health` returns pool=20"]
validation = ["`GET /health` returns pool=40 on every instance"]
"""

POLICY = """[[policy]]
name = "code"
paths = ["src/**"]
"""

NOW = "2026-11-27T12:00:00Z"


class Import:
    """A stream for git fast-import."""

    def __init__(self, folder):
        self.folder = folder
        subprocess.run(["git", "init", "--quiet", "--initial-branch=main", folder], check=True)
        self.process = subprocess.Popen(["git", "-C", folder, "fast-import", "--quiet", "--done"], stdin=subprocess.PIPE)
        self.out = self.process.stdin
        self.marks = 0
        self.second = 1_790_000_000
        self.tips = {}

    def data(self, body):
        body = body.encode() if isinstance(body, str) else body
        self.out.write(b"data %d\n%s\n" % (len(body), body))

    def blob(self, body):
        self.marks += 1
        self.out.write(b"blob\nmark :%d\n" % self.marks)
        self.data(body)
        return self.marks

    def commit(self, branch, message, files=(), start=None, author="Dev <dev@example.org>"):
        """A commit with files, each a path with bytes or with the mark of a blob."""
        self.marks += 1
        self.second += 60
        self.out.write(f"commit refs/heads/{branch}\nmark :{self.marks}\n".encode())
        for who in ("author", "committer"):
            self.out.write(f"{who} {author} {self.second} +0000\n".encode())
        own = self.marks
        self.data(message)
        parent = self.tips.get(branch, start)
        if parent:
            self.out.write(f"from :{parent}\n".encode())
        for path, body in files:
            if isinstance(body, int):
                self.out.write(f"M 100644 :{body} {path}\n".encode())
            else:
                self.out.write(f"M 100644 inline {path}\n".encode())
                self.data(body)
        self.tips[branch] = own
        return own

    def tag(self, name, mark):
        self.out.write(f"reset refs/tags/{name}\nfrom :{mark}\n\n".encode())

    def finish(self, head="main"):
        self.out.write(b"done\n")
        self.out.close()
        if self.process.wait() != 0:
            sys.exit("git fast-import failed")
        subprocess.run(["git", "-C", self.folder, "symbolic-ref", "HEAD", f"refs/heads/{head}"], check=True)
        subprocess.run(["git", "-C", self.folder, "config", "user.name", "Dev"], check=True)
        subprocess.run(["git", "-C", self.folder, "config", "user.email", "dev@example.org"], check=True)


def base(repo, config=POLICY, files=()):
    mark = repo.commit("main", "feat: begin\n", [("tollgate.toml", config), ("src/a.rs", "a"), *files])
    repo.tag("v1.0.0", mark)
    return mark


GATE = ["gate", "--base", "main", "--head", "branch"]


def deep(folder, depth, count=12):
    """Tickets below many folders."""
    repo = Import(folder)
    start = base(repo)
    path = "changes/" + "d/" * depth
    files = [(f"{path}t{n}.toml", TICKET.format(id=f"T-{n}")) for n in range(count)]
    repo.commit("branch", "feat: x\n\nChange: T-1\n", [*files, ("src/a.rs", "b")], start)
    repo.finish("branch")


def deeper(folder, depth):
    deep(folder, depth, 1)


def unknown_ids(folder, ids, tickets=300):
    """Commits that name tickets that do not exist."""
    repo = Import(folder)
    start = base(repo, files=[(f"changes/t{n}.toml", TICKET.format(id=f"T-{n}")) for n in range(tickets)])
    left = ids
    while left > 0:
        here = min(left, 50)
        trailers = "".join(f"Change: UNKNOWN-{left - n}\n" for n in range(here))
        repo.commit("branch", f"feat: x {left}\n\n{trailers}", [("src/a.rs", str(left))], start)
        left -= here
    repo.finish("branch")


def co_authors(folder, authors, commits=20):
    """Commits with many co-authors, and a ticket with an approval."""
    repo = Import(folder)
    approved = TICKET.format(id="T-1") + (
        '\n[[approvals]]\nby = "kim@example.com"\ndecision = "approve"\nat = 2026-11-26T12:00:00Z\n'
        f'digest = "sha256:{"0" * 64}"\n'
    )
    config = POLICY + "\n[approvals]\n"
    start = base(repo, config)
    for number in range(commits):
        trailers = "".join(f"Co-authored-by: P{n} <p{number}-{n}@example.org>\n" for n in range(authors))
        files = [("src/a.rs", str(number)), ("changes/t.toml", approved + f"# {number}\n")]
        repo.commit("branch", f"feat: x\n\nChange: T-1\n{trailers}", files, start)
    repo.finish("branch")


def many_commits(folder, commits):
    """A branch of many commits, each with a file of its own."""
    repo = Import(folder)
    start = base(repo)
    for number in range(commits):
        repo.commit("branch", f"feat: x {number}\n", [(f"src/m{number % 100}/f.rs", str(number))], start)
    repo.finish("branch")


def one_blob(folder, names, size=250_000):
    """One large ticket under many names."""
    repo = Import(folder)
    start = base(repo)
    mark = repo.blob("x = [" + "1," * ((size - 10) // 2) + "]\n")
    repo.commit("branch", "feat: x\n", [(f"changes/t{n}.toml", mark) for n in range(names)], start)
    repo.finish("branch")


def one_file(folder, size):
    """One large file with a ticket's name, under forty names."""
    repo = Import(folder)
    start = base(repo)
    mark = repo.blob("#" * size)
    repo.commit("branch", "feat: x\n", [(f"changes/t{n}.toml", mark) for n in range(40)], start)
    repo.finish("branch")


def returns(folder, size):
    """A ticket of carriage returns."""
    repo = Import(folder)
    start = base(repo)
    repo.commit("branch", "feat: x\n", [("changes/t.toml", b"\r" * size)], start)
    repo.finish("branch")
    os.makedirs(f"{folder}/changes")
    with open(f"{folder}/changes/t.toml", "wb") as out:
        out.write(b"\r" * size)


def folder_of_tickets(folder, tickets):
    """An honest repository of many tickets in one folder."""
    repo = Import(folder)
    files = [(f"changes/t{n:05}.toml", TICKET.format(id=f"T-{n}")) for n in range(tickets)]
    start = base(repo, files=files)
    edited = TICKET.format(id="T-1").replace("2%", "3%")
    repo.commit("branch", "feat: x\n\nChange: T-1\n", [("src/a.rs", "b"), ("changes/t00001.toml", edited)], start)
    repo.finish("branch")


def added_tickets(folder, tickets, config=POLICY):
    """A branch that adds many tickets at once."""
    repo = Import(folder)
    start = base(repo, config)
    files = [(f"changes/t{n:05}.toml", TICKET.format(id=f"T-{n}")) for n in range(tickets)]
    repo.commit("branch", "feat: x\n", [("src/a.rs", "b"), *files], start)
    repo.finish("branch")


def approved_tickets(folder, tickets):
    """The same where the base requires approvals."""
    added_tickets(folder, tickets, POLICY + "\n[approvals]\n")


def ticket_each(folder, tickets):
    """A branch of many commits that add a ticket each."""
    repo = Import(folder)
    start = base(repo)
    for n in range(tickets):
        files = [("src/a.rs", str(n)), (f"changes/t{n:05}.toml", TICKET.format(id=f"T-{n}"))]
        repo.commit("branch", f"feat: x {n}\n\nChange: T-{n}\n", files, start)
    repo.finish("branch")


# Templates, by what they try; SIZE is how far they go.
TEMPLATES = {
    "double": '{% set ns = namespace(s="x") %}{% for i in range(SIZE) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}{{ ns.s|length }}',
    "double-all": '{% set ns = namespace(s="x") %}{% for i in range(SIZE) %}{% set ns.s = ns.s ~ ns.s %}{{ ns.s }}{% endfor %}',
    "indent": '{% set s = "x\\n" * 1000 %}{{ s|indent(SIZE) }}',
    "slice": "{{ range(100)|list|slice(SIZE)|list|length }}",
    "nesting": lambda size: "{% if 1 %}" * size + "{% endif %}" * size,
    "parentheses": lambda size: "{{ " + "(" * size + "1" + ")" * size + " }}",
    "lists": lambda size: "{{ " + "[" * size + "1" + "]" * size + " }}",
    "macro": "{% macro m(n) %}{{ m(n) }}{% endmacro %}{{ m(1) }}",
    "repeat": '{{ "x" * SIZE }}',
    "list-repeat": "{{ ([1] * SIZE)|length }}",
    "join": '{{ range(10000)|join("x" * SIZE)|length }}',
    "replace": '{{ ("x" * 10000)|replace("x", "y" * SIZE)|length }}',
    "batch": "{{ range(100)|batch(SIZE, 1)|list|length }}",
    "center": '{{ "%*d"|format(SIZE, 1) }}',
    "capture": "{% set s %}" + "x" * 200_000 + "{% endset %}{% set t %}{% for i in range(SIZE) %}" + "y" * 40_000 + "{% endfor %}{% endset %}{{ t|length }}",
    "escape": lambda size: '{{ "\\\\" ' + "|markdown" * size + " }}",
    "add": lambda size: '{% set s = "x" %}' + "{% set s = s + s %}" * size + "{{ s|length }}",
}


def templates(kind):
    def build(folder, size):
        text = TEMPLATES[kind](size) if callable(TEMPLATES[kind]) else TEMPLATES[kind].replace("SIZE", str(size))
        repo = Import(folder)
        base(repo, '[changelog]\nstyle = "template"\ntemplate = "t.jinja"\n', [("t.jinja", text)])
        repo.finish()
        for name, body in [("tollgate.toml", '[changelog]\nstyle = "template"\ntemplate = "t.jinja"\n'), ("t.jinja", text)]:
            with open(f"{folder}/{name}", "w", encoding="utf-8") as out:
                out.write(body)

    return build


def changelog(folder, size):
    """A very large changelog."""
    repo = Import(folder)
    base(repo)
    repo.finish()
    line = "- An entry of an old release, as long as entries are, more or less\n"
    with open(f"{folder}/CHANGELOG.md", "w", encoding="utf-8") as out:
        out.write("# Changelog\n\n## 0.9.0\n\n")
        for _ in range(size // len(line) // 1000):
            out.write(line * 1000)


def unclosed_tags(folder, size):
    """A line of a changelog with as many tags that are never closed."""
    repo = Import(folder)
    base(repo)
    repo.finish()
    with open(f"{folder}/CHANGELOG.md", "w", encoding="utf-8") as out:
        out.write("# Changelog\n\n" + "<" * size + "\n")


CASES = {
    "deep tickets": (deep, 1000, GATE),
    "deep tickets, release": (deep, 1000, ["release"]),
    "deeper ticket": (deeper, 60_000, GATE),
    "deeper ticket, release": (deeper, 60_000, ["release"]),
    "unknown ids": (unknown_ids, 4500, GATE),
    "co-authors": (co_authors, 14_000, GATE),
    "co-authors, release": (co_authors, 14_000, ["release"]),
    "commits": (many_commits, 49_000, GATE),
    "commits, release": (many_commits, 49_000, ["release"]),
    "one blob, many names": (one_blob, 400, GATE),
    "large file": (one_file, 60_000_000, GATE),
    "carriage returns": (returns, 250_000, GATE),
    "carriage returns, check": (returns, 250_000, ["check"]),
    "9,000 tickets": (folder_of_tickets, 9000, GATE),
    "9,000 tickets, release": (folder_of_tickets, 9000, ["release"]),
    "9,000 added tickets": (added_tickets, 9000, GATE),
    "9,000 added tickets, release": (added_tickets, 9000, ["release"]),
    "9,000 tickets to approve": (approved_tickets, 9000, GATE),
    "9,000 tickets to approve, release": (approved_tickets, 9000, ["release"]),
    "commits and tickets": (ticket_each, 9000, GATE),
    "commits and tickets, release": (ticket_each, 9000, ["release"]),
    "unclosed tags": (unclosed_tags, 800_000, ["changelog", "--write"]),
    "changelog of 1 GB": (changelog, 1_000_000_000, ["changelog", "--write"]),
}
for kind, size in [("double", 40), ("double-all", 26), ("indent", 10_000_000), ("slice", 200_000_000), ("nesting", 12_000),
                   ("parentheses", 100_000), ("lists", 100_000), ("macro", 1), ("repeat", 2_000_000_000),
                   ("list-repeat", 500_000_000), ("join", 1_000_000), ("replace", 1_000_000), ("batch", 500_000_000),
                   ("center", 2_000_000_000), ("capture", 100_000), ("escape", 30), ("add", 34)]:
    CASES[f"template: {kind}"] = (templates(kind), size, ["changelog"])


def run(tool, folder, arguments, timeout):
    """Time in seconds, memory in MB, exit code and the first line of what was said."""
    with tempfile.TemporaryFile() as out:
        started = time.monotonic()
        process = subprocess.Popen([tool, "--now", NOW, *arguments], cwd=folder, stdout=subprocess.DEVNULL, stderr=out,
                                   preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30)))
        ended = False
        while time.monotonic() - started < timeout:
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            if pid:
                ended = True
                break
            time.sleep(0.005)
        if not ended:
            process.send_signal(signal.SIGKILL)
            _, status, usage = os.wait4(process.pid, 0)
        out.seek(0)
        said = out.read(400).decode(errors="replace").splitlines()
    code = os.waitstatus_to_exitcode(status) if ended else "timeout"
    return {"time": usage.ru_utime + usage.ru_stime, "memory": usage.ru_maxrss / 1024, "code": code,
            "said": said[0] if said else ""}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tool")
    parser.add_argument("--cases", default="")
    parser.add_argument("--folder", default=None)
    parser.add_argument("--timeout", type=float, default=120)
    parser.add_argument("--json")
    args = parser.parse_args()
    tool = os.path.abspath(args.tool)
    folder = args.folder or tempfile.mkdtemp()
    wanted = [name for name in args.cases.split(",") if name]
    results = {}
    print(f"{'case':32} {'half s':>8} {'whole s':>8} {'growth':>7} {'MB':>8}  exit")
    for name, (build, size, arguments) in CASES.items():
        if wanted and not any(part in name for part in wanted):
            continue
        measured = []
        for part in (size // 2, size):
            where = os.path.join(folder, f"{build.__name__}-{name.split(':')[-1].strip()}-{part}".replace(" ", "_"))
            if not os.path.exists(where):
                build(where, part)
            measured.append(run(tool, where, arguments, args.timeout))
            if not args.folder:
                shutil.rmtree(where)
        half, whole = measured
        growth = whole["time"] / max(half["time"], 0.001)
        results[name] = measured
        print(f"{name:32} {half['time']:8.2f} {whole['time']:8.2f} {growth:7.1f} {whole['memory']:8.0f}  "
              f"{whole['code']} {whole['said'][:100]}", flush=True)
    if args.json:
        with open(args.json, "w", encoding="utf-8") as out:
            json.dump(results, out, indent=1)


if __name__ == "__main__":
    main()
