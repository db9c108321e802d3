#!/usr/bin/env python3
"""Runs the areas of the benchmark and judges them: scripts/bench is the way to call this.

An area is a file scripts/bench_AREA.py with a function `jobs(bench)` that yields `Job`s. The commands of a job run in
turn, one round after the other, so that a busy moment falls on all of them; figures are medians over the rounds.
Thresholds (scripts/bench_thresholds.json: "JOB / ROW") are ratios of a row to the job's base in the same run, or to
another row of the job ("JOB / ROW / OTHER").
"""

import argparse
import importlib
import json
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parent
QUIET = 0.15  # processors that others may use before a row is called noisy
TRIES = 4  # at a run during which the virtual machine gives no memory back to its host
LONG = 4.0  # seconds from which on a run is bound to see that, and lose little by it


@dataclass
class Job:
    """A table of commands that do the same work. The first is the base of all ratios."""

    name: str
    rows: list  # (name, command, a list of words)
    # What all commands read, a file or a folder; it is in the page cache when they start.
    input: Path | None = None
    # Memory that is used before each command, beside a third more than the bytes of the input.
    spare_mb: int = 2000
    runs: int | None = None
    # The key of a time in the line of JSON that each command prints; None if the whole process is what counts.
    figure: str | None = None
    cleanup: list = field(default_factory=list)  # paths that go away after the job

    def __post_init__(self):
        inside = self.input.rglob("*") if self.input else []
        self.files = [path for path in [self.input, *inside] if path and path.is_file()]
        self.bytes = sum(f.stat().st_size for f in self.files)


