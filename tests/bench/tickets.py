#!/usr/bin/env python3
"""Measure what it costs to check change tickets, with all rules enabled.

usage: tickets.py [--tool PATH] [--baseline PATH] [--count 10000] [--templates FOLDER ...]
                  [--sizes 4,8,16,32,64,128,256] [--shapes NAME,NAME] [--runs 3] [--only one|many|shapes]
                  [--folder DIR] [--json FILE]

Tables in Markdown:

- one: a usual ticket, so mostly the start of the program.
- many: COUNT tickets in one repository. They are copies of the tickets in examples/tickets, or in the folders given with
  --templates. Each copy has its own id, title, services, and flag, so that rules that compare tickets work as usual.
- shapes: one ticket at a time, at every size in KiB. Each shape repeats one expensive thing: steps, lines, identifiers,
  code spans, dates, and so on. "growth" says how much more the last doubling of the size cost than the one before:
  about 2 is linear, 4 is quadratic.

Times are the shortest of all runs: wall clock and processor time of one and many, processor time of shapes. With
--baseline another program runs in turn with the tool, so that both meet the same load; "ratio" is the processor time of
the tool divided by that of the baseline. With --folder the repositories are kept for the next run.
"""
import argparse
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
NOW = "2026-11-27T12:00:00Z"
CHECK = ["check", "--statistics", "--extend-select", "toml/*,ticket/*,content/*,plan/*"]
# A growth above this is not linear, if the last doubling cost enough seconds to be measured well.
QUADRATIC, MEASURABLE = 3.0, 0.01
# No shape may take longer, in seconds.
LIMIT = 0.1
TEMPLATES = [os.path.join(ROOT, "examples", "tickets")]

HEAD = """title = "Raise the billing-api Postgres pool from 20 to 40 connections"
state = "proposed"
justification = "Checkout times out at the 18:00 peak: about 2% of orders fail"
services = ["billing-api"]
"""
DEPLOYMENT = 'deployment = ["Merge #12; the pipeline applies `k8s/pool.yaml`"]\n'
ROLLBACK = 'rollback = ["Re-apply `k8s/pool-20.yaml`; `GET /health` returns pool=20"]\n'
VALIDATION = 'validation = ["`GET /health` returns pool=40 on every instance"]\n'


def repeated(size, pattern):
    """The pattern with running numbers, repeated up to a size in bytes."""
    parts, length, number = [], 0, 0
    while length < size:
        part = pattern(number)
        parts.append(part)
        length += len(part.encode())
        number += 1
    return "".join(parts)


def ticket(deployment=DEPLOYMENT, rollback=ROLLBACK, validation=VALIDATION, rest=""):
    return HEAD + deployment + rollback + validation + rest


def one_step(pattern, key="deployment"):
    """A ticket with one huge step in a section."""
    return lambda size: ticket(**{key: f"{key} = ['''\n{repeated(size, pattern)}''']\n"})


