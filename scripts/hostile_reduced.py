"""Runs tfconv over the hostile files of fixtures/hostile and over mutants of the good ones; see scripts/hostile."""

import base64
import json
import os
import random
import re
import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

PROGRAM, MUTANTS = sys.argv[1], int(sys.argv[2])
CASES = Path(__file__).resolve().parent.parent / "fixtures" / "hostile" / "cases.json"
TIMEOUT = 20
ADDRESS_SPACE = 4 << 30
MEMORY = 256 << 10  # of 1024 bytes
NUMBERS = [0, 1, 2, 7, 8, 127, 128, 255, 256, 65535, 1 << 31, (1 << 32) - 1, 1 << 62, (1 << 63) - 1, 1 << 63, (1 << 64) - 1]
WORDS = [b"{", b"}", b"[", b"]", b'"', b"'", b",", b":", b"(", b")", b"\\", b"\0", b"\xff", b"-1", b"1e9",
         b"9223372036854775807", b"18446744073709551616", b"F32", b"BF16", b"<f4", b">f8", b"|O", b"True", b"PK\1\2",
         b"PK\3\4", b"PK\5\6", b"../", b"\x1b[2J"]


def mutant(data, generator):
    """The bytes with one to three small damages."""
    data = bytearray(data)
    for _ in range(generator.choice((1, 1, 2, 3))):
        place = generator.randrange(len(data) + 1)
        kind = generator.randrange(6)
        if kind == 0 and place < len(data):
            data[place] ^= 1 << generator.randrange(8)
        elif kind == 1:
            width = generator.choice((1, 2, 4, 8))
            number = generator.choice(NUMBERS) % (1 << 8 * width)
            data[place:place + width] = number.to_bytes(width, "little")
        elif kind == 2:
            del data[place:]
        elif kind == 3:
            del data[place:place + generator.choice((1, 2, 8, 64))]
        elif kind == 4:
            data[place:place] = data[place:place + generator.choice((1, 8, 64, 512))]
        else:
            data[place:place + generator.randrange(3)] = generator.choice(WORDS)
    return bytes(data)


class Runner:
    """Runs the program on single files and collects what is wrong."""

    def __init__(self, work):
        self.work = work
        self.failures = []
        self.runs = 0
        self.largest = 0

    def run(self, *words):
        def limit():
            resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

        self.runs += 1
        with tempfile.TemporaryFile(dir=self.work) as output, tempfile.TemporaryFile(dir=self.work) as errors:
            process = subprocess.Popen(
                [PROGRAM, *map(str, words)], stdin=subprocess.DEVNULL, stdout=output, stderr=errors, preexec_fn=limit)
            try:
                process.wait(TIMEOUT)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                return None, "", "did not end"
            output.seek(0)
            errors.seek(0)
            return process.returncode, output.read().decode(errors="replace"), errors.read().decode(errors="replace")

    def judge(self, name, path, rejection=None, must_accept=False):
        """Inspects and converts a file; both end in an orderly way, and convert finds what there is to be found."""
        folder = self.work / "out"
        for stage in ("inspect", "convert"):
            folder.mkdir()
            words = ["inspect", path] if stage == "inspect" else ["convert", path, "-o", folder / "a.safetensors"]
            code, output, errors = self.run(*words)
            self.check(f"{stage} {name}", stage, code, output + errors, errors, rejection, must_accept)
            if code != 0 and any(folder.iterdir()):
                self.failures.append(f"{stage} {name}: left {os.listdir(folder)}")
            shutil.rmtree(folder)

    def check(self, name, stage, code, text, errors, rejection, must_accept):
        found = []
        if code is None or code < 0 or code > 7:
            found.append(f"ended with {code}: {errors[-200:]}")
        elif code != 0 and not errors.startswith("tfconv: error: "):
            found.append(f"no error message: {errors[-200:]}")
        if re.search(r"[\x00-\x08\x0b-\x1f\x7f]", text):
            found.append("control characters are printed")
        # What holds no tensor is a valid file, but no model that could become another.
        is_empty = stage == "convert" and code == 3 and "holds no tensor" in errors
        if must_accept and code != 0 and not is_empty:
            found.append(f"refused: {errors.strip()}")
        if rejection and (code == 0 or not any(f"[{word}]" in errors for word in rejection["categories"])):
            if stage == "convert" or rejection["detect"] == "open":
                found.append(f"expected {rejection['categories']}, found {errors.strip() or 'no error'}")
        self.failures += [f"{name}: {text}" for text in found]

    def contents(self, case, path):
        code, output, errors = self.run("hash", "--json", path)
        if code != 0:
            self.failures.append(f"hash {case['id']}: {errors.strip()}")
        elif json.loads(output)["tensors"] != case["tensors"]:
            self.failures.append(f"hash {case['id']}: other contents than were written")


def unpack(case, folder):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, content in case["files"].items():
        if isinstance(content, dict):
            (folder / name).symlink_to(content["link"])
        else:
            (folder / name).write_bytes(base64.b64decode(content))
    return folder / case["file"]


def main():
    cases = json.loads(CASES.read_text())
    work = Path(tempfile.mkdtemp(prefix="hostile-", dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None))
    mutants = 0
    try:
        runner = Runner(work)
        for case in cases:
            path = unpack(case, work / "case")
            is_good = case["expect"] == "accept"
            runner.judge(case["id"], path, None if is_good else case, is_good)
            if "tensors" in case:
                runner.contents(case, path)
            if not is_good or path.is_symlink():
                continue
            data = path.read_bytes()
            for number in range(MUTANTS):
                path.write_bytes(mutant(data, random.Random(f"{case['id']} {number}")))
                runner.judge(f"{case['id']}, mutant {number}", path)
                mutants += 1
        # The largest of all runs.
        memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        if memory > MEMORY:
            runner.failures.append(f"{memory} KB of memory were taken")
    finally:
        shutil.rmtree(work)
    print(*runner.failures, sep="\n")
    print(f"{len(cases)} cases, {mutants} mutants, {runner.runs} runs, {len(runner.failures)} failures, "
          f"at most {memory >> 10} MB of memory")
    sys.exit(1 if runner.failures or not cases else 0)


if __name__ == "__main__":
    main()
