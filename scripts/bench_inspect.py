"""The area `inspect`: from the start of the process to the printed table, and how that grows with the tensors."""

from bench import Job
from benchmark_models import model

READ = (
    "import sys,struct,json\nf=open(sys.argv[1],'rb')\nh=json.loads(f.read(struct.unpack('<Q',f.read(8))[0]))\n"
    "h.pop('__metadata__',0)\nfor k,v in h.items(): print(k,v['dtype'],v['shape'])"
)
SAFE_OPEN = (
    "import sys\nfrom safetensors import safe_open\nf=safe_open(sys.argv[1],'np')\n"
    "for k in f.keys():\n  x=f.get_slice(k)\n  print(k,x.get_dtype(),x.get_shape())"
)


def jobs(bench):
    empty = bench.compile("bench_empty.swift")
    for name in ("bert-base", "many-1000", "many-10000", "many-100000"):
        source = model(bench.models, name)
        rows = [
            ("Python's json", [bench.python, "-S", "-E", "-c", READ, source]),
            ("empty Swift program", [empty]),
            ("tfconv", [bench.program, "inspect", source]),
            ("tfconv --version", [bench.program, "--version"]),
        ]
        if floor := bench.options.floor:
            rows.append(("C floor", [floor, "inspect", source]))
        if bench.has("safetensors", "numpy"):
            rows.append(("safetensors", [bench.python, "-c", SAFE_OPEN, source]))
        # The others need so little memory that using some before would only empty the processor's caches.
        spare = 500 if name == "many-100000" else 0
        yield Job(f"inspect {name}", rows, spare_mb=spare, runs=3 * bench.options.runs)