def many_steps(pattern, *keys):
    """A ticket with many short steps in each section."""
    def build(size):
        def section(key):
            steps = repeated(size // len(keys), lambda number: f"  '''{pattern(number)}''',\n")
            return f"{key} = [\n{steps}]\n"

        return ticket(**{key: section(key) for key in keys})

    return build


def rest(pattern):
    """A ticket with something repeated at its end."""
    return lambda size: ticket(rest=repeated(size, pattern))


def in_list(key, pattern):
    return lambda size: ticket(rest=f"{key} = [\n{repeated(size, pattern)}]\n")


def title(size):
    return ticket().replace("Raise the", "Raise the " + repeated(size, lambda n: f"pool-{n} from {n + 20} to {n + 40}, "))


def prose(number):
    words = "the pool of every instance is raised before peak traffic returns and requests wait for connections"
    return f"{words}, so {number} of them time out. Then we verify that `GET /health/{number}` returns {number}.\n"


# Text that makes the reading of values, commands, and so on do the most work.
SHAPES = {
    "one step of prose": one_step(prose),
    "one validation of prose": one_step(prose, "validation"),
    "one rollback of prose": one_step(prose, "rollback"),
    "one line of words": one_step(lambda n: f"word{n} of the list "),
    "one line of identifiers": one_step(lambda n: f"billing-api-{n} "),
    "one line without spaces": one_step(lambda n: "a"),
    "one line of hyphens": one_step(lambda n: "a-"),
    "one line of underscores": one_step(lambda n: "_"),
    "code spans": one_step(lambda n: f"`c{n}` "),
    "unclosed marks": one_step(lambda n: "`" * (n % 7 + 1) + "a"),
    "quotations": one_step(lambda n: f'"q{n}" '),
    "open quotations": one_step(lambda n: "“"),
    "commands": one_step(lambda n: f"`kubectl -n shop delete pvc data-{n}`; "),
    "one long command": one_step(lambda n: f"--o{n}=v{n} a{n} "),
    "pipes": one_step(lambda n: "a|"),
    "assignments": one_step(lambda n: f"`pool.size{n}={n + 10}` "),
    "equals signs": one_step(lambda n: "a="),
    "colons": one_step(lambda n: ": "),
    "dates": one_step(lambda n: f"{2020 + n % 9}-{n % 12 + 1:02}-{n % 28 + 1:02} "),
    "dates in words": one_step(lambda n: f"Monday, {n % 28 + 1} December 2026, "),
    "weekdays": one_step(lambda n: "mon "),
    "times": one_step(lambda n: f"{n % 24:02}:{n % 60:02} "),
    "numbers": one_step(lambda n: f"{n + 10} "),
    "numbers with units": one_step(lambda n: f"{n + 10} ms, "),
    "digits": one_step(lambda n: "1"),
    "commas and digits": one_step(lambda n: "1,000"),
    "versions": one_step(lambda n: f"from 1.{n}.0 to 1.{n + 1}.0, "),
    "dots": one_step(lambda n: "1."),
    "from and to": one_step(lambda n: "from to "),
    "spaces": one_step(lambda n: " "),
    "line ends": one_step(lambda n: "\n"),
    "sentences": one_step(lambda n: f"Set {n + 10}. "),
    "questions": one_step(lambda n: "Which? "),
    "links": one_step(lambda n: f"https://git.example.com/a/b/{n} "),
    "colon slash slash": one_step(lambda n: "a://"),
    "at signs": one_step(lambda n: f"a{n}@b.example "),
    "angle brackets": one_step(lambda n: "<a"),
    "brackets": one_step(lambda n: "["),
    "regions": one_step(lambda n: "eu-west-1 us-east-2 "),
    "environments": one_step(lambda n: "`--env prod` `--env staging` "),
    "deletions": one_step(lambda n: f"Delete bucket cb-art-{n}. "),
    "drop table": one_step(lambda n: f"`DROP TABLE orders_{n};` "),
    "backups": one_step(lambda n: f"Restore the backup of db-{n} from s3://b/{n}. "),
    "placeholders": one_step(lambda n: "TODO tbd xxx "),
    "template variables": one_step(lambda n: "{{a}} ${B} "),
    "secrets": one_step(lambda n: f"password=Xk9{n}qLz7Rt2 "),
    "base64": one_step(lambda n: "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo"),
    "capitals": one_step(lambda n: f"POOL_SIZE_{n} "),
    "other scripts": one_step(lambda n: "更新版本，"),
    "accents": one_step(lambda n: "für é ñ "),
    "hidden characters": one_step(lambda n: "a\u200b"),
    "apostrophes": one_step(lambda n: "don’t "),
    "short steps": many_steps(lambda n: f"Do x{n}", "deployment"),
    "short rollbacks": many_steps(lambda n: f"Undo x{n}", "rollback"),
    "short validations": many_steps(lambda n: f"See x{n}", "validation"),
    "equal steps": many_steps(lambda n: "Restart `billing-api`", "deployment"),
    "steps everywhere": many_steps(lambda n: f"Set `pool-{n}` to {n + 10}", "deployment", "rollback", "validation"),
    "steps with commands": many_steps(lambda n: f"`kubectl delete pvc data-{n}`", "deployment", "rollback"),
    "steps with deletions": many_steps(lambda n: f"Delete bucket cb-{n:05}", "deployment", "rollback", "validation"),
    "steps that create": many_steps(lambda n: f"Create table `orders_{n}`", "deployment", "rollback"),
    "steps with dates": many_steps(lambda n: f"Wait until {n % 28 + 1} Dec 2026", "deployment"),
    "steps with values": many_steps(lambda n: f"Raise pool_{n} from {n + 20} to {n + 40}", "deployment", "rollback"),
    "steps with code": many_steps(lambda n: f"`a-{n}` `b-{n}`", "deployment", "rollback", "validation"),
    "steps with backups": many_steps(lambda n: f"Back up db-{n}; restore db-{n + 1}", "deployment", "rollback"),
    "steps that wait": many_steps(lambda n: f"Wait {n} minutes for `x-{n}`", "deployment", "validation"),
    "empty steps": many_steps(lambda n: "", "deployment"),
    "title": title,
    "description": lambda size: ticket(rest=f"description = '''\n{repeated(size, prose)}'''\n"),
    "description of values": lambda size: ticket(
        rest=f"description = '''\n{repeated(size, lambda n: f'x-{n} from {n + 20} to {n + 40}. ')}'''\n"),
    "services": lambda size: ticket().replace('"billing-api"]', repeated(size, lambda n: f'"s-{n}", ') + "]"),
    "environments list": in_list("environments", lambda n: f'"e-{n}",\n'),
    "dependencies": in_list("depends_on", lambda n: f'"CHG-{n}",\n'),
    "list of links": in_list("links", lambda n: f'"https://git.example.com/{n}",\n'),
    "step tables": lambda size: ticket(deployment="", rest=repeated(
        size, lambda n: f'[[deployment.steps]]\ndo = "Set x-{n}"\nrun = "set {n}"\nundo = "unset {n}"\ntakes = "5m"\n')),
    "stages": lambda size: ticket(deployment="", rest='[deployment]\nsteps = ["Set `a.b`"]\n' + repeated(
        size, lambda n: f'[[deployment.stages]]\nshare = {n % 100}\nfor = "1d"\nabort_when = "errors above {n}"\n')),
    "approvals": rest(lambda n: f'[[approvals]]\nby = "p{n}@example.com"\ndecision = "approve"\n'),
    "notes": rest(lambda n: f'[[notes]]\nby = "p{n}@example.com"\ntext = "Note {n}"\n'),
    "unknown keys": rest(lambda n: f"key{n} = 1\n"),
    "unknown tables": rest(lambda n: f"[t{n}]\na = 1\n"),
    "deep tables": lambda size: ticket(rest=repeated(size, lambda n: f"[a{n}.{'.'.join('b' * 60)}]\n")),
    "dotted keys": rest(lambda n: f"k{n}.{'.'.join('b' * 60)} = 1\n"),
    "inline tables": in_list("notes", lambda n: f"{{ by = 'p{n}', text = 'n' }},\n"),
    "nested lists": in_list("x", lambda n: "[[[[[1]]]]],\n"),
    "comments": rest(lambda n: "# a\n"),
    "suppressions": rest(lambda n: "# tollgate: ignore[content/vague-step] because it is short\n"),
    "blank lines": rest(lambda n: "\n"),
    "syntax errors": rest(lambda n: "= \n"),
    "escapes": lambda size: ticket(deployment='deployment = ["' + repeated(size, lambda n: "\\u0041 ") + '"]\n'),
    "indexes": many_steps(lambda n: f"`DROP INDEX i_{n}`; `CREATE INDEX j_{n} ON t_{n}`", "deployment"),
    "equal deletions": many_steps(lambda n: f"Revoke the old x{n}; use the old x{n}", "deployment", "rollback"),
    "one step uses what many delete": lambda size: ticket(
        deployment="deployment = [\n" + repeated(size // 2, lambda n: f"  'Delete bucket cb-{n:05}',\n")
        + f"  '{repeated(size // 2, lambda n: f'copy cb-{n:05} ')}',\n]\n"),
    "time to live": many_steps(lambda n: f"Lower the record of a{n}.example.com, lower TTL", "deployment"),
    "restores": one_step(lambda n: "restore the ", "rollback"),
    "statements": one_step(lambda n: "`alter table a add b`; "),
    "statement in parts": one_step(lambda n: "alter table drop index "),
    "title and justification": lambda size: title(size // 2).replace("Checkout times", repeated(
        size // 2, lambda n: f"word{n} ") + "Checkout times"),
    "description and steps": lambda size: ticket(
        deployment=f"deployment = ['{repeated(size // 2, lambda n: f'step{n} ')}']\n",
        rest=f"description = '{repeated(size // 2, lambda n: f'Word{n} ')}'\n"),
    "new value in the rollback": one_step(lambda n: "no =40 ", "rollback"),
    "quoted questions": one_step(lambda n: f'"should we {n}? ', "rollback"),
    "downtime": one_step(lambda n: "no downtime "),
    "absences": lambda size: ticket(rest=f"assignee = 'Petra Berg'\ndescription = '{repeated(size, lambda n: 'unavailable ')}'\n"),
    "dates of expiry": lambda size: ticket(
        rest="schedule = { start = 2026-12-09T10:00:00Z, end = 2026-12-09T11:00:00Z }\n"
        + f"description = '{repeated(size, lambda n: f'läuft ab, expires 9 Dec {2027 + n % 9}. ')}'\n"),
    "random words and accents": lambda size: ticket(
        deployment=f"deployment = ['''{shuffled(size, 'für été año “ ” don’t → ')}''']\n"),
    "random words": lambda size: ticket(deployment=f"deployment = ['''{shuffled(size)}''']\n"),
}


def shuffled(size, more=""):
    rng = random.Random(1)
    words = ("the a pool from to 20 40 1.2.3 billing-api `kubectl apply` 2026-12-09 Monday prod delete table backup restore "
             "verify wait until ; , . : \" https://a.example/b --env staging eu-west-1 not no if TODO 5 ms 30%").split() + more.split()
    return repeated(size, lambda _: rng.choice(words) + " ")


def varied(text, number):
    """A copy of a ticket with its own id, title, services, and flag."""
    text = re.sub(r'^id = ".*"\n', "", text, flags=re.M)
    names = re.search(r"^services = \[([^\]]*)\]", text, flags=re.M)
    names = re.findall(r'"([^"]+)"', names.group(1)) if names else []
    names += re.findall(r'^key = "([^"]+)"', text, flags=re.M)
    for name in sorted(set(names), key=len, reverse=True):
        text = re.sub(rf"(?<![\w-]){re.escape(name)}(?![\w-])", f"{name}-{number}", text)
    text = re.sub(r'^(title = ".*)"$', rf'\1 in cell {number}"', text, flags=re.M)
    return f'id = "CHG-{number}"\n{text}'


def repository(folder):
    subprocess.run(["git", "init", "--quiet", "--initial-branch=main", folder], check=True)
    os.makedirs(os.path.join(folder, "changes"))
    write(folder, "tollgate.toml", "")


def write(folder, name, text):
    with open(os.path.join(folder, name), "w", encoding="utf-8", newline="") as out:
        out.write(text)


def texts_of(templates):
    texts = []
    for place in templates:
        for name in sorted(os.listdir(place)):
            if name.endswith(".toml"):
                with open(os.path.join(place, name), encoding="utf-8") as file:
                    texts.append(file.read())
    return texts


def make_many(folder, templates, count):
    repository(folder)
    texts = texts_of(templates)
    for number in range(count):
        write(folder, f"changes/t{number:06}.toml", varied(texts[number % len(texts)], number))


class Cost:
    """The shortest wall clock and processor time in seconds, and the largest memory in MB, of some runs."""

    def __init__(self):
        self.wall, self.processor, self.memory = float("inf"), float("inf"), 0

    def add(self, tool, folder, arguments):
        begun = time.perf_counter()
        process = subprocess.Popen([tool, "--now", NOW, *arguments], cwd=folder, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        took = time.perf_counter() - begun
        self.wall = min(self.wall, took)
        self.processor = min(self.processor, usage.ru_utime + usage.ru_stime)
        self.memory = max(self.memory, usage.ru_maxrss / 1000)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in (0, 1):
            sys.exit(f"`{' '.join(arguments)}` in {folder} failed with exit code {process.returncode}")
        return took


def measure(tools, folder, arguments, runs):
    """The cost of each tool. They run in turn, so that all of them meet the same load."""
    costs = [Cost() for _ in tools]
    for _ in range(runs):
        took = sum(cost.add(tool, folder, arguments) for tool, cost in zip(tools, costs))
        if took > 5 * len(tools):
            break
    return costs


def ratio(costs):
    """The processor time of the tool divided by that of the baseline."""
    return f"{costs[0].processor / costs[1].processor:.2f}" if len(costs) > 1 else "–"


def whole(name, tools, folder, runs, results):
    """One row for each tool that checks all tickets of a repository."""
    costs = measure(tools, folder, [*CHECK, "changes"], runs)
    print(f"| {name} | ms | processor ms | MB | ratio |\n|---|--:|--:|--:|--:|")
    for label, cost in zip(["tool", "baseline"], costs):
        shown = ratio(costs) if label == "tool" else "1"
        print(f"| {label} | {cost.wall * 1000:,.1f} | {cost.processor * 1000:,.1f} | {cost.memory:,.0f} | {shown} |")
    print(flush=True)
    results[name] = {"seconds": costs[0].wall, "processor": costs[0].processor, "megabytes": costs[0].memory}


def one(args, tools, folder, results):
    where = os.path.join(folder, "one")
    if not os.path.exists(where):
        make_many(where, args.templates or TEMPLATES, 1)
    whole("one ticket", tools, where, 7 * args.runs, results)


def many(args, tools, folder, results):
    where = os.path.join(folder, f"many-{args.count}")
    if not os.path.exists(where):
        make_many(where, args.templates or TEMPLATES, args.count)
    whole(f"{args.count:,} tickets", tools, where, args.runs + 1, results)


def growth(times):
    """How much more the last doubling cost than the one before, if it cost enough to tell."""
    if len(times) < 3 or times[-1] - times[-2] < MEASURABLE:
        return None
    return (times[-1] - times[-2]) / max(times[-2] - times[-3], MEASURABLE / 10)


def sweep(args, tools, folder, results):
    where = os.path.join(folder, "shapes")
    if not os.path.exists(where):
        repository(where)
    write(where, "changes/t.toml", ticket())
    check = [*CHECK, "changes/t.toml"]
    start = measure(tools[:1], where, check, 2 * args.runs)[0].processor
    sizes = [int(size) for size in args.sizes.split(",")]
    wanted = [name for name in args.shapes.split(",") if name]
    print(f"Start of the program and a usual ticket, subtracted below: {start * 1000:.1f} ms\n")
    print("| shape | " + " | ".join(f"{size} KiB" for size in sizes) + " | µs per KiB | growth | MB | ratio | |")
    print("|---|" + "--:|" * (len(sizes) + 4) + "---|")
    for name, build in SHAPES.items():
        if wanted and not any(part in name for part in wanted):
            continue
        times, costs = [], []
        for size in sizes:
            # Without the rest of the ticket the text would be larger than a ticket may be.
            write(where, "changes/t.toml", build(size * 1024 - 900 if size > 2 else 1024))
            costs = measure(tools, where, check, args.runs)
            times.append(costs[0].processor - start)
        last = growth(times)
        marks = ["not linear"] if last and last > QUADRATIC else []
        marks += ["too slow"] if times[-1] > LIMIT else []
        memory = costs[0].memory
        results[name] = {"sizes": sizes, "seconds": times, "megabytes": memory, "growth": last}
        cells = " | ".join(f"{took * 1000:.1f}" for took in times)
        print(f"| {name} | {cells} | {times[-1] * 1e6 / sizes[-1]:.0f} | {f'{last:.1f}' if last else '–'} | {memory:.0f} "
              f"| {ratio(costs)} | {', '.join(marks)} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tool", default=os.path.join(ROOT, "target", "release", "tollgate"))
    parser.add_argument("--baseline")
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--templates", nargs="*", default=[])
    parser.add_argument("--sizes", default="4,8,16,32,64,128,256")
    parser.add_argument("--shapes", default="")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", choices=["one", "many", "shapes"])
    parser.add_argument("--folder")
    parser.add_argument("--json")
    args = parser.parse_args()
    tools = [os.path.abspath(tool) for tool in [args.tool, args.baseline] if tool]
    folder = args.folder or tempfile.mkdtemp()
    results = {}
    for name, table in [("one", one), ("many", many), ("shapes", sweep)]:
        if args.only in (None, name):
            table(args, tools, folder, results)
    if not args.folder:
        shutil.rmtree(folder)
    if args.json:
        with open(args.json, "w", encoding="utf-8") as out:
            json.dump(results, out, indent=1)


if __name__ == "__main__":
    main()
