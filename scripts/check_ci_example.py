"""Runs the workflow and the shell examples of docs/CI.md; see scripts/check-ci-example."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree
from pathlib import Path

import yaml

REPOSITORY = Path.cwd()
MODEL = REPOSITORY / "fixtures/models/gpt2-lm"
# Actions that the workflow may use; what they do is done here by hand or not at all.
ACTIONS = {"actions/checkout@v4", "github/codeql-action/upload-sarif@v3", "actions/upload-artifact@v4"}


def fail(message):
    sys.exit(f"check-ci-example: {message}")


def fences(language):
    text = Path("docs/CI.md").read_text()
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


class Runner:
    """A folder that stands for the workspace of a job, with the variables that a runner sets."""

    def __init__(self, folder, environment):
        self.workspace = Path(folder)
        self.path = self.workspace / "github-path"
        self.summary = self.workspace / "github-summary"
        self.path.touch()
        os.symlink(REPOSITORY, self.workspace / "tfconv")
        self.environment = {
            **os.environ, **environment, "GITHUB_ACTIONS": "true", "GITHUB_PATH": str(self.path),
            "GITHUB_STEP_SUMMARY": str(self.summary),
        }

    def run(self, script, folder="."):
        """Runs a script as `shell: bash` does."""
        environment = dict(self.environment)
        environment["PATH"] = ":".join([*self.path.read_text().split("\n")[::-1], environment["PATH"]]).strip(":")
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script], cwd=self.workspace / folder,
            env=environment, capture_output=True, text=True)


def check(done, code, name):
    if done.returncode != code:
        fail(f"{name}: exit code {done.returncode} instead of {code}\n{done.stdout}{done.stderr}")


def main():
    workflows = fences("yaml")
    if len(workflows) != 1:
        fail(f"docs/CI.md holds {len(workflows)} workflows instead of one")
    jobs = yaml.safe_load(workflows[0])["jobs"]
    (job,) = jobs.values()
    if job["defaults"]["run"]["shell"] != "bash":
        fail("the workflow does not choose bash")
    steps = job["steps"]
    strange = {step["uses"] for step in steps if "uses" in step} - ACTIONS
    if strange:
        fail(f"the workflow uses {', '.join(sorted(strange))}, of which this script knows nothing")
    scripts = {step["name"]: step for step in steps if "run" in step}

    with tempfile.TemporaryDirectory() as folder:
        runner = Runner(folder, job["env"])
        model = runner.workspace / job["env"]["MODEL"]
        model.parent.mkdir(parents=True)
        shutil.copytree(MODEL, model)
        for name, step in scripts.items():
            check(runner.run(step["run"], step.get("working-directory", ".")), 0, name)
        inspect_reports(runner.workspace, "pass", 0, set())
        if "### tfconv verify: PASS" not in runner.summary.read_text():
            fail("the summary of the step does not say PASS")

        lock, reader = fences("sh")
        check(runner.run(lock), 0, "the lock file example")
        done = runner.run(reader)
        check(done, 0, "the example that reads the report")
        if done.stdout != "pass None\n":
            fail(f"the example that reads the report prints {done.stdout!r}")

        # The highest byte of the last float32 of the file.
        weights = model / "model.safetensors"
        data = bytearray(weights.read_bytes())
        data[-1] ^= 0x80
        weights.write_bytes(data)
        done = runner.run(scripts["Verify"]["run"])
        check(done, 1, "Verify of a damaged model")
        if len(re.findall(r"^::error title=tfconv verify%3A fail::", done.stderr, re.MULTILINE)) != 1:
            fail(f"not one annotation:\n{done.stderr}")
        inspect_reports(runner.workspace, "fail", 1, {"failure"})
        if "### tfconv verify: FAIL" not in runner.summary.read_text():
            fail("the summary of the step does not say FAIL")
        check(runner.run(lock.splitlines()[1]), 1, "the lock file example on a damaged model")
        # A conversion never replaces an output that exists.
        check(runner.run(scripts["Convert"]["run"]), 5, "Convert onto an output that exists")
    print(f"the {len(scripts)} scripts and 2 shell examples of docs/CI.md do what it says, and notice a damaged model")


def inspect_reports(workspace, verdict, code, kinds):
    report = json.loads((workspace / "parity.json").read_text())
    if (report["verdict"], report["exit_code"]) != (verdict, code):
        fail(f"parity.json says {report['verdict']} and {report['exit_code']}")
    cases = xml.etree.ElementTree.parse(workspace / "parity.xml").findall("testsuite/testcase")
    if not cases or {child.tag for case in cases for child in case} != kinds:
        fail(f"parity.xml does not hold {kinds}")
    results = json.loads((workspace / "parity.sarif").read_text())["runs"][0]["results"]
    if bool(results) != bool(kinds):
        fail(f"parity.sarif holds {len(results)} results")
    if f"tfconv verify: {verdict.upper()}" not in (workspace / "parity.md").read_text():
        fail("parity.md does not say the verdict")


main()
