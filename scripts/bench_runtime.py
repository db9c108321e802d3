#!/usr/bin/env python3
"""Measures the runtime beside other runtimes, one cold process a measurement, all engines in turn in every round.

    scripts/bench_runtime.py --models DIR [--tasks bert1x128,gpt2] [--threads 2,1] [--rounds 3] [--json OUT.json]

DIR holds Hugging Face folders: bert-base-uncased, gpt2, t5-small, t5-base. `torch` and `ctranslate2` are measured when
the Python that runs this has them (with transformers); any other program that prints one line of JSON with the keys of
`tfconv schema bench` joins with --peer 'NAME=COMMAND', where {task} {kind} {a} {b} {model} {dir} {threads} {iters} are
filled in. {task} is bert:BATCH:SEQ, gpt2:PROMPT:DECODE, gpt2all:PROMPT:0 or t5:SEQ:DECODE.

Before each process that decodes, the bandwidth of the memory is measured with a small C program (cc), and once more
after it. Prints a table of medians (and bests) in Markdown; times of a noisy machine compare only within one round, so
the ratios are medians over rounds of one engine against the other.
"""
import argparse
import json
import os
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
KEYS = ("import_s load_s first_s fwd_s fwd_min fwd_max dec_s dec_min cpu_iter chk").split()

# name: (kind, a, b, model, passes, bytes read for each decoded token, tokens decoded)
TASKS = {
    "bert1x128": ("bert", 1, 128, "bert-base-uncased", 12, 0, 0),
    "bert1x512": ("bert", 1, 512, "bert-base-uncased", 6, 0, 0),
    "bert8x128": ("bert", 8, 128, "bert-base-uncased", 4, 0, 0),
    "gpt2": ("gpt2", 512, 64, "gpt2", 4, 4 * (12 * 12 * 768**2 + 50257 * 768 + 12 * 2 * 544 * 768), 64),
    "gpt2all": ("gpt2all", 512, 0, "gpt2", 3, 0, 0),
    "t5-small": ("t5", 128, 32, "t5-small", 6, 4 * (6 * (6 * 512**2 + 2 * 512 * 2048) + 32128 * 512 + 6 * 256 * 512), 32),
    "t5-base": ("t5", 128, 32, "t5-base", 4, 4 * (12 * (6 * 768**2 + 2 * 768 * 3072) + 32128 * 768 + 12 * 256 * 768), 32),
}

BANDWIDTH = r"""
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#define BYTES (256ul << 20)
static double now(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec + t.tv_nsec * 1e-9; }
static unsigned long *memory[64], sums[64];
static void *read_all(void *index) {
  unsigned long *p = memory[(long)index], sum = 0;
  for (size_t i = 0; i < BYTES / 8; i++) sum += p[i];
  sums[(long)index] = sum;
  return NULL;
}
int main(int count, char **words) {
  long threads = count > 1 ? atol(words[1]) : 1;
  double best = 0;
  for (long t = 0; t < threads; t++) memset(memory[t] = malloc(BYTES), (int)t + 1, BYTES);
  for (int round = 0; round < 5; round++) {
    pthread_t ids[64];
    double start = now();
    for (long t = 0; t < threads; t++) pthread_create(&ids[t], NULL, read_all, (void *)t);
    for (long t = 0; t < threads; t++) pthread_join(ids[t], NULL);
    double rate = threads * BYTES / (now() - start) * 1e-9;
    if (rate > best) best = rate;
  }
  printf("%.2f\n", best);
}
"""


def made_up_ids(count, row=0):
    """The ids that `tfconv bench` uses."""
    return [1000 + (place * 7919 + row * 31) % 20000 for place in range(count)]


def repeat(passes, forward, decode=None):
    """Times forward() -> state and decode(state); returns the figures."""
    times, decoding, first, check, start = [], [], 0, 0, 0
    for index in range(-1, passes):
        if index == 0:
            start = time.process_time()
        begin = time.perf_counter()
        state = forward()
        elapsed = time.perf_counter() - begin
        if index < 0:
            first = elapsed
        else:
            times.append(elapsed)
        check = state
        if decode:
            begin = time.perf_counter()
            check = decode(state)
            if index >= 0:
                decoding.append(time.perf_counter() - begin)
    return {
        "first_s": first, "fwd_s": statistics.median(times), "fwd_min": min(times), "fwd_max": max(times),
        "dec_s": statistics.median(decoding) if decoding else 0, "dec_min": min(decoding, default=0),
        "cpu_iter": (time.process_time() - start) / passes, "chk": float(check),
    }