class Bench:
    """What areas need: the program, a folder for models and outputs, helpers, and which peers there are."""

    def __init__(self, options, work):
        self.program = str(Path(options.program).resolve())
        self.options = options
        self.models = Path(options.models).resolve()
        self.models.mkdir(parents=True, exist_ok=True)
        self.out = work / "out"
        self.out.mkdir()
        self.work = work
        self.python = options.python
        self.measure = self.compile("bench_measure.c")
        self.warm = self.compile("bench_warm.c")

    def compile(self, source):
        """Compiles a helper in C or Swift; clang comes with the Swift toolchain."""
        target = self.work / Path(source).stem
        if source.endswith(".swift"):
            compiler, options = shutil.which("swiftc"), ["-O", "-static-stdlib"]
        else:
            compiler, options = shutil.which("clang") or shutil.which("cc"), ["-O2", "-pthread"]
        if compiler is None:
            sys.exit("bench: needs the Swift toolchain, or with --program clang or cc and swiftc")
        subprocess.check_call([compiler, *options, "-o", target, SCRIPTS / source])
        return str(target)

    def has(self, *modules):
        """Whether the peers' Python has these modules."""
        code = "import " + ", ".join(modules)
        return subprocess.run([self.python, "-c", code], capture_output=True).returncode == 0

    def clear(self):
        shutil.rmtree(self.out)
        self.out.mkdir()
        os.sync()

    def undisturbed(self, command, job):
        """Runs a command until the machine gives no memory back meanwhile, which doubles the time of what needs some.

        Times that a program takes inside, after it has its memory, are taken as they come.
        """
        for _ in range(TRIES):
            figures = self.once(command, job)
            if job.figure or not figures.get("returned_mb") or figures["wall"] > LONG:
                break
        return figures

    def once(self, command, job):
        """Runs a command of a job with an empty output folder and memory at hand; its figures, or an error."""
        self.clear()
        subprocess.check_call([self.warm, str(job.spare_mb + job.bytes * 4 // 3_000_000)])
        if job.files:
            # After an exchange of memory with the host the first to read a cached file takes twice as long as the next.
            subprocess.check_call(["cat", *job.files], stdout=subprocess.DEVNULL)
        report = self.work / "figures.json"
        report.unlink(missing_ok=True)
        run = subprocess.run(
            [self.measure, report, *map(str, command)], stdout=subprocess.PIPE if job.figure else subprocess.DEVNULL,
            stderr=subprocess.PIPE, text=True)
        if not report.exists():
            return {"error": "could not be run"}
        figures = json.loads(report.read_text())
        if figures["code"] != 0:
            return {"error": f"exit code {figures['code']}: {run.stderr.strip()[-200:]}"}
        if job.figure:
            figures["wall"] = json.loads(run.stdout.splitlines()[-1])[job.figure]
        figures["out_mb"] = sum(f.stat().st_size for f in self.out.rglob("*") if f.is_file()) / 1e6
        return figures


def measure(bench, job):
    """The rows of a job, with medians over the rounds; the first round only warms the caches."""
    runs = {name: [] for name, _ in job.rows}
    errors = {}
    for number in range(1 + (job.runs or bench.options.runs)):
        # Each round begins with another row: memory that a program left behind is faster to get than other memory.
        first = number % len(job.rows)
        for name, command in job.rows[first:] + job.rows[:first]:
            if name in errors:
                continue
            figures = bench.undisturbed(command, job)
            if "error" in figures:
                errors[name] = figures["error"]
            elif number > 0:
                runs[name].append(figures)
    bench.clear()
    rows = []
    for name, _ in job.rows:
        if name in errors:
            rows.append({"name": name, "error": errors[name]})
            continue
        row = {"name": name, "runs": len(runs[name])}
        for key in ("wall", "rss_mb", "own_mb", "out_mb", "others", "returned_mb"):
            row[key] = statistics.median(figures[key] for figures in runs[name])
        row["cpu"] = statistics.median(figures["user"] + figures["system"] for figures in runs[name])
        row["wall_min"] = min(figures["wall"] for figures in runs[name])
        rows.append(row)
    base = next((row for row in rows if "error" not in row), None)
    for row in rows:
        if "error" not in row:
            if job.bytes:
                row["mb_per_s"] = job.bytes / 1e6 / row["wall"]
            row["ratio"] = row["wall"] / base["wall"]
            row["cpu_ratio"] = row["cpu"] / max(base["cpu"], 1e-3)
    return rows


def table(job, rows):
    base = job.rows[0][0]
    lines = [
        f"| {job.name} | wall ms | least | cpu ms | x {base} | x cpu | MB resident | of no file | MB written | others |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for row in rows:
        if "error" in row:
            lines.append(f"| {row['name']} | failed: {row['error']} | | | | | | | | |")
            continue
        lines.append(
            f"| {row['name']} | {row['wall'] * 1e3:.1f} | {row['wall_min'] * 1e3:.1f} | {row['cpu'] * 1e3:.1f} "
            f"| {row['ratio']:.2f} | {row['cpu_ratio']:.2f} | {row['rss_mb']:.0f} | {row['own_mb']:.0f} "
            f"| {row['out_mb']:.1f} | {row['others']:.2f} |")
    return "\n".join(lines)


def judge(results, thresholds):
    """Lines on every threshold, and how many are missed on a quiet machine."""
    lines, missed = [], 0
    for key, limits in thresholds.items():
        job, name, *base = key.split(" / ")
        rows = {row["name"]: row for row in results.get(job, [])}
        if not {name, *base} <= rows.keys():
            continue
        if failed := next((rows[each] for each in (name, *base) if "error" in rows[each]), None):
            lines.append(f"FAILED  {key}: {failed['error']}")
            missed += 1
            continue
        row = rows[name]
        if base:
            row = {**row, "ratio": row["wall"] / rows[base[0]]["wall"]}
        for what, limit in limits.items():
            if row[what] <= limit:
                lines.append(f"ok      {key}: {what} {row[what]:.3g}, at most {limit}")
            elif row["others"] > QUIET:
                lines.append(f"noisy   {key}: {what} {row[what]:.3g}, at most {limit}; run again on a quiet machine")
            else:
                lines.append(f"MISSED  {key}: {what} {row[what]:.3g}, at most {limit}")
                missed += 1
    return lines, missed


def compare(results, path):
    """Lines on how ratios have changed since an older run."""
    lines = []
    old = json.loads(Path(path).read_text())["jobs"]
    for job, rows in results.items():
        for row in rows:
            before = next((r for r in old.get(job, []) if r["name"] == row["name"] and "ratio" in r), None)
            if before is None or "ratio" not in row or row is rows[0]:
                continue
            change = row["ratio"] / before["ratio"]
            mark = "slower" if change > 1.15 else "faster" if change < 0.87 else "same  "
            lines.append(f"{mark}  {job} / {row['name']}: x {before['ratio']:.2f} before, x {row['ratio']:.2f} now")
    return lines


def main():
    areas = sorted(p.stem.removeprefix("bench_") for p in SCRIPTS.glob("bench_*.py"))
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__.split("\n")[0])
    parser.add_argument("areas", nargs="*", default=areas, metavar="AREA", help=", ".join(areas))
    parser.add_argument("--program", required=True, help="the tfconv to be measured; scripts/bench builds one")
    parser.add_argument("--runs", type=int, default=5, help="rounds that count")
    parser.add_argument("--only", default="", help="a regular expression; jobs whose names it is not in are left out")
    parser.add_argument(
        "--rows", default="", help="a regular expression; rows whose names it is not in are left out, but for a job's first")
    parser.add_argument("--models", default=".build/bench-models", help="where models are made and kept (1.5 GB; 5 GB with --large)")
    parser.add_argument("--large", action="store_true", help="also the jobs on a file of 3.1 GB")
    parser.add_argument("--python", default=sys.executable, help="a Python that has the peers (numpy, safetensors, ...)")
    parser.add_argument("--floor", help="a program with the verbs `inspect IN` and `npz IN OUT 2` beside which the converter is measured")
    parser.add_argument("--threads", default="2,1", help="for the area runtime: numbers of threads")
    parser.add_argument(
        "--peer", action="append", default=[], metavar="NAME=COMMAND",
        help="for the area runtime: another program that prints the keys of `tfconv schema bench`; {task} (bert:BATCH:SEQ, "
        "gpt2:PROMPT:DECODE, gpt2all:PROMPT:0, t5:SEQ:DECODE), {kind}, {a}, {b}, {model}, {dir}, {threads} and {iters} "
        "are filled in")
    parser.add_argument("--json", help="writes all figures to a file")
    parser.add_argument("--markdown", help="writes the tables to a file")
    parser.add_argument("--compare", metavar="OLD.json", help="tells which ratios have changed since that run")
    options = parser.parse_args()
    if unknown := [area for area in options.areas if area not in areas]:
        parser.error(f"no area {', '.join(unknown)}; there are {', '.join(areas)}")
    thresholds = json.loads((SCRIPTS / "bench_thresholds.json").read_text())
    results, tables = {}, []
    models = Path(options.models)
    models.mkdir(parents=True, exist_ok=True)
    # Outputs lie on the same disk as the models.
    with tempfile.TemporaryDirectory(prefix="bench-", dir=models) as work:
        bench = Bench(options, Path(work))
        sys.path.insert(0, str(SCRIPTS))
        for area in options.areas:
            for job in importlib.import_module(f"bench_{area}").jobs(bench):
                if re.search(options.only, job.name):
                    job.rows[1:] = [row for row in job.rows[1:] if re.search(options.rows, row[0])]
                    results[job.name] = measure(bench, job)
                    tables.append(table(job, results[job.name]))
                    print(tables[-1] + "\n", flush=True)
                for path in job.cleanup:
                    shutil.rmtree(path, ignore_errors=True)
    if not results:
        sys.exit(f"bench: no job's name matches {options.only!r}")
    machine = {"processors": os.cpu_count(), "kernel": platform.release(), "architecture": platform.machine()}
    if options.json:
        Path(options.json).write_text(json.dumps({"machine": machine, "jobs": results}, indent=1) + "\n")
    if options.markdown:
        Path(options.markdown).write_text("\n\n".join(tables) + "\n")
    lines, missed = judge(results, thresholds)
    if options.compare:
        lines += compare(results, options.compare)
    print("\n".join(lines))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
