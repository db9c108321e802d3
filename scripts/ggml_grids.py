"""Writes Sources/CKernels/block_grids.h: the code books of ggml's IQ1, IQ2 and IQ3 types, out of the package gguf 0.19.0 (MIT).

    python scripts/ggml_grids.py > Sources/CKernels/block_grids.h        needs gguf==0.19.0
"""

from gguf import quants

GRIDS = [("iq2_xxs", quants.IQ2_XXS, 8), ("iq2_xs", quants.IQ2_XS, 8), ("iq2_s", quants.IQ2_S, 8),
         ("iq3_xxs", quants.IQ3_XXS, 4), ("iq3_s", quants.IQ3_S, 4), ("iq1", quants.IQ1_S, 8)]

print("// The code books of ggml's IQ types: figures of ggml-common.h (MIT licence, The ggml authors), taken from the package")
print("// gguf 0.19.0 by scripts/ggml_grids.py. An entry is 16 bits: eight indices of two bits or four of four bits into a list")
print("// of values, the first in the lowest bits.")
for name, kind, width in GRIDS:
    kind.init_grid()
    values = [int(v) for v in kind.grid_map]
    rows = kind.grid.reshape(kind.grid_shape).astype(int).tolist()
    bits = 16 // width
    entries = [sum(values.index(v) << bits * i for i, v in enumerate(row)) for row in rows]
    print(f"\nstatic const int8_t {name}_values[{1 << bits}] = {{{', '.join(map(str, values))}}};")
    print(f"static const uint16_t {name}_grid[{len(entries)}] = {{")
    for start in range(0, len(entries), 16):
        print("  " + " ".join(f"{e}," for e in entries[start:start + 16]))
    print("};")