def torch_worker(kind, a, b, folder, threads, passes):
    begin = time.perf_counter()
    import torch
    import transformers

    torch.set_num_threads(threads)
    torch.set_grad_enabled(False)
    transformers.logging.set_verbosity_error()
    imported = time.perf_counter() - begin
    begin = time.perf_counter()
    classes = {"bert": "BertModel", "t5": "T5ForConditionalGeneration"}
    model = getattr(transformers, classes.get(kind, "GPT2LMHeadModel")).from_pretrained(folder).eval()
    loaded = time.perf_counter() - begin
    if kind == "bert":
        ids = torch.tensor([made_up_ids(b, row) for row in range(a)])
        figures = repeat(passes, lambda: float(model(input_ids=ids).last_hidden_state[0, 0, 0]))
    elif kind == "gpt2all":
        ids = torch.tensor([made_up_ids(a)])
        figures = repeat(passes, lambda: float(model(input_ids=ids, use_cache=False).logits[0, -1].argmax()))
    else:
        ids = torch.tensor([made_up_ids(a)])

        def greedy(state, call):
            cache, token, total = state
            for _ in range(b):
                result = call(token[:, None], cache)
                cache, token = result.past_key_values, result.logits[:, -1].argmax(-1)
                total += int(token)
            return total

        if kind == "gpt2":

            def prefill():
                result = model(input_ids=ids, use_cache=True, logits_to_keep=1)
                return result.past_key_values, result.logits[:, -1].argmax(-1), 0

            def step(token, cache):
                return model(input_ids=token, past_key_values=cache, use_cache=True)

            figures = repeat(passes, prefill, lambda state: greedy(state, step))
        else:

            def decode(encoded):
                def step(token, cache):
                    return model(
                        encoder_outputs=encoded, decoder_input_ids=token, past_key_values=cache, use_cache=True)

                return greedy((None, torch.zeros(1, dtype=torch.long), 0), step)

            figures = repeat(passes, lambda: model.get_encoder()(input_ids=ids), decode)
    return {"import_s": imported, "load_s": loaded, **figures}


def ctranslate2_worker(kind, a, b, folder, threads, passes):
    begin = time.perf_counter()
    import ctranslate2
    import numpy

    imported = time.perf_counter() - begin
    converted = Path(folder).parent / "_ctranslate2" / Path(folder).name
    if not converted.exists():
        ctranslate2.converters.TransformersConverter(str(folder)).convert(str(converted))
    begin = time.perf_counter()
    kinds = {"bert": ctranslate2.Encoder, "t5": ctranslate2.Translator}
    model = kinds.get(kind, ctranslate2.Generator)(
        str(converted), compute_type="float32", inter_threads=1, intra_threads=threads)
    loaded = time.perf_counter() - begin
    if kind == "bert":
        ids = [made_up_ids(b, row) for row in range(a)]
        figures = repeat(passes, lambda: float(numpy.array(model.forward_batch(ids).last_hidden_state)[0, 0, 0]))
    elif kind == "gpt2all":
        figures = repeat(passes, lambda: int(numpy.array(model.forward_batch([made_up_ids(a)]))[0, -1].argmax()))
    else:
        files = [converted / "vocabulary.json", converted / "shared_vocabulary.json"]
        words = json.loads(next(file for file in files if file.exists()).read_text())
        text = [[words[index] for index in made_up_ids(a)]]

        def generate(count):
            if kind == "gpt2":
                return sum(model.generate_batch(
                    text, max_length=count, min_length=count, beam_size=1, sampling_topk=1,
                    include_prompt_in_result=False)[0].sequences_ids[0])
            return len(model.translate_batch(
                text, max_decoding_length=count, min_decoding_length=count, beam_size=1)[0].hypotheses[0])

        # It has no call for the prompt alone: decoding is the difference to one token.
        figures = repeat(passes, lambda: generate(1), lambda _: generate(b + 1))
        figures["dec_s"] -= figures["fwd_s"]
        figures["dec_min"] -= figures["fwd_min"]
    return {"import_s": imported, "load_s": loaded, **figures}


WORKERS = {"torch": torch_worker, "ctranslate2": ctranslate2_worker}


def measured(command):
    """Runs a command; returns its figures with wall time, peak memory and the processor time that others used."""
    def busy():
        return sum(map(int, Path("/proc/stat").read_text().splitlines()[0].split()[1:4])) / os.sysconf("SC_CLK_TCK")

    before, begin = busy(), time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    output, errors = process.stdout.read(), process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - begin
    lines = [line for line in output.splitlines() if line.startswith("{")]
    if status or not lines:
        print(f"# {' '.join(map(str, command))}: failed: {errors[-300:]}", file=sys.stderr)
        return None
    figures = json.loads(lines[-1])
    others = (busy() - before - usage.ru_utime - usage.ru_stime) / wall
    return {key: figures[key] for key in KEYS} | {
        "wall_s": wall, "rss_mb": usage.ru_maxrss / 1024, "others": max(0, others)}


