"""Converts files at the edge of what the formats can say, and compares the contents; see scripts/edges."""

import argparse
import hashlib
import json
import os
import random
import resource
import shutil
import struct
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

LOCALES = ("C", "C.UTF-8", "de_DE.UTF-8", "tr_TR.UTF-8", "")
ZONES = ("UTC", "Asia/Kolkata", "nowhere")


# A process starts with the peak of the one that made it, so a small one stands between.
MEASURED = """
import os, sys
process = os.posix_spawn(sys.argv[2], sys.argv[2:], os.environ)
_, status, usage = os.wait4(process, 0)
with open(sys.argv[1], "w") as file:
    file.write(f"{os.waitstatus_to_exitcode(status)} {usage.ru_maxrss}")
"""


class Edges:
    def __init__(self, program, work):
        self.program = program
        self.work = work
        self.rows = []
        self.failures = []
        self.largest = 0

    def check(self, what, good, detail=""):
        if not good:
            self.failures.append(what)
            print(f"FAIL {what} {detail}", flush=True)

    def run(self, *words, environment=None, umask=-1):
        """Runs the program; returns its output and its peak memory in MB."""
        done = subprocess.run(
            [sys.executable, "-I", "-c", MEASURED, self.work / "usage", self.program, *map(str, words)],
            capture_output=True, text=True, stdin=subprocess.DEVNULL, env=environment, umask=umask)
        code, memory = map(int, (self.work / "usage").read_text().split())
        self.check(" ".join(map(str, words))[:80], code == 0, done.stderr[:300])
        self.largest = max(self.largest, memory >> 10)
        return done.stdout, memory >> 10

    def hashes(self, path):
        return json.loads(self.run("hash", "--json", path)[0])["tensors"]

    def note(self, what, text):
        self.rows.append((what, text))

    def round_trip(self, what, source, *ways):
        """Converts to another container and back, and compares every tensor; tells the largest memory."""
        before = self.hashes(source)
        peak = 0
        for way in ways or (("npz",), ("npz", "--compress=1")):
            other, back = self.work / "other.npz", self.work / "back.safetensors"
            for words in (("convert", source, "-o", other, "--to", *way), ("convert", other, "-o", back)):
                peak = max(peak, self.run(*words, "--force")[1])
            self.check(f"{what}, {' '.join(way)}", self.hashes(back) == before, "the contents differ")
            other.unlink()
            back.unlink()
        self.note(what, f"{len(before)} tensors, at most {peak} MB of memory")

    def write(self, name, tensors, metadata=None):
        """Writes a safetensors file of (name, dtype, shape, bytes); bytes as a number are a hole of that size."""
        entries = {"__metadata__": metadata} if metadata else {}
        offset = 0
        for tensor, dtype, shape, data in tensors:
            size = data if isinstance(data, int) else len(data)
            entries[tensor] = {"dtype": dtype, "shape": shape, "data_offsets": [offset, offset + size]}
            offset += size
        text = json.dumps(entries, ensure_ascii=False).encode()
        text += b" " * (-len(text) % 8)
        path = self.work / name
        with path.open("wb") as file:
            file.write(struct.pack("<Q", len(text)) + text)
            for _, _, _, data in tensors:
                if isinstance(data, int):
                    file.seek(data, os.SEEK_CUR)
                else:
                    file.write(data)
            file.truncate(8 + len(text) + offset)
        return path

    def many_tensors(self):
        path = self.write("many.safetensors", [
            (f"layer.{index // 100}.weight.{index}", "F32", [2], struct.pack("<ff", index, -index))
            for index in range(100_000)])
        self.round_trip("100,000 tensors", path)

    def long_names(self):
        # A member of an archive has a name of at most 65,535 bytes, `.npy` included.
        names = ["a" * 65_531, "é" * 32_765, "b" * 65_530 + "/"]
        path = self.write("names.safetensors", [(name, "U8", [1], b"\1") for name in names])
        self.round_trip("names of 64 KB", path)

    def every_bit(self):
        generator = random.Random(1)
        words32 = [0x7F800000, 0xFF800000, 0x7F800001, 0x7FC00001, 0xFFFFFFFF, 0x7FBFFFFF, 0x80000000, 1, 0x807FFFFF]
        words32 += [0x7F800000 | generator.getrandbits(23) | generator.getrandbits(1) << 31 for _ in range(1000)]
        words64 = [0x7FF0000000000000, 0xFFF0000000000000, 0x7FF0000000000001, 0xFFFFFFFFFFFFFFFF]
        words64 += [0x7FF0000000000000 | generator.getrandbits(52) for _ in range(1000)]
        codes16 = struct.pack("<65536H", *range(65536))
        tensors = [
            ("f32", "F32", [len(words32)], struct.pack(f"<{len(words32)}I", *words32)),
            ("f64", "F64", [len(words64)], struct.pack(f"<{len(words64)}Q", *words64)),
            ("f16", "F16", [65536], codes16), ("bf16", "BF16", [65536], codes16),
        ] + [(dtype, dtype, [16, 16], bytes(range(256))) for dtype in (
            "F8_E4M3", "F8_E5M2", "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ")]
        self.round_trip("NaN payloads, infinities, every code of the small types", self.write("bits.safetensors", tensors))

    def empty_shapes(self):
        shapes = [[], [0], [0, 1 << 57], [1 << 57, 0], [2, 0, 3], [1] * 64]
        path = self.write("empty.safetensors", [
            (f"t{index}", "F32", shape, b"" if 0 in shape else b"\0\0\x80\x3f") for index, shape in enumerate(shapes)])
        self.round_trip("0-d, zero-sized and 2^57-sized dimensions", path)

    def sums(self, *variants):
        """The sums of one conversion in different surroundings."""
        found = {}
        for name, environment, umask, words in variants:
            target = self.work / "variant"
            shutil.rmtree(target, ignore_errors=True)
            self.run(*words, "-o", target, "--force", environment=environment, umask=umask)
            sum_ = hashlib.sha256()
            for path in sorted(target.iterdir()):
                sum_.update(path.name.encode() + b"\0" + path.read_bytes())
            found[name] = (sum_.hexdigest(), {path.stat().st_mode & 0o777 for path in target.iterdir()})
        return found

    def many_shards(self):
        """More shards than may be open at first when they are made, and than may be open at all when they are read."""
        count, hard = 1500, resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        path = self.write("shards.safetensors", [
            (f"t{index}", "F32", [64], struct.pack("<64f", *range(index, index + 64))) for index in range(count)])
        before, folder = self.hashes(path), self.work / "shards"
        if hard != resource.RLIM_INFINITY and hard < 2 * count:
            return self.note(f"{count} shards", f"not tried: the system allows {hard} open files")
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
        self.run("convert", path, "-o", folder, "--to", "safetensors", "--max-shard-size", "256")
        found = subprocess.run(
            ["sh", "-c", 'ulimit -n 64; exec "$0" convert "$1" -o "$2" --to npz', self.program, folder, self.work / "one.npz"],
            capture_output=True, text=True)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        self.check("reading shards with 64 descriptors", found.returncode == 0, found.stderr[:300])
        self.check(f"{count} shards", self.hashes(self.work / "one.npz") == before, "the contents differ")
        self.note(f"{count} shards", "written with 256 open files at first, read with 64")

    def surroundings(self):
        model = Path(__file__).resolve().parent.parent / "fixtures" / "models" / "bert-mlm"
        # The same files, made in the opposite order: folders may list them so.
        copies = []
        for index, order in enumerate((1, -1)):
            copy = self.work / f"copy{index}"
            copy.mkdir()
            for path in sorted(model.iterdir())[::order]:
                shutil.copy(path, copy)
            (copy / "vocab.txt").write_text("a")
            copies.append(copy)
        ways = [["--to", "npz:tf1", "--compress=6"], ["--to", "safetensors", "--max-shard-size", "50kB"]]
        count = 0
        for way in ways:
            base = dict(os.environ)
            variants = [(f"{threads} threads", base, -1, ["convert", copies[0], *way, "--threads", threads])
                        for threads in (1, 2, 3, 7)]
            variants += [(f"locale {name!r}", base | {"LC_ALL": name, "LANG": name}, -1, ["convert", copies[0], *way])
                         for name in LOCALES]
            variants += [(f"zone {name}", base | {"TZ": name}, -1, ["convert", copies[0], *way]) for name in ZONES]
            variants += [("another order of entries", base, -1, ["convert", copies[1], *way])]
            variants += [("empty environment", {}, -1, ["convert", copies[0], *way])]
            found = self.sums(*variants, *((f"umask {mask:03o}", base, mask, ["convert", copies[0], *way])
                                           for mask in (0o022, 0o077)))
            self.check(f"the same bytes, {' '.join(way)}", len({sum_ for sum_, _ in found.values()}) == 1, found)
            for mask in (0o022, 0o077):
                self.check(f"umask {mask:03o}", found[f"umask {mask:03o}"][1] == {0o666 & ~mask})
            count += len(found)
        self.note("threads, locales, time zones, order of entries, umask", f"{count} runs, the same bytes")

    def sparse_file(self):
        """A file of 5 GB whose tensors lie behind 4 GB: offsets beyond 32 bits in both containers."""
        path = self.write("sparse.safetensors", [
            ("hole", "F32", [5 << 28], 5 << 30), ("last", "F32", [2], struct.pack("<ff", 1, 2))])
        self.round_trip("a sparse file of 5 GB", path)
        path.unlink()

    def large_tensors(self):
        """More than 2^31 elements in one tensor; a cast on the way."""
        count = (1 << 31) + 3
        path = self.write("large.safetensors", [("u8", "U8", [count], count), ("end", "U8", [3], b"\1\2\3")])
        self.round_trip("2^31 + 3 elements of U8", path)
        path = self.write("half.safetensors", [("f16", "F16", [2, count // 2 + 1], 2 * 2 * (count // 2 + 1))])
        before = self.hashes(path)["f16"]
        target = self.work / "f32.safetensors"
        peak = self.run("convert", path, "-o", target, "--dtype", "f32")[1]
        back = self.work / "f16.safetensors"
        peak = max(peak, self.run("convert", target, "-o", back, "--dtype", "f16")[1])
        self.check("F16 to F32 and back", self.hashes(back)["f16"] == before)
        self.note("2^31 + 4 elements of F16 to F32 and back", f"at most {peak} MB of memory")
        for name in (path, target, back):
            name.unlink()

    def large_members(self):
        """Members of an archive beyond 4 GB, as zipfile writes them."""
        path = self.work / "members.npz"
        count = (5 << 30) // 4
        header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({count},), }}".encode()
        header += b" " * (63 - (10 + len(header)) % 64) + b"\n"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1, allowZip64=True) as archive:
            with archive.open("big.npy", "w", force_zip64=True) as member:
                member.write(b"\x93NUMPY\1\0" + struct.pack("<H", len(header)) + header)
                block = bytes(1 << 24)
                for _ in range(count * 4 // len(block)):
                    member.write(block)
        target = self.work / "members.safetensors"
        peak = self.run("convert", path, "-o", target)[1]
        self.check("a deflated member of 5 GB", self.hashes(target) == self.hashes(path))
        self.note("a deflated member of 5 GB", f"at most {peak} MB of memory")
        path.unlink()
        target.unlink()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--large", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="edges-") as folder:
        edges = Edges(os.path.realpath(arguments.program), Path(folder))
        parts = [edges.many_tensors, edges.long_names, edges.every_bit, edges.empty_shapes, edges.many_shards, edges.surroundings]
        if arguments.large:
            parts += [edges.sparse_file, edges.large_tensors, edges.large_members]
        for part in parts:
            part()
    for what, text in edges.rows:
        print(f"{what:60} {text}")
    print(f"{len(edges.rows)} edges, {len(edges.failures)} failures, at most {edges.largest} MB of memory")
    return 1 if edges.failures else 0


if __name__ == "__main__":
    sys.exit(main())
