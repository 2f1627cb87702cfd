#!/usr/bin/env python3
"""Writes made-up rows, to measure the questions on as many tickets as an organisation has.

    python3 generate.py data --repositories 5000 --tickets 1000000

The same arguments give the same rows.
"""

import argparse
import datetime
import json
import pathlib
import random

START = datetime.datetime(2024, 1, 1, tzinfo=datetime.timezone.utc)
DAYS = 1000
RISKS = ["low", "medium", "high", "critical"]
RESULTS = ["successful", "with-issues", "rolled-back", "failed", None]
IGNORED = [
    "the person wrote commits of the change",
    "it approves a different version of the plan",
    "evidence `signed` is required",
]


def instant(at):
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def made_up_ticket(rng, repository, release, tagged, number):
    """A ticket of a release, and its approvals."""
    risk = rng.choices(RISKS, [60, 28, 11, 1])[0]
    window = tagged + datetime.timedelta(minutes=rng.randrange(0, 2880))
    deployed = window + datetime.timedelta(minutes=rng.randrange(5, 70))
    result = rng.choices(RESULTS, [88, 5, 3, 1, 3])[0]
    approval = rng.choices(["approved", "not-approved", "not-required"], [90, 2, 8])[0]
    flag = rng.random() < 0.05
    rehearsed = repository % 11 != 0 and rng.random() < 0.3
    ticket = {
        "repository": f"team-{repository % 300}/service-{repository}",
        "commit": f"{rng.getrandbits(160):040x}",
        "release": release,
        "ticket": f"change-{number}",
        "title": f"Change number {number}",
        "kind": "emergency" if rng.random() < 0.01 else "normal",
        "state": "closed",
        "risk": risk,
        "risk_declared": risk if rng.random() < 0.97 else "low",
        "risk_computed": risk if risk != "critical" else "high",
        "services": [f"service-{repository}", f"shared-{rng.randrange(400)}"],
        "approval": approval,
        "approval_now": None,
        "released_as_approved": None if approval != "approved" else rng.random() > 0.001,
        "flag": f"flag-{number}" if flag else None,
        "flag_owner": f"person-{rng.randrange(3000)}" if flag else None,
        "flag_remove_by": (deployed.date() + datetime.timedelta(90)).isoformat() if flag else None,
        "rollback_rehearsed_on": tagged.date().isoformat() if rehearsed else None,
        "window_start": instant(window),
        "window_end": instant(window + datetime.timedelta(hours=1)),
        "deployed_at": instant(deployed) if result else None,
        "ended_at": instant(deployed + datetime.timedelta(hours=rng.randrange(1, 30))) if result else None,
        "result": result,
        "caused_by": None,
    }
    approvals = [
        {
            "repository": ticket["repository"],
            "commit": ticket["commit"],
            "release": release,
            "ticket": ticket["ticket"],
            "person": f"person-{(repository if repository % 17 == 0 else rng.randrange(3000))}",
            "role": None,
            "effect": "approves" if index == 0 else "ignored",
            "ignored_because": None if index == 0 else rng.choice(IGNORED),
            "evidence": "signed",
            "at": instant(tagged - datetime.timedelta(hours=rng.randrange(1, 90))),
            "digest": f"sha256:{rng.getrandbits(256):064x}",
        }
        for index in range(0 if approval != "approved" else 1 + (rng.random() < 0.1))
    ]
    return ticket, approvals


def write(path, rows):
    with path.open("w") as file:
        file.writelines(json.dumps(row, separators=(",", ":")) + "\n" for row in rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("--repositories", type=int, default=50)
    parser.add_argument("--tickets", type=int, default=5000)
    options = parser.parse_args()

    per_repository = max(1, options.tickets // options.repositories)
    teams = ["repository,team\n"]
    for repository in range(options.repositories):
        rng = random.Random(f"fleet {repository}")
        name = f"team-{repository % 300}/service-{repository}"
        folder = options.data / f"service-{repository}"
        folder.mkdir(parents=True, exist_ok=True)
        teams.append(f"{name},team-{repository % 300}\n")
        releases, tickets, approvals = [], [], []
        for number in range(per_repository):
            if number % 5 == 0:
                tagged = START + datetime.timedelta(minutes=rng.randrange(DAYS * 1440))
                tag = f"v1.{number // 5}.0"
                releases.append({
                    "repository": name,
                    "commit": f"{rng.getrandbits(160):040x}",
                    "tag": tag,
                    "version": tag[1:],
                    "tagged_at": instant(tagged),
                    "signature": "valid" if rng.random() < 0.8 else "unsigned",
                    "commits": rng.randrange(1, 60),
                    "emergency": None,
                })
            if repository % 23 == 0:
                continue
            ticket, given = made_up_ticket(rng, repository, tag, tagged, number)
            tickets.append(ticket)
            approvals.extend(given)
        write(folder / "releases.jsonl", releases)
        write(folder / "tickets.jsonl", tickets)
        write(folder / "approvals.jsonl", approvals)
    (options.data / "teams.csv").write_text("".join(teams))


if __name__ == "__main__":
    main()