def commands(options, task, threads):
    kind, a, b, model, passes, _, _ = TASKS[task]
    folder = Path(options.models) / model
    passes = max(1, round(passes * options.scale))
    batch, length, decode = (a, b, 0) if kind == "bert" else (1, a, b)
    words = [options.tfconv, "bench", folder, "--batch", batch, "--seq", length, "--decode", decode]
    words += ["--threads", threads, "--iters", passes, "--json"] + (["--all-logits"] if kind == "gpt2all" else [])
    result = {"tfconv": list(map(str, words))}
    for name in WORKERS:
        if name in options.engines:
            result[name] = list(map(str, [
                sys.executable, __file__, "--worker", name, kind, a, b, folder, threads, passes]))
    for peer in options.peer:
        name, _, command = peer.partition("=")
        result[name] = shlex.split(command.format(
            task=f"{kind}:{a}:{b}", kind=kind, a=a, b=b, model=model, dir=folder, threads=threads, iters=passes))
    return result


def table(results, engines):
    for (task, threads), rounds in results.items():
        _, a, b, _, _, size, tokens = TASKS[task]
        print(f"\n#### {task}, {threads} thread{'s' if threads > 1 else ''}\n")
        decodes = size > 0
        head = ["engine", "forward ms (best)", "tfconv is faster by"]
        head += ["decode tokens/s (best)", "share of DRAM bandwidth", "tfconv is faster by"] if decodes else []
        head += ["cpu s a pass", "start to first result s", "peak MB", "others"]
        print("| " + " | ".join(head) + " |\n" + "|---" * len(head) + "|")
        for engine in engines:
            rows = [r[engine] for r in rounds if r.get(engine)]
            if not rows:
                continue

            def median(key):
                return statistics.median(row[key] for row in rows)

            def ratio(key):
                pairs = [r[engine][key] / r["tfconv"][key] for r in rounds if r.get(engine) and r.get("tfconv")]
                return f"{statistics.median(pairs):.2f}" if pairs else "-"

            cells = [engine, f"{median('fwd_s') * 1e3:.1f} ({min(r['fwd_min'] for r in rows) * 1e3:.1f})", ratio("fwd_min")]
            if decodes:
                rate, best = tokens / median("dec_s"), tokens / min(r["dec_min"] for r in rows)
                share = statistics.median(size * tokens / r["dec_min"] / 1e9 / r["bandwidth"] for r in rows)
                cells += [f"{rate:.1f} ({best:.1f})", f"{share:.2f}", ratio("dec_min")]
            start = median("import_s") + median("load_s") + median("first_s")
            print("| " + " | ".join(cells + [
                f"{median('cpu_iter'):.3f}", f"{start:.2f}", f"{median('rss_mb'):.0f}", f"{median('others'):.2f}"]) + " |")


def main():
    if sys.argv[1:2] == ["--worker"]:
        name, kind, a, b, folder, threads, passes = sys.argv[2:]
        print(json.dumps(WORKERS[name](kind, int(a), int(b), folder, int(threads), int(passes))))
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", required=True)
    parser.add_argument("--tfconv", default=str(ROOT / ".build/release/tfconv"))
    parser.add_argument("--tasks", default=",".join(TASKS))
    parser.add_argument("--threads", default="2,1")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--scale", type=float, default=1, help="times the usual number of passes")
    parser.add_argument("--engines", default="torch,ctranslate2", help="peers among these that this Python has")
    parser.add_argument("--peer", action="append", default=[], metavar="NAME=COMMAND")
    parser.add_argument("--json", help="write all figures to this file")
    options = parser.parse_args()
    found = []
    for name in filter(None, options.engines.split(",")):
        if subprocess.run([sys.executable, "-c", f"import {name}"], capture_output=True).returncode == 0:
            found.append(name)
    options.engines = found
    results = {}
    with tempfile.TemporaryDirectory() as scratch:
        source, limits = Path(scratch) / "bandwidth.c", Path(scratch) / "bandwidth"
        source.write_text(BANDWIDTH)
        subprocess.run(["cc", "-O3", "-pthread", "-o", limits, source], check=True)

        def bandwidth(threads):
            return float(subprocess.run([limits, str(threads)], capture_output=True, text=True, check=True).stdout)

        for threads in map(int, options.threads.split(",")):
            for task in options.tasks.split(","):
                rounds = results[(task, threads)] = []
                for _ in range(options.rounds):
                    this = {}
                    for engine, command in commands(options, task, threads).items():
                        before = bandwidth(threads) if TASKS[task][5] else 0
                        this[engine] = measured(command)
                        if this[engine] and TASKS[task][5]:
                            this[engine]["bandwidth"] = max(before, bandwidth(threads))
                    rounds.append(this)
    engines = list(dict.fromkeys(engine for rounds in results.values() for r in rounds for engine in r))
    if options.json:
        rows = [{"task": task, "threads": threads, "rounds": rounds} for (task, threads), rounds in results.items()]
        Path(options.json).write_text(json.dumps({"processors": os.cpu_count(), "rows": rows}, indent=1))
    table(results, engines)


if __name__ == "__main__":
    main()
