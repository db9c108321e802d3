"""Walks every point of failure and prints a table of what came of it; see scripts/faults."""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import points
from scenarios import Maker
from surroundings import Surroundings
from walk import Walk

HERE = Path(__file__).resolve().parent
MODEL = HERE.parent.parent / "fixtures" / "models" / "gpt2-lm"
QUICK = ("npz-deflated to shards, replaced", "safetensors to npz, new", "a file onto itself",
         "safetensors to shards, replaced, --no-sync")


def library(work):
    """Builds the library that is preloaded."""
    path = work / "inject.so"
    compiler = os.environ.get("CC") or shutil.which("cc") or "clang"
    subprocess.run(
        [compiler, "-std=c11", "-O1", "-Wall", "-Wextra", "-Werror", "-fPIC", "-shared", "-o", path,
         HERE / "inject.c", "-ldl"], check=True)
    return path


def faults(scenario, is_quick):
    if is_quick:
        # One error of each call, and every call at which a killed run may stop.
        chosen = {fault.call: fault for fault in points.ERRORS if fault.must != "succeed"}
        return [*chosen.values(), points.SIGNALS[0]]
    if scenario.is_slow:
        calls = ("write", "pwrite", "fsync", "fallocate", "ftruncate", "rename", "link", "unlink", "flock", "chmod")
        return [fault for fault in points.ERRORS if fault.call in calls] + points.SIGNALS[:1]
    return [*points.ERRORS, *points.SIGNALS, points.ALLOCATION]


def table(rows):
    print(f"\n{'fault':44}{'points':>8}  outcomes")
    for name, count, outcomes in rows:
        print(f"{name:44}{count:8}  {outcomes}")
    print(f"{'all':44}{sum(row[1] for row in rows):8}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", default="")
    parser.add_argument("--fault", default="")
    arguments = parser.parse_args()
    # Memory is faster than a disk, and as strict.
    work = Path(tempfile.mkdtemp(prefix="faults-", dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    # In the background of a shell it is ignored, and would be by every program that is started here.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        program = shutil.copy(arguments.program, work / "tfconv")
        walk = Walk(program, library(work), work)
        maker = Maker(program, MODEL, work)
        names = []
        for scenario in maker.scenarios():
            if arguments.only not in scenario.name or (arguments.quick and scenario.name not in QUICK):
                continue
            walk.prepare(scenario)
            for fault in faults(scenario, arguments.quick):
                if arguments.fault in fault.label:
                    walk.walk(scenario, fault)
            names.append(scenario.name)
            if not arguments.quick:
                print(f"walked {scenario.name}", flush=True)
        rows = [
            (label, row.points, ", ".join(f"{count} {outcome}" for outcome, count in row.outcomes.most_common()))
            for label, row in walk.rows.items()
        ]
        for fault in points.SIGNALS:
            if fault.label in walk.rows and set(walk.rows[fault.label].outcomes) == {"done"}:
                walk.violations.append(fault.label)
                print(f"VIOLATION {fault.label}: no run was ended by it", flush=True)
        if not (arguments.only or arguments.fault):
            surroundings = Surroundings(program, walk, maker, work, seed=1)
            surroundings.file_size_limit() if arguments.quick else surroundings.all()
            rows += surroundings.rows
        table(rows)
        print(f"{len(names)} scenarios, {sum(row[1] for row in rows)} points, {len(walk.violations)} violations")
        return 1 if walk.violations or not names else 0
    finally:
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
