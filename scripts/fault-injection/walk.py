"""Runs a scenario with one fault after the other and judges what is left."""

import os
import shutil
import signal
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import points
from scenarios import is_stray, snapshot

TIMEOUT = 60
# What the runtime does when it gets no memory.
CRASHES = {-signal.SIGILL, -signal.SIGTRAP, -signal.SIGABRT, -signal.SIGSEGV}


@dataclass
class Row:
    """What came of the faults of one kind."""

    points: int = 0
    outcomes: Counter = field(default_factory=Counter)


@dataclass
class Run:
    """A finished run and the folder that it left."""

    code: int
    output: str
    errors: str
    left: dict
    fired: str


class Walk:
    """Counts the points of every scenario and collects the violations."""

    def __init__(self, program, library, work):
        self.program = program
        self.library = library
        self.folder = work / "run"
        self.report = work / "fired"
        self.rows = {}
        self.violations = []

    def run(self, scenario, setting=None, extra=(), fresh=True):
        if fresh:
            shutil.rmtree(self.folder, ignore_errors=True)
            shutil.copytree(scenario.template, self.folder)
        self.report.unlink(missing_ok=True)
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith(("FAULT", "LD_", "GITHUB_"))
        }
        if setting:
            environment |= {
                "LD_PRELOAD": str(self.library), "FAULT": setting, "FAULT_REPORT": str(self.report),
                "FAULT_MINIMUM": str(points.ALLOCATION_MINIMUM),
            }
        try:
            done = subprocess.run(
                [self.program, *scenario.words, *extra], cwd=self.folder, env=environment, capture_output=True,
                timeout=TIMEOUT, errors="replace", text=True, stdin=subprocess.DEVNULL)
            code, output, errors = done.returncode, done.stdout, done.stderr
        except subprocess.TimeoutExpired:
            code, output, errors = "hang", "", ""
        fired = self.report.read_text().splitlines()[0] if self.report.exists() else ""
        return Run(code, output, errors, snapshot(self.folder), fired)

    def prepare(self, scenario):
        """Learns what the scenario makes when nothing goes wrong."""
        run = self.run(scenario)
        if run.code != 0 or any(map(is_stray, run.left)):
            sys.exit(f"faults: {scenario.name} fails without a fault: {run.errors}")
        scenario.before = snapshot(scenario.template)
        scenario.after = run.left
        again = self.run(scenario)
        if again.left != run.left:
            sys.exit(f"faults: {scenario.name} does not give the same bytes twice")

    def walk(self, scenario, fault):
        """Injects the fault at the first call, the second, and so on, until the command no longer reaches it."""
        number = 1
        while True:
            run = self.run(scenario, fault.setting(number))
            if run.code == "hang":
                self.complain(scenario, fault, number, run, "did not end")
            if not run.fired:
                break
            row = self.rows.setdefault(fault.label, Row())
            row.points += 1
            row.outcomes[self.judge(scenario, fault, number, run)] += 1
            number += 1
        if fault.call == "fsync" and scenario.waits != (number > 1):
            self.violations.append(scenario.name)
            print(f"VIOLATION {scenario.name}: fsync is called {number - 1} times", flush=True)

    def judge(self, scenario, fault, number, run):
        """One word for the outcome, after complaints about all that is wrong with it."""

        def complain(text):
            self.complain(scenario, fault, number, run, text)

        strays = [path for path in run.left if is_stray(path)]
        files = {path: bytes_ for path, bytes_ in run.left.items() if not is_stray(path)}
        is_signal = fault.action.startswith("-")
        if run.code == 0:
            if files != scenario.after:
                complain("success with other files than without the fault: " + differences(files, scenario.after))
            if fault.must == "fail" and not self.is_harmless(run):
                complain("success although the fault was no trifle")
            if strays and fault.call != "unlink":
                complain(f"success with temporary files left: {strays}")
            outcome = "done"
        elif run.code in (-signal.SIGKILL, *CRASHES):
            if run.code != -signal.SIGKILL and fault.call != "malloc":
                complain(f"crashed with signal {-run.code}")
            self.judge_torn(scenario, files, complain)
            outcome = "killed" if run.code == -signal.SIGKILL else "out of memory"
        elif is_signal and run.code in (130, 143, int(fault.action)):
            # A signal before the program has begun to watch ends it in the usual way.
            if run.code < 0 and files != scenario.before:
                complain("ended by a signal that it should have handled")
            if files not in (scenario.before, scenario.after):
                complain("interrupted with files neither old nor new: " + differences(files, scenario.before))
            if strays:
                complain(f"interrupted with temporary files left: {strays}")
            outcome = "interrupted"
        elif run.code == 5:
            if files != scenario.before and not ("<1>" in run.fired and files == scenario.after):
                complain("failure with other files than before: " + differences(files, scenario.before))
            if strays and fault.call != "unlink":
                complain(f"failure with temporary files left: {strays}")
            self.judge_message(scenario, fault, run, complain)
            outcome = "refused"
        else:
            complain(f"exit code {run.code}")
            outcome = "wrong exit code"
        if outcome != "done" and fault.must == "succeed":
            complain("gave up for a trifle")
        if strays or outcome in ("killed", "out of memory"):
            self.recover(scenario, complain)
        return outcome

    @staticmethod
    def is_harmless(run):
        """Whether the fault met a message: what standard error cannot take is lost without a word."""
        return "<2>" in run.fired

    def judge_message(self, scenario, fault, run, complain):
        if "<2>" in run.fired:
            return
        if "tfconv: error: " not in run.errors:
            complain("no error message")
        names = {path.split("/")[0] for path in [*scenario.before, *scenario.after]}
        names |= {"standard output", "tfconv: error: .: ", Path(run.fired.split(" ", 2)[-1]).name}
        if not any(name in run.errors for name in names):
            complain("the message names no file")
        if fault.reason and fault.reason not in run.errors:
            complain(f"the message does not say '{fault.reason}'")

    def judge_torn(self, scenario, files, complain):
        """After a sudden end each file is old or new, and where the set can be entered it is of one age."""
        for path, content in files.items():
            if content not in (scenario.before.get(path), scenario.after.get(path)):
                complain(f"{path} is neither old nor new")
        for path in scenario.before:
            if path not in files and path not in scenario.outputs:
                complain(f"{path} is gone")
        if scenario.outputs[-1] not in files:
            self.judge_opened(scenario, complain)
        else:
            ages = [
                all(files.get(path) == state.get(path) for path in scenario.outputs)
                for state in (scenario.before, scenario.after)
            ]
            if not any(ages):
                complain("old and new files under one entry")

    def judge_opened(self, scenario, complain):
        """Whoever opens a set without its last file finds the old files, which are put back, or none."""
        place = Path(scenario.outputs[-1])
        target = place if place.parent == Path(".") else place.parent
        done = subprocess.run(
            [self.program, "inspect", target], cwd=self.folder, capture_output=True, stdin=subprocess.DEVNULL)
        left = snapshot(self.folder)
        old = [left.get(path) == scenario.before.get(path) for path in scenario.outputs if path in scenario.before]
        if done.returncode == 0 and not (scenario.outputs[-1] in scenario.before and all(old)):
            complain("a set without its last file is taken for a model")
        if done.returncode != 0 and str(place) in scenario.before:
            complain(f"the old files are not found: {done.stderr.decode().strip()}")

    def recover(self, scenario, complain):
        """The same command, run again where the last one stopped, succeeds and leaves nothing of it."""
        force = [] if "--force" in scenario.words else ["--force"]
        again = self.run(scenario, extra=force, fresh=False)
        if again.code != 0:
            complain(f"the next run fails: {again.errors.strip()}")
        elif again.left != scenario.after:
            complain("after the next run: " + differences(again.left, scenario.after))

    def complain(self, scenario, fault, number, run, text):
        violation = f"{scenario.name}: {fault.label}, number {number} ({run.fired}): {text}"
        self.violations.append(violation)
        print(f"VIOLATION {violation}\n    exit code {run.code}: {run.errors.strip()[:300]}", flush=True)


def differences(found, expected):
    words = [f"{path} is missing" for path in expected if path not in found]
    words += [f"{path} is there" for path in found if path not in expected]
    words += [f"{path} differs" for path in found if path in expected and found[path] != expected[path]]
    return ", ".join(words[:6])
