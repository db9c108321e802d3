"""Models of published sizes with random weights, made without any package and kept for the next run."""

import array
import json
import random
import shutil
import struct
from pathlib import Path

SIZES = {  # embed, blocks
    "gpt2": (768, 12),
    "gpt2-large": (1280, 36),
}


T5_SIZES = {"t5-small": (512, 6), "t5-base": (768, 12)}


def weights():
    """4 MB of normally distributed float32; deflate sees 32 kB at a time, so that repeating it does not help it."""
    draw = random.Random(1).gauss
    return array.array("f", (draw(0, 0.02) for _ in range(1 << 20))).tobytes()


def write(path, tensors, config=None):
    """Writes a safetensors file of float32 tensors: pairs of a name and a shape."""
    header, offset = {"__metadata__": {"format": "pt"}}, 0
    for name, shape in tensors:
        size = 4
        for length in shape:
            size *= length
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [offset, offset + size]}
        offset += size
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.parent.mkdir(parents=True, exist_ok=True)
    pattern = weights()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        while offset > 0:
            offset -= file.write(pattern[:offset])
    if config:
        (path.parent / "config.json").write_text(json.dumps(config))


def gpt2(embed, blocks):
    yield "transformer.wte.weight", [50257, embed]
    yield "transformer.wpe.weight", [1024, embed]
    for block in range(blocks):
        head = f"transformer.h.{block}."
        for name, shape in (
            ("ln_1.weight", [embed]), ("ln_1.bias", [embed]),
            ("attn.c_attn.weight", [embed, 3 * embed]), ("attn.c_attn.bias", [3 * embed]),
            ("attn.c_proj.weight", [embed, embed]), ("attn.c_proj.bias", [embed]),
            ("ln_2.weight", [embed]), ("ln_2.bias", [embed]),
            ("mlp.c_fc.weight", [embed, 4 * embed]), ("mlp.c_fc.bias", [4 * embed]),
            ("mlp.c_proj.weight", [4 * embed, embed]), ("mlp.c_proj.bias", [embed]),
        ):
            yield head + name, shape
    yield "transformer.ln_f.weight", [embed]
    yield "transformer.ln_f.bias", [embed]


def bert(embed, blocks):
    yield "bert.embeddings.word_embeddings.weight", [30522, embed]
    yield "bert.embeddings.position_embeddings.weight", [512, embed]
    yield "bert.embeddings.token_type_embeddings.weight", [2, embed]
    yield "bert.embeddings.LayerNorm.weight", [embed]
    yield "bert.embeddings.LayerNorm.bias", [embed]
    for block in range(blocks):
        head = f"bert.encoder.layer.{block}."
        for name, rows, columns in (
            ("attention.self.query", embed, embed), ("attention.self.key", embed, embed),
            ("attention.self.value", embed, embed), ("attention.output.dense", embed, embed),
            ("intermediate.dense", 4 * embed, embed), ("output.dense", embed, 4 * embed),
        ):
            yield head + name + ".weight", [rows, columns]
            yield head + name + ".bias", [rows]
        for name in ("attention.output.LayerNorm", "output.LayerNorm"):
            yield head + name + ".weight", [embed]
            yield head + name + ".bias", [embed]
    yield "bert.pooler.dense.weight", [embed, embed]
    yield "bert.pooler.dense.bias", [embed]


def t5(embed, blocks):
    heads = embed // 64
    yield "shared.weight", [32128, embed]
    for side in ("encoder", "decoder"):
        for block in range(blocks):
            parts = ["SelfAttention"] + ["EncDecAttention"] * (side == "decoder")
            for layer, part in enumerate(parts):
                head = f"{side}.block.{block}.layer.{layer}."
                for name in "qkvo":
                    yield head + f"{part}.{name}.weight", [embed, embed]
                if block == 0 and layer == 0:
                    yield head + f"{part}.relative_attention_bias.weight", [32, heads]
                yield head + "layer_norm.weight", [embed]
            head = f"{side}.block.{block}.layer.{len(parts)}."
            yield head + "DenseReluDense.wi.weight", [4 * embed, embed]
            yield head + "DenseReluDense.wo.weight", [embed, 4 * embed]
            yield head + "layer_norm.weight", [embed]
        yield f"{side}.final_layer_norm.weight", [embed]


def model(folder: Path, name: str) -> Path:
    """The weight file of a model, made if it is not there."""
    path = folder / name / "model.safetensors"
    if path.exists():
        return path
    shutil.rmtree(path.parent, ignore_errors=True)
    if name in SIZES:
        embed, blocks = SIZES[name]
        config = {
            "model_type": "gpt2", "architectures": ["GPT2LMHeadModel"], "n_embd": embed, "n_layer": blocks,
            "n_head": embed // 64, "n_positions": 1024, "vocab_size": 50257, "activation_function": "gelu_new",
            "layer_norm_epsilon": 1e-5,
        }
        write(path, list(gpt2(embed, blocks)), config)
    elif name in T5_SIZES:
        embed, blocks = T5_SIZES[name]
        config = {
            "model_type": "t5", "architectures": ["T5ForConditionalGeneration"], "d_model": embed, "d_kv": 64,
            "d_ff": 4 * embed, "num_layers": blocks, "num_decoder_layers": blocks, "num_heads": embed // 64,
            "vocab_size": 32128, "relative_attention_num_buckets": 32, "relative_attention_max_distance": 128,
            "feed_forward_proj": "relu", "layer_norm_epsilon": 1e-6, "tie_word_embeddings": True,
            "decoder_start_token_id": 0, "eos_token_id": 1, "pad_token_id": 0,
        }
        write(path, list(t5(embed, blocks)), config)
    elif name == "bert-base":
        config = {
            "model_type": "bert", "architectures": ["BertModel"], "hidden_size": 768, "num_hidden_layers": 12,
            "num_attention_heads": 12, "intermediate_size": 3072, "vocab_size": 30522, "max_position_embeddings": 512,
            "type_vocab_size": 2, "hidden_act": "gelu", "layer_norm_eps": 1e-12,
        }
        write(path, list(bert(768, 12)), config)
    else:  # many-100000: so many tensors of eight elements
        count = int(name.removeprefix("many-"))
        write(path, [
            (f"model.layers.{i // 100}.experts.{i % 100}.mlp.down_proj.weight", [2, 4]) for i in range(count)])
    return path
