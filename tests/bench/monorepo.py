#!/usr/bin/env python3
"""Make a repository of many packages, and time all next versions beside one `git log --name-only` over it.

usage: monorepo.py make FOLDER [PACKAGES] [COMMITS]     50 packages and 100,000 commits where not said
       monorepo.py time TOLLGATE FOLDER [RUNS]          the least of RUNS each, 5 where not said

Every package has a few old versions; its last one lies between one and all of the commits back, so that the ranges of the
packages differ. One commit in twelve touches several packages, one in forty none, one in a hundred is a merge. The file
`packages.toml` beside the objects has the packages; every fifth depends on the one before it.
"""
import os
import random
import resource
import subprocess
import sys
import time

TYPES = ["feat"] * 20 + ["fix"] * 40 + ["docs"] * 15 + ["chore"] * 20 + ["perf"] * 5
FOLDERS = ["src", "src/api", "src/store", "tests", "docs"]
WORDS = "retry cache index token parser ledger shard queue replica cursor schema batch lease quorum digest span".split()


def history(packages, commits, out):
    """Write the history as a stream for git fast-import."""
    rng = random.Random(7)
    versions = {package: [1, 0, 0] for package in packages}
    # The first package was never released; the last one was just now.
    due = {int(commits * at / len(packages)): package for at, package in enumerate(packages) if at > 0}

    def data(text):
        body = text.encode()
        out.write(b"data %d\n%s\n" % (len(body), body))

    def commit(mark, message, parents, paths):
        out.write(b"commit refs/heads/main\nmark :%d\n" % mark)
        who = f"Dev {mark % 97} <dev{mark % 97}@example.org> {1_300_000_000 + mark * 600} +0000\n".encode()
        out.write(b"author " + who + b"committer " + who)
        data(message)
        for word, parent in zip(["from", "merge"], parents):
            out.write(f"{word} :{parent}\n".encode())
        for path in paths:
            out.write(f"M 100644 inline {path}\n".encode())
            data(str(mark))

    for mark in range(1, commits + 1):
        several = rng.randint(2, 5) if rng.random() < 1 / 12 else 1
        touched = rng.sample(packages, min(several, len(packages)))
        paths = [f"packages/{package}/{rng.choice(FOLDERS)}/f{rng.randrange(12)}.txt" for package in touched]
        if rng.random() < 1 / 40:
            paths = [f".ci/f{rng.randrange(9)}.txt"]
        message = f"{rng.choice(TYPES)}({touched[0]}): {' '.join(rng.choices(WORDS, k=5))} (#{mark})\n"
        if rng.random() < 0.5:
            message += "\n" + "\n".join(" ".join(rng.choices(WORDS, k=11)) for _ in range(rng.randint(1, 5))) + "\n"
        parents = [mark - 1] if mark > 1 else []
        if mark > 100 and rng.random() < 1 / 100:
            message, parents, paths = f"Merge branch 'x{mark}'\n", [mark - 1, mark - rng.randint(2, 9)], []
        commit(mark, message, parents, paths)
        for package in [due.get(mark), rng.choice(packages[1:]) if rng.random() < 0.01 and mark < commits / 50 else None]:
            if package:
                out.write(f"reset refs/tags/{package}-v{'.'.join(map(str, versions[package]))}\nfrom :{mark}\n".encode())
                versions[package][1] += 1
    out.write(b"done\n")


def make(folder, count, commits):
    packages = [f"p{number:02}" for number in range(count)]
    subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", folder], check=True)
    importer = subprocess.Popen(["git", "-C", folder, "fast-import", "--quiet", "--done"], stdin=subprocess.PIPE)
    history(packages, commits, importer.stdin)
    importer.stdin.close()
    if importer.wait() != 0:
        sys.exit("git fast-import failed")
    subprocess.run(["git", "-C", folder, "gc", "--quiet"], check=True)
    with open(os.path.join(folder, "packages.toml"), "w", encoding="utf-8") as config:
        for number, package in enumerate(packages):
            config.write(f'[[package]]\nname = "{package}"\npaths = ["packages/{package}/**"]\n')
            if number % 5 == 4:
                config.write(f'depends_on = ["{packages[number - 1]}"]\n')


def least(command, runs):
    """The least wall time of some runs, and the most memory of any child so far, in MB."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        times.append(time.perf_counter() - start)
    return min(times), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024


def compare(tool, folder, runs):
    config = os.path.abspath(os.path.join(folder, "packages.toml"))
    ours, memory = least([tool, "-C", folder, "--config", config, "next"], runs)
    git, _ = least(["git", "-C", folder, "log", "--name-only", "--format=%H"], runs)
    print(f"tollgate next      {ours:7.3f} s   {memory} MB")
    print(f"git log            {git:7.3f} s   --name-only")
    print(f"ratio              {ours / git:7.2f}")


def main():
    match sys.argv[1:]:
        case ["make", folder, *counts]:
            counts = [int(count) for count in counts]
            make(folder, *(counts + [50, 100_000][len(counts):]))
        case ["time", tool, folder, *runs]:
            compare(os.path.abspath(tool), folder, int(runs[0]) if runs else 5)
        case _:
            sys.exit(__doc__)


main()
