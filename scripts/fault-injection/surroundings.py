"""Faults that come from the surroundings of a run: full disks, limits, permissions, signals, other runs."""

import contextlib
import json
import os
import random
import resource
import shutil
import signal
import stat
import struct
import subprocess
import time
from pathlib import Path

from scenarios import is_stray, snapshot

NOBODY = 65534


class Surroundings:
    """Runs commands on a large enough file, so that there is time for something to happen."""

    def __init__(self, program, walk, maker, work, seed):
        self.program = program
        self.complain_to = walk
        self.maker = maker
        self.work = work
        self.random = random.Random(seed)
        self.rows = []
        self.large = work / "large.safetensors"
        self.make_large()

    def make_large(self, count=24, size=1 << 20):
        """Tensors of noise: deflating them takes a while."""
        header = {}
        for index in range(count):
            header[f"t{index}"] = {
                "dtype": "F32", "shape": [size // 4], "data_offsets": [index * size, (index + 1) * size]}
        text = json.dumps(header).encode()
        noise = self.random.randbytes(size)
        with self.large.open("wb") as file:
            file.write(struct.pack("<Q", len(text)) + text)
            for index in range(count):
                file.write(noise[index:] + noise[:index])

    def all(self):
        for check in (
            self.full_disk, self.file_size_limit, self.read_only_folder, self.random_signals, self.two_writers,
            self.file_over_folder,
        ):
            check()

    def complain(self, name, text):
        self.complain_to.violations.append(f"{name}: {text}")
        print(f"VIOLATION {name}: {text}", flush=True)

    def note(self, name, points, outcomes):
        self.rows.append((name, points, outcomes))

    def run(self, words, folder, **options):
        return subprocess.run(
            [self.program, *map(str, words)], cwd=folder, capture_output=True, text=True, errors="replace",
            stdin=subprocess.DEVNULL, timeout=120, **options)

    def refused(self, name, done, folder, before, *words):
        """Checks for exit code 5, the words in the message, and that nothing has changed."""
        if done.returncode != 5:
            self.complain(name, f"exit code {done.returncode}: {done.stderr.strip()[:200]}")
        for word in words:
            if word not in done.stderr:
                self.complain(name, f"the message does not say '{word}': {done.stderr.strip()[:200]}")
        if snapshot(folder) != before:
            self.complain(name, f"the folder has changed: {sorted(snapshot(folder))}")

    def full_disk(self):
        name = "full disk (tmpfs)"
        if os.geteuid() != 0:
            return self.note(name, 0, "not tried: only root can mount a small tmpfs")
        place = self.work / "disk"
        place.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", place], capture_output=True, text=True)
        if mounted.returncode != 0:
            return self.note(name, 0, f"not tried: {mounted.stderr.strip()}")
        try:
            (place / "old.safetensors").write_bytes(b"old")
            (place / "old.npz").write_bytes(b"old")
            before = snapshot(place)
            commands = [
                ["--to", "safetensors", "-o", "new.safetensors"],
                ["--to", "safetensors", "-o", "old.safetensors", "--force"],
                ["--to", "npz", "-o", "old.npz", "--force"],
                ["--to", "npz", "--compress=1", "-o", "new.npz"],
                ["--to", "npz", "--compress=1", "-o", "old.npz", "--force"],
                ["--to", "safetensors", "--max-shard-size", "2MB", "-o", "shards"],
            ]
            for words in commands:
                done = self.run(["convert", self.large, *words], place)
                self.refused(f"{name}, {' '.join(words)}", done, place, before, "No space left on device", words[-1]
                             if words[-1] != "--force" else words[-2])
            self.note(name, len(commands), "refused")
            # So little space that not even a folder's entry can be made.
            with (place / "filler").open("wb", buffering=0) as file, contextlib.suppress(OSError):
                while True:
                    file.write(bytes(1 << 12))
            before = snapshot(place)
            done = self.run(["convert", self.maker.inputs / "safetensors", "-o", "new"], place)
            self.refused(f"{name}, no space at all", done, place, before, "No space left on device")
            self.note("no space at all", 1, "refused")
        finally:
            subprocess.run(["umount", place], check=True)

    def file_size_limit(self):
        name = "RLIMIT_FSIZE"
        folder = self.folder("limit")
        (folder / "old.npz").write_bytes(b"old")
        before = snapshot(folder)
        points = 0
        for limit in (0, 1, 4096, 1 << 20, 12 << 20):
            for words in (["--to", "npz"], ["--to", "npz", "--compress=1"]):
                def lower(limit=limit):
                    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

                done = self.run(
                    ["convert", self.large, *words, "-o", "old.npz", "--force"], folder, preexec_fn=lower)
                self.refused(f"{name} of {limit}, {' '.join(words)}", done, folder, before, "File too large")
                points += 1
        self.note(name, points, "refused")

    def read_only_folder(self):
        name = "folder without permission"
        folder = self.folder("closed")
        source = folder / "in.safetensors"
        shutil.copy(self.maker.inputs / "safetensors" / "model.safetensors", source)
        program = self.program
        options = {}
        if os.geteuid() == 0:
            # Root may do everything, so another user runs a copy that he can reach.
            options = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
            self.work.chmod(0o755)
        place = folder / "place"
        place.mkdir()
        (place / "old.npz").write_bytes(b"old")
        place.chmod(stat.S_IRUSR | stat.S_IXUSR | stat.S_IRGRP | stat.S_IXGRP | stat.S_IROTH | stat.S_IXOTH)
        before = snapshot(folder)
        for path in ("place/new.npz", "place/old.npz", "place/new"):
            done = subprocess.run(
                [program, "convert", "in.safetensors", "-o", path, "--to", "npz", "--force"], cwd=folder,
                capture_output=True, text=True, **options)
            self.refused(f"{name}, {path}", done, folder, before, "Permission denied", path)
        self.note(name, 3, "refused")

    def random_signals(self, runs=40):
        """Stops a conversion at random moments; then the next run finishes it."""
        for number, codes in ((signal.SIGINT, (130, -2)), (signal.SIGTERM, (143, -15)), (signal.SIGKILL, (-9,))):
            name = f"{number.name} at a random moment"
            folder = self.folder("signals")
            old = b"old"
            words = ["convert", self.large, "-o", "out.npz", "--to", "npz", "--compress=1", "--force"]
            began = time.monotonic()
            expected = self.new_bytes(words, folder)
            length = time.monotonic() - began
            outcomes = {"old": 0, "new": 0}
            for _ in range(runs):
                (folder / "out.npz").write_bytes(old)
                process = subprocess.Popen(
                    [self.program, *map(str, words)], cwd=folder, stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
                time.sleep(self.random.uniform(0, length * 1.1))
                process.send_signal(number)
                code = process.wait(60)
                content = (folder / "out.npz").read_bytes()
                if content not in (old, expected):
                    self.complain(name, "the output is neither old nor new")
                if code == 0 and content != expected:
                    self.complain(name, "success without the output")
                if code not in (0, *codes):
                    self.complain(name, f"exit code {code}")
                strays = [path for path in snapshot(folder) if is_stray(path)]
                if strays and number != signal.SIGKILL:
                    self.complain(name, f"temporary files left: {strays}")
                outcomes["new" if content == expected else "old"] += 1
            if self.new_bytes(words, folder) != expected or len(snapshot(folder)) != 1:
                self.complain(name, f"the next run left {sorted(snapshot(folder))}")
            self.note(name, runs, ", ".join(f"{count} {name}" for name, count in outcomes.items()))

    def new_bytes(self, words, folder):
        done = self.run(words, folder)
        if done.returncode != 0:
            self.complain("a run without a fault", done.stderr)
        return (folder / words[words.index("-o") + 1]).read_bytes()

    def two_writers(self, runs=40):
        """Two runs with different values for one set of shards: the set is of one of them."""
        sources = [self.maker.inputs / "safetensors", self.maker.olds / "safetensors"]
        options = ["--to", "safetensors", "--max-shard-size", "50kB"]
        whole = []
        for index, source in enumerate(sources):
            folder = self.folder(f"writer{index}")
            self.run(["convert", source, "-o", "out", *options], folder)
            whole.append(snapshot(folder))
        for force in (["--force"], []):
            name = "two writers of one set" + (", --force" if force else "")
            codes = {}
            for _ in range(runs):
                folder = self.folder("writers")
                processes = [
                    subprocess.Popen(
                        [self.program, "convert", source, "-o", "out", *options, *force], cwd=folder,
                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
                    for source in sources
                ]
                errors = [process.communicate()[1] for process in processes]
                ends = tuple(sorted(process.returncode for process in processes))
                codes[ends] = codes.get(ends, 0) + 1
                if ends not in ([(0, 0)] if force else [(0, 5), (0, 0), (5, 5)]):
                    self.complain(name, f"exit codes {ends}: {errors}")
                left = snapshot(folder)
                if left not in whole and not (ends == (5, 5) and not left):
                    self.complain(name, f"exit codes {ends}, and a mixture is left: {sorted(left)}")
            self.note(name, runs, ", ".join(f"{count} times exit codes {ends}" for ends, count in codes.items()))

    def file_over_folder(self):
        name = "outputs that are no files"
        folder = self.folder("kinds")
        os.mkfifo(folder / "pipe.npz")
        os.symlink("nowhere/a.npz", folder / "dangling.npz")
        os.symlink("circle.npz", folder / "circle.npz")
        source = self.maker.inputs / "safetensors" / "model.safetensors"
        before = {path: kind(folder / path) for path in ("pipe.npz", "dangling.npz", "circle.npz")}
        for path in before:
            done = self.run(["convert", source, "-o", path], folder)
            # A pipe is told by its kind; a link is a name that exists already.
            if done.returncode not in (3, 5) or path not in done.stderr:
                self.complain(f"{name}, {path}", f"exit code {done.returncode}: {done.stderr.strip()}")
        if {path: kind(folder / path) for path in before} != before or len(list(folder.iterdir())) != len(before):
            self.complain(name, f"the folder has changed: {sorted(folder.iterdir())}")
        self.note(name, len(before), "refused")

    def folder(self, name):
        folder = self.work / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o755)
        return folder


def kind(path):
    return stat.S_IFMT(Path(path).lstat().st_mode)
