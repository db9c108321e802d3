"""The area `convert`: containers, casts, layouts, shards and compression, beside cp, the limit, and numpy."""

import subprocess

from bench import Job
from benchmark_models import model

TRANSPOSED = "('c_attn.weight','c_proj.weight','c_fc.weight')"
LOAD = "import sys,numpy as np\nfrom safetensors.numpy import load_file,save_file\nt=load_file(sys.argv[1])\n"
PEERS = {
    "npz": LOAD + "np.savez(sys.argv[2],**t)",
    "from npz": "import sys,numpy as np\nfrom safetensors.numpy import save_file\nz=np.load(sys.argv[1])\n"
    "save_file({k:z[k] for k in z.files},sys.argv[2])",
    "f16": LOAD + "save_file({k:v.astype(np.float16) for k,v in t.items()},sys.argv[2])",
    "bf16": LOAD + "import ml_dtypes\nsave_file({k:v.astype(ml_dtypes.bfloat16) for k,v in t.items()},sys.argv[2])",
    "hf to nanogpt": LOAD + "save_file({k:np.ascontiguousarray(v.T) if k.endswith(%s) else v for k,v in t.items()},"
    "sys.argv[2])" % TRANSPOSED,
}


def jobs(bench):
    floor = bench.compile("bench_floor.c")
    for name in ["gpt2"] + (["gpt2-large"] if bench.options.large else []):
        yield from model_jobs(bench, name, floor)
    yield many_job(bench, 100_000)


def model_jobs(bench, name, floor):
    """The jobs on one model; what tfconv needs as another input is made with tfconv."""
    source = model(bench.models, name)
    folder, out, made = source.parent, bench.out, bench.models / f"{name}-made"
    archive, tf1, shards = made / "model.npz", made / "tf1", made / "shards"
    for path, options in (
        (archive, ["--to", "npz"]), (tf1, ["--to", "npz:tf1"]), (shards, ["--max-shard-size", "5MB"]),
    ):
        if not path.exists():
            made.mkdir(exist_ok=True)
            subprocess.check_call(
                [bench.program, "convert", folder, "-o", path, "--quiet", *options], stdout=subprocess.DEVNULL)
    peers = bench.has("numpy", "safetensors", "ml_dtypes")
    single = f"{out}/o.safetensors"
    for job, given, written, options in (
        ("npz", source, f"{out}/o.npz", ["--to", "npz"]),
        ("from npz", archive, single, []),
        ("f16", source, single, ["--dtype", "f16"]),
        ("bf16", source, single, ["--dtype", "bf16"]),
        ("hf to nanogpt", folder, single, ["--to", "safetensors:nanogpt"]),
        ("tf1 to hf", tf1, single, ["--to", "safetensors:hf"]),
        ("same container", source, single, []),
        ("shards to one", shards, single, []),
        ("one to shards", source, f"{out}/o", ["--max-shard-size", "100MB"]),
        ("compressed npz", source, f"{out}/o.npz", ["--to", "npz", "--compress"]),
    ):
        copied = given if given.is_file() else next(given.glob("model.*")) if given is not shards else given
        command = ["convert", given, "-o", written, "--force", "--quiet", *options]
        rows = [
            ("cp", ["cp", "-r", copied, f"{out}/c"]),
            ("cp and sync", ["sh", "-c", 'cp -r "$0" "$1" && sync "$1"', copied, f"{out}/c"]),
            ("tfconv", [bench.program, *command]),
            ("tfconv, 1 thread", [bench.program, *command, "--threads", "1"]),
            ("tfconv --sync", [bench.program, *command, "--sync"]),
        ]
        if copied.is_file():
            rows.insert(1, ("limit of copying", [floor, copied, f"{out}/c"]))
            rows.insert(2, ("limit of copying to the disk", [floor, "sync", copied, f"{out}/c"]))
        if peers and job in PEERS:
            first = source if given is folder else given
            rows.append(("numpy", [bench.python, "-c", PEERS[job], first, written]))
        yield Job(f"{name}: {job}", rows, input=copied)


def many_job(bench, count):
    source = model(bench.models, f"many-{count}")
    written = f"{bench.out}/o.npz"
    rows = [
        ("cp", ["cp", source, written]),
        ("tfconv", [bench.program, "convert", source, "-o", written, "--force", "--quiet"]),
    ]
    if floor := bench.options.floor:
        rows.insert(0, ("C floor", [floor, "npz", source, written, "2"]))
    if bench.has("numpy", "safetensors"):
        rows.append(("numpy", [bench.python, "-c", PEERS["npz"], source, written]))
    return Job(f"{count} tensors: npz", rows, input=source)
