"""The commands whose every point of failure is walked, with the files that they read and replace."""

import json
import shutil
import struct
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

SHARD_SIZE = "50kB"
FORMS = ("safetensors", "shards", "npz", "npz-deflated")


@dataclass
class Scenario:
    """A command that runs in a folder of its own, which `template` holds as it is before the run."""

    name: str
    template: Path
    words: list[str]
    # The files that belong together; a reader enters by the last one.
    outputs: list[str]
    # Whether the program runs the model, which takes too long for points that add nothing.
    is_slow: bool = False
    # Whether the program promises that the output is on the disk.
    waits: bool = True
    after: dict = field(default_factory=dict)


def snapshot(folder):
    """Every path below a folder with its bytes, or None for a folder."""
    return {
        str(path.relative_to(folder)): None if path.is_dir() else path.read_bytes()
        for path in sorted(folder.rglob("*"))
    }


def is_stray(path):
    name = Path(path).name
    return name.startswith(".") and ".tfconv-" in name and name.endswith((".partial", ".old", ".last"))


class Maker:
    """Makes the scenarios from a fixture: an input in every form, and older outputs of the same names and sizes."""

    def __init__(self, program, model, work):
        self.program = program
        self.work = work
        self.inputs = work / "inputs"
        self.olds = work / "olds"
        for folder, source in ((self.inputs, model), (self.olds, self.changed(model))):
            folder.mkdir()
            for form in FORMS:
                self.tfconv("convert", source, "-o", folder / form, *self.options(form))

    def tfconv(self, *words):
        subprocess.run([self.program, *map(str, words)], check=True, stdout=subprocess.DEVNULL)

    def changed(self, model):
        """The model with other values: a mixture of both would have the right names, types and sizes."""
        copy = self.work / "changed"
        shutil.copytree(model, copy)
        path = copy / "model.safetensors"
        data = bytearray(path.read_bytes())
        begin = 8 + struct.unpack("<Q", data[:8])[0]
        for place in range(begin, len(data), 4):
            data[place] ^= 1
        path.write_bytes(data)
        config = json.loads((copy / "config.json").read_text())
        config["_name_or_path"] = "changed"
        (copy / "config.json").write_text(json.dumps(config))
        return copy

    @staticmethod
    def options(form):
        return {
            "safetensors": ["--to", "safetensors"],
            "shards": ["--to", "safetensors", "--max-shard-size", SHARD_SIZE],
            "npz": ["--to", "npz"],
            "npz-deflated": ["--to", "npz", "--compress=1"],
        }[form]

    def template(self, name, *parts):
        folder = self.work / "templates" / name
        folder.mkdir(parents=True)
        for source, target in parts:
            if source.is_dir():
                shutil.copytree(source, folder / target)
            else:
                shutil.copy(source, folder / target)
        return folder

    @staticmethod
    def set_of(folder, prefix=""):
        """The files of a model's folder, that by which readers enter last."""
        names = [prefix + path.name for path in folder.iterdir()]
        entry = max(names, key=lambda name: (name.endswith(".index.json"), "model." in name))
        return sorted(name for name in names if name != entry) + [entry]

    def scenarios(self):
        for source in FORMS:
            for target in FORMS:
                for state in ("new", "replaced"):
                    yield self.conversion(source, target, state)
        yield from (self.single_file(form) for form in ("safetensors", "npz", "npz-deflated"))
        yield from (self.in_place(form) for form in FORMS)
        yield self.onto_itself()
        yield self.conversion("safetensors", "shards", "replaced", option="--no-sync")
        yield self.conversion("safetensors", "shards", "new", option="--sync")
        yield from self.recordings()

    def conversion(self, source, target, state, option=None):
        parts = [(self.inputs / source, "in")]
        if state == "replaced":
            parts.append((self.olds / target, "out"))
        name = ", ".join([f"{source} to {target}", state] + [option] * (option is not None))
        words = ["convert", "in", "-o", "out", *self.options(target)] + ["--force"] * (state == "replaced")
        words += [option] * (option is not None)
        waits = option == "--sync" or state == "replaced" and option is None
        return Scenario(
            name, self.template(name, *parts), words, self.set_of(self.olds / target, "out/"), waits=waits)

    def single_file(self, form):
        name = f"{form} to a single file, replaced"
        suffix = ".safetensors" if form == "safetensors" else ".npz"
        old = next((self.olds / form).glob("model.*"))
        folder = self.template(name, (self.inputs / form, "in"), (old, "out" + suffix))
        return Scenario(
            name, folder, ["convert", "in", "-o", "out" + suffix, *self.options(form), "--force"],
            ["out.config.json", "out" + suffix])

    def in_place(self, form):
        name = f"{form} in place"
        folder = self.template(name, (self.inputs / form, "model"))
        words = ["convert", "model", "-o", "model", "--dtype", "f16", "--force"]
        words += ["--compress=1"] if form == "npz-deflated" else []
        words += ["--max-shard-size", "25kB"] if form == "shards" else []
        return Scenario(name, folder, words, self.set_of(self.inputs / form, "model/"))

    def onto_itself(self):
        name = "a file onto itself"
        folder = self.template(name, (self.inputs / "safetensors" / "model.safetensors", "a.safetensors"))
        return Scenario(
            name, folder, ["convert", "a.safetensors", "-o", "a.safetensors", "--dtype", "f16", "--force"],
            ["a.safetensors"])

    def recordings(self):
        model = self.inputs / "safetensors"
        for state in ("new", "replaced"):
            parts = [(model, "in")]
            if state == "replaced":
                old = self.work / "old.npz"
                old.write_bytes(b"an older file")
                parts.append((old, "out.npz"))
            force = ["--force"] * (state == "replaced")
            for name, words in (
                ("golden make", ["golden", "make", "in", "-o", "out.npz"]),
                ("run", ["run", "in", "--prompt-ids", "1,2,3", "-o", "out.npz"]),
            ):
                name = f"{name}, {state}"
                yield Scenario(name, self.template(name, *parts), words + force, ["out.npz"], is_slow=True)
