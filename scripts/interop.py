#!/usr/bin/env python3
"""Checks tfconv's files against the real numpy and safetensors packages, in both directions.

usage: scripts/interop.py TFCONV        (needs numpy, safetensors, ml_dtypes)

Every check converts with `TFCONV convert IN -o OUT --to FORMAT`, which changes the container alone, and compares names,
element types, shapes and bits. Exit status 1 if anything differs.
"""
import json
import os
import struct
import subprocess
import sys
import tempfile

import ml_dtypes
import numpy as np
import safetensors
import safetensors.numpy as st

TFCONV = os.path.abspath(sys.argv[1])
FAILURES = []
CHECKS = 0
NATIVE = ["bool", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f2", "f4", "f8", "c8"]
SHAPES = [(), (0,), (1,), (3,), (2, 3), (3, 0, 2), (1, 1, 1), (5, 7), (2, 3, 5, 7), (1000, 17)]
BARE = {  # types that numpy lacks, by safetensors name
    "BF16": ml_dtypes.bfloat16,
    "F8_E4M3": ml_dtypes.float8_e4m3fn,
    "F8_E5M2": ml_dtypes.float8_e5m2,
    "F8_E8M0": ml_dtypes.float8_e8m0fnu,
    "F8_E4M3FNUZ": ml_dtypes.float8_e4m3fnuz,
    "F8_E5M2FNUZ": ml_dtypes.float8_e5m2fnuz,
}


def check(what, good, detail=""):
    global CHECKS
    CHECKS += 1
    if not good:
        FAILURES.append(what)
        print(f"FAIL {what} {detail}")


def convert(source, target, kind, *options):
    run = subprocess.run(
        [TFCONV, "convert", source, "-o", target, "--to", kind, *options], capture_output=True, text=True)
    if run.returncode:
        check(f"convert {os.path.basename(source)} to {kind}", False, run.stderr.strip())
    return run.returncode == 0


def array(rng, dtype, shape):
    """Random bits: NaN payloads, subnormals and signed zeros included; truth values stay 0 and 1."""
    dtype = np.dtype(dtype)
    count = int(np.prod(shape, dtype=np.int64))
    if dtype == np.bool_:
        return rng.integers(0, 2, count).astype(np.bool_).reshape(shape)
    return np.frombuffer(rng.bytes(count * dtype.itemsize), dtype).reshape(shape)


def bits(value):
    return np.ascontiguousarray(value).tobytes()


def same(what, expected, found):
    check(f"{what}: names", sorted(expected) == sorted(found), f"{sorted(expected)} / {sorted(found)}")
    for name, value in expected.items():
        other = found.get(name)
        if other is None:
            continue
        check(f"{what}: {name} dtype", value.dtype.newbyteorder("=") == other.dtype.newbyteorder("="),
              f"{value.dtype} / {other.dtype}")
        check(f"{what}: {name} shape", value.shape == other.shape, f"{value.shape} / {other.shape}")
        native = value.astype(value.dtype.newbyteorder("="), copy=False)
        check(f"{what}: {name} bits", bits(native) == bits(other))


def native_arrays(rng):
    return {f"layer/{code}.{index}": array(rng, code, shape)
            for code in NATIVE for index, shape in enumerate(SHAPES)}


def header(path):
    with open(path, "rb") as file:
        length = struct.unpack("<Q", file.read(8))[0]
        return json.loads(file.read(length)), 8 + length


def from_numpy(rng, folder):
    arrays = native_arrays(rng)
    arrays["größe"] = array(rng, "f4", (4, 4))
    np.savez(f"{folder}/stored.npz", **arrays)
    np.savez_compressed(f"{folder}/deflated.npz", **arrays)
    for kind in ["stored", "deflated"]:
        if convert(f"{folder}/{kind}.npz", f"{folder}/{kind}.safetensors", "safetensors"):
            same(f"numpy {kind} npz to safetensors", arrays, st.load_file(f"{folder}/{kind}.safetensors"))
        for level in [0, 1, 2, 3, 6, 9, 12]:
            target = f"{folder}/{kind}.{level}.npz"
            options = [f"--compress={level}"] if level else []
            if convert(f"{folder}/{kind}.npz", target, "npz", *options):
                with np.load(target) as read:
                    same(f"numpy {kind} npz to npz level {level}", arrays, dict(read))
                    check(f"level {level}: members read in the given order", list(read) == list(arrays))
                if not level:
                    check("stored members are aligned", all(
                        offset % 64 == 0 for offset in data_offsets(target)))
    swapped = {name: value.astype(value.dtype.newbyteorder(">")) for name, value in arrays.items()}
    swapped = {name: np.array(value, order="F") for name, value in swapped.items()}
    np.savez(f"{folder}/swapped.npz", **swapped)
    if convert(f"{folder}/swapped.npz", f"{folder}/swapped.safetensors", "safetensors"):
        same("big-endian Fortran npz", arrays, st.load_file(f"{folder}/swapped.safetensors"))


def data_offsets(path):
    import zipfile
    with zipfile.ZipFile(path) as archive, open(path, "rb") as file:
        for info in archive.infolist():
            file.seek(info.header_offset + 26)
            name, extra = struct.unpack("<HH", file.read(4))
            start = info.header_offset + 30 + name + extra
            file.seek(start + 8)
            yield start + 10 + struct.unpack("<H", file.read(2))[0]


def single_arrays(rng, folder):
    for code in NATIVE:
        for index, shape in enumerate(SHAPES):
            value = array(rng, code, shape)
            for order, stored in [("C", value), ("F", np.array(value, order="F")),
                                  (">", value.astype(value.dtype.newbyteorder(">")))]:
                source = f"{folder}/in.npy"
                np.save(source, stored)
                target = f"{folder}/out.npy"
                if os.path.exists(target):
                    os.unlink(target)
                if not convert(source, target, "npy"):
                    continue
                reference = f"{folder}/reference.npy"
                np.save(reference, value)
                with open(target, "rb") as a, open(reference, "rb") as b:
                    check(f"npy {code} {shape} {order} is what numpy writes", a.read() == b.read())
    value = array(rng, "u2", (6, 5)).view(ml_dtypes.bfloat16)
    np.save(f"{folder}/bf16.npy", value)
    if convert(f"{folder}/bf16.npy", f"{folder}/bf16.safetensors", "safetensors"):
        same("ml_dtypes bfloat16 npy", {"bf16": value}, st.load_file(f"{folder}/bf16.safetensors"))


def from_safetensors(rng, folder):
    arrays = native_arrays(rng)
    arrays |= {f"bf16.{index}": array(rng, "u2", shape).view(ml_dtypes.bfloat16)
               for index, shape in enumerate(SHAPES)}
    source = f"{folder}/reference.safetensors"
    st.save_file({name: np.ascontiguousarray(value).reshape(value.shape) for name, value in arrays.items()}, source)
    if convert(source, f"{folder}/copy.safetensors", "safetensors"):
        with open(source, "rb") as a, open(f"{folder}/copy.safetensors", "rb") as b:
            check("safetensors is what the reference writes, byte for byte", a.read() == b.read())
    if convert(source, f"{folder}/bf16.npz", "npz"):
        with np.load(f"{folder}/bf16.npz") as read:
            declared = json.loads(read["__tfconv_dtypes__"].tobytes())
            found = {name: read[name].view(ml_dtypes.bfloat16) if declared.get(name) == "BF16" else read[name]
                     for name in read if not name.startswith("__tfconv_")}
        same("safetensors with bf16 to npz", arrays, found)
        if convert(f"{folder}/bf16.npz", f"{folder}/back.safetensors", "safetensors"):
            with open(source, "rb") as a, open(f"{folder}/back.safetensors", "rb") as b:
                check("through npz and back is byte-identical", a.read() == b.read())


def bare_types(rng, folder):
    """Types without a numpy dtype, and metadata, both kept by the declared convention."""
    tensors = {}
    for name, dtype in BARE.items():
        width = np.dtype(dtype).itemsize
        tensors[name.lower()] = (name, [3, 5], rng.bytes(15 * width))
    tensors["plain"] = ("F32", [2], rng.bytes(8))
    order = list(tensors)
    entries, offset = {"__metadata__": {"format": "pt", "note": "grüße"}}, 0
    for name in order:
        dtype, shape, data = tensors[name]
        entries[name] = {"dtype": dtype, "shape": shape, "data_offsets": [offset, offset + len(data)]}
        offset += len(data)
    text = json.dumps(entries).encode()
    with open(f"{folder}/bare.safetensors", "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(tensors[name][2] for name in order))
    if not convert(f"{folder}/bare.safetensors", f"{folder}/bare.npz", "npz"):
        return
    with np.load(f"{folder}/bare.npz") as read:
        declared = json.loads(read["__tfconv_dtypes__"].tobytes())
        for name, (dtype, shape, data) in tensors.items():
            value = read[name]
            if name in declared:
                check(f"{name} is declared", declared[name] == dtype)
                value = value.view(BARE[dtype])
            check(f"{name} bits in npz", list(value.shape) == shape and value.tobytes() == data)
        kept = json.loads(read["__tfconv_metadata__"].tobytes())
        check("metadata in npz", kept == entries["__metadata__"], kept)
    if convert(f"{folder}/bare.npz", f"{folder}/bare2.safetensors", "safetensors"):
        found, start = header(f"{folder}/bare2.safetensors")
        check("metadata is kept", found["__metadata__"] == entries["__metadata__"])
        with open(f"{folder}/bare2.safetensors", "rb") as file:
            blob = file.read()
        listed = dict(safetensors.deserialize(blob))
        for name, (dtype, shape, data) in tensors.items():
            check(f"{name} through npz", listed[name]["dtype"] == dtype and listed[name]["shape"] == shape
                  and bytes(listed[name]["data"]) == data, listed[name]["dtype"])


def casts(rng, folder):
    """Every code of the small types, and every place where rounding to 16 bits changes: numpy and ml_dtypes decide."""
    small = {name: np.arange(256, dtype=np.uint8).view(dtype) for name, dtype in BARE.items() if name != "BF16"}
    codes = np.arange(65536, dtype=np.uint16)
    halves = {"F16": codes.view(np.float16), "BF16": codes.view(ml_dtypes.bfloat16)}
    wide = {}
    for name, value in halves.items():
        # The values, the middles between neighbours, and the floats on both sides of each.
        with np.errstate(invalid="ignore"):
            exact = value.astype(np.float32)
            middles = (exact.view(np.uint32).astype(np.uint64) + np.roll(exact.view(np.uint32), -1)) // 2
        for what, around in (("values", exact.view(np.uint32)), ("middles", middles.astype(np.uint32))):
            for step in (-1, 0, 1):
                wide[f"{name}.{what}.{step}"] = (around + np.uint32(step & 0xFFFFFFFF)).view(np.float32)
    wide["random"] = array(rng, np.float32, (1 << 20,))
    stored = {name: (name, value) for name, value in (small | halves).items()}
    stored |= {name: ("F32", value) for name, value in wide.items()}
    with np.errstate(invalid="ignore"):
        stored |= {f"{name} as F64": ("F64", value.astype(np.float64)) for name, value in wide.items() if name != "random"}
    source = f"{folder}/casts.safetensors"
    write_raw(source, stored)
    for dtype, kind in (("f32", np.float32), ("f16", np.float16), ("bf16", ml_dtypes.bfloat16)):
        target = f"{folder}/{dtype}.safetensors"
        if not convert(source, target, "safetensors", "--dtype", dtype, "--allow-overflow"):
            continue
        with open(target, "rb") as file:
            listed = dict(safetensors.deserialize(file.read()))
        for name, (_, value) in stored.items():
            with np.errstate(all="ignore"):
                # A double is rounded once; ml_dtypes goes by way of float32, which is exact for these.
                expected = value.astype(kind) if kind is not ml_dtypes.bfloat16 else value.astype(np.float32).astype(kind)
                found = np.frombuffer(bytes(listed[name]["data"]), kind)
                nan = np.isnan(expected.astype(np.float32))
                good = np.array_equal(nan, np.isnan(found.astype(np.float32)))
                width = f"u{expected.dtype.itemsize}"
                differing = (expected.view(width) != found.view(width)) & ~nan
            check(f"{name} as {dtype}", good and not differing.any(), f"{int(differing.sum())} values differ")


def write_raw(path, tensors):
    """A safetensors file of types that the library's numpy interface lacks."""
    entries, offset = {}, 0
    for name, (dtype, value) in tensors.items():
        entries[name] = {"dtype": dtype, "shape": list(value.shape), "data_offsets": [offset, offset + value.nbytes]}
        offset += value.nbytes
    text = json.dumps(entries).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for _, value in tensors.values():
            file.write(bits(value))


def main():
    rng = np.random.default_rng(20240229)
    with tempfile.TemporaryDirectory() as root:
        for part in [from_numpy, single_arrays, from_safetensors, bare_types, casts]:
            folder = f"{root}/{part.__name__}"
            os.mkdir(folder)
            part(rng, folder)
    print(f"{CHECKS} checks against numpy {np.__version__}, safetensors {safetensors.__version__}, "
          f"ml_dtypes {ml_dtypes.__version__}: {len(FAILURES)} failed")
    return 1 if FAILURES else 0


if __name__ == "__main__":
    sys.exit(main())
