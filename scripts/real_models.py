"""Puts real models through tfconv and prints a table of what held.

    python real_models.py TFCONV PATH ...       a PATH is a model's folder or a folder of such folders

For BERT, GPT-2 and T5: to npz in the tf1 and flax layouts and back, with every tensor that comes back compared with the
original by dtype, shape and sha256; `verify` of original and converted; `verify --golden` and greedy generation against
what golden.npz has recorded. For other architectures: the same round trip between containers, and `verify
--weights-only`.
"""

import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

KNOWN = {"bert", "gpt2", "t5"}
rows = []


def sums_of(folder):
    """Maps the name of every tensor in the folder's safetensors files to its dtype, shape and sha256."""
    sums = {}
    for path in sorted(folder.glob("*.safetensors")):
        data = np.memmap(path, np.uint8, "r")
        start = 8 + int(data[:8].view("<u8")[0])
        for name, entry in json.loads(bytes(data[8:start])).items():
            if name != "__metadata__":
                begin, end = entry["data_offsets"]
                digest = hashlib.sha256(data[start + begin : start + end]).hexdigest()
                sums[name] = (entry["dtype"], tuple(entry["shape"]), digest)
    return sums


def is_buffer(name, entry):
    """Whether a tensor is not a parameter: the positions 0, 1, 2 ... that older BERT files hold, by their sum."""
    if name.rpartition(".")[2] != "position_ids" or entry[0] != "I64":
        return False
    return entry[2] == hashlib.sha256(np.arange(entry[1][-1], dtype="<i8")).hexdigest()


def differences(original, returned):
    """Says what of the original did not come back as it was; nothing if all of it did."""
    lost = [name for name in original if name not in returned and not is_buffer(name, original[name])]
    new = [name for name in returned if name not in original]
    changed = [name for name in original if name in returned and original[name] != returned[name]]
    found = [("lost", lost), ("new", new), ("changed", changed)]
    return "; ".join(f"{len(names)} {what}, first {sorted(names)[0]}" for what, names in found if names)


def prompt_of(golden):
    """The inputs that generation starts from."""
    return {name: golden[name] for name in ("in_input_ids", "in_attention_mask") if name in golden}


class Model:
    """One model on its way through the checks."""

    def __init__(self, tfconv, folder, work):
        self.tfconv, self.folder, self.work = tfconv, folder, work

    def row(self, check, seconds, problem, detail=""):
        rows.append(bool(problem))
        verdict = "FAILED" if problem else "ok"
        print(f"{self.folder.name:24s} {check:34s} {verdict:7s} {seconds:7.2f}  {problem or detail}", flush=True)

    def run(self, check, *arguments, exit_code=0):
        """Runs one command as a row of its own; says whether it ended as expected."""
        start = time.perf_counter()
        done = subprocess.run([self.tfconv, *map(str, arguments)], capture_output=True, text=True)
        seconds = time.perf_counter() - start
        problem = "" if done.returncode == exit_code else f"exit code {done.returncode}, expected {exit_code}"
        self.row(check, seconds, problem)
        if problem:
            print("    $ tfconv", *arguments)
            print("\n".join("    " + line for line in (done.stdout + done.stderr).splitlines()[-15:]), flush=True)
        return not problem

    def round_trip(self, there, back):
        """Converts to `there` and back; returns where the converted model is, or nothing if that failed."""
        out, returned = self.work / there.replace(":", "-"), self.work / f"{there.replace(':', '-')}-back"
        if not self.run(f"convert to {there}", "convert", self.folder, "-o", out, "--to", there):
            return None
        if self.run(f"convert {there} back", "convert", out, "-o", returned, "--to", back):
            start = time.perf_counter()
            original = sums_of(self.folder)
            problem = differences(original, sums_of(returned))
            self.row(f"sha256 of {len(original)} tensors", time.perf_counter() - start, problem)
            shutil.rmtree(returned)
        return out

    def check_golden(self, golden):
        self.run("verify --golden", "verify", self.folder, "--golden", self.folder / "golden.npz")
        if "in_teacher_ids" in golden:
            forced = self.work / "teacher.npz"
            target, logits = golden["in_teacher_ids"], golden["out_teacher_logits"]
            np.savez(forced, in_decoder_input_ids=target, out_logits=logits, **prompt_of(golden))
            self.run("verify --golden, longer target", "verify", self.folder, "--golden", forced)
        if "out_generated" in golden:
            self.check_generation(golden, golden["out_generated"])

    def check_generation(self, golden, expected):
        prompt, out = self.work / "prompt.npz", self.work / "generated.npz"
        np.savez(prompt, **prompt_of(golden))
        config = json.loads((self.folder / "config.json").read_text())
        given = 1 if config.get("is_encoder_decoder") else golden["in_input_ids"].shape[1]
        steps = expected.shape[1] - given
        if self.run("run --generate", "run", self.folder, "--inputs", prompt, "--generate", steps, "-o", out):
            found = np.load(out)["out_generated"]
            problem = "" if np.array_equal(found, expected) else f"{found.tolist()}, expected {expected.tolist()}"
            self.row("greedy ids", 0, problem, f"{steps} ids as recorded")

    def check(self):
        known = json.loads((self.folder / "config.json").read_text()).get("model_type") in KNOWN
        for there in ("npz:tf1", "npz:flax") if known else ("npz",):
            out = self.round_trip(there, "safetensors:hf" if known else "safetensors")
            if out and known:
                self.run(f"verify with {there}", "verify", self.folder, out)
            elif out:
                self.run("verify --weights-only", "verify", self.folder, out, "--weights-only")
                self.run("verify (must be inconclusive)", "verify", self.folder, out, exit_code=7)
            if out:
                shutil.rmtree(out)
        if known and (self.folder / "golden.npz").exists():
            self.check_golden(dict(np.load(self.folder / "golden.npz")))


def main():
    if len(sys.argv) < 3:
        raise SystemExit(__doc__)
    folders = []
    for path in map(Path, sys.argv[2:]):
        configs = [path / "config.json", *sorted(path.glob("*/config.json"))]
        models = [config.parent for config in configs if config.exists()]
        if not models:
            raise SystemExit(f"{path}: no model here (a folder with config.json and model.safetensors)")
        folders += models
    print(f"{'model':24s} {'check':34s} {'result':7s} {'seconds':>7s}")
    for folder in folders:
        with tempfile.TemporaryDirectory() as work:
            Model(sys.argv[1], folder, Path(work)).check()
    print(f"\n{len(rows)} checks on {len(folders)} models, {sum(rows)} failed")
    sys.exit(any(rows))


if __name__ == "__main__":
    main()
