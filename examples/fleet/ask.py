#!/usr/bin/env python3
"""Asks the questions of questions.sql about exported rows, in DuckDB or Spark SQL.

    pip install duckdb                    # or pyspark, which needs Java
    python3 ask.py duckdb data
    python3 ask.py spark data --day 2026-11-30 --json answers.json
"""

import argparse
import datetime
import json
import pathlib
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
MARK = "-- question: "


def questions():
    """The questions with their SQL, in the order of the file."""
    parts = (HERE / "questions.sql").read_text().split(MARK)[1:]
    for part in parts:
        title, _, sql = part.partition("\n")
        yield title, sql.strip().rstrip(";")


def statements(engine, data, day):
    """The statements that make the views of an engine."""
    text = (HERE / f"load.{engine}.sql").read_text()
    lines = [line for line in text.splitlines() if not line.startswith("--")]
    # A quote in a folder's name would end the string in SQL.
    folder = str(data).replace("'", "''")
    text = "\n".join(lines).replace("${data}", folder).replace("${day}", day)
    return [part.strip() for part in text.split(";\n") if part.strip().rstrip(";")]


def duckdb_engine():
    import duckdb

    connection = duckdb.connect()
    return lambda sql: connection.execute(sql).fetchall()


def spark_engine():
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master("local[*]").config("spark.ui.enabled", "false")
    spark = builder.config("spark.sql.shuffle.partitions", "8").getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    return lambda sql: [tuple(row) for row in spark.sql(sql).collect()]


def plain(row):
    """A row as JSON has it; the engines agree on these values."""
    return [value.isoformat() if isinstance(value, datetime.date) else value for value in row]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("engine", choices=["duckdb", "spark"])
    parser.add_argument("data", type=pathlib.Path, help="the folder that collect.sh wrote")
    parser.add_argument("--day", default=datetime.date.today().isoformat(), help="day of the report")
    parser.add_argument("--json", type=pathlib.Path, help="write every answer to this file")
    parser.add_argument("--rows", type=int, default=5, help="rows to print of each answer")
    options = parser.parse_args()
    datetime.date.fromisoformat(options.day)

    ask = duckdb_engine() if options.engine == "duckdb" else spark_engine()
    start = time.monotonic()
    for statement in statements(options.engine, options.data.resolve(), options.day):
        ask(statement.rstrip(";"))
    print(f"read the rows in {time.monotonic() - start:.2f} s\n")

    answers = {}
    for title, sql in questions():
        start = time.monotonic()
        rows = [plain(row) for row in ask(sql)]
        answers[title] = rows
        print(f"{title}\n  {len(rows)} rows in {time.monotonic() - start:.2f} s")
        for row in rows[: options.rows]:
            print("   ", *("-" if value is None else value for value in row))
    if options.json:
        options.json.write_text(json.dumps(answers, indent=1) + "\n")


if __name__ == "__main__":
    sys.exit(main())
