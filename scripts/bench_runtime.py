"""The area `runtime`: forward passes and decoding, beside torch, CTranslate2 and whatever joins with --peer.

Every measurement is a cold process of its own that prints one line of JSON with the keys of `tfconv schema bench`; what
counts is the time inside it. Decoding is measured against the time that reading the weights would take at the bandwidth
of that moment, because memory is slower or faster from minute to minute on shared machines.
"""
import json
import shlex
import statistics
import sys
import time

from ctranslate2_models import ctranslate2_model

# name: (kind, a, b, model, passes, bytes read for each decoded token)
TASKS = {
    "bert1x128": ("bert", 1, 128, "bert-base", 12, 0),
    "bert1x512": ("bert", 1, 512, "bert-base", 6, 0),
    "bert8x128": ("bert", 8, 128, "bert-base", 4, 0),
    "gpt2": ("gpt2", 512, 64, "gpt2", 4, 4 * (12 * 12 * 768**2 + 50257 * 768 + 12 * 2 * 544 * 768)),
    "gpt2all": ("gpt2all", 512, 0, "gpt2", 3, 0),
    "t5-small": ("t5", 128, 32, "t5-small", 6, 4 * (6 * (6 * 512**2 + 2 * 512 * 2048) + 32128 * 512 + 6 * 256 * 512)),
    "t5-base": ("t5", 128, 32, "t5-base", 4, 4 * (12 * (6 * 768**2 + 2 * 768 * 3072) + 32128 * 768 + 12 * 256 * 768)),
}
# How BERT's pass grows: batch and length.
GROWTH = [(1, 16), (1, 32), (1, 64), (1, 128), (1, 256), (1, 512), (2, 128), (4, 128), (8, 128), (16, 128)]


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
    converted = ctranslate2_model(folder)
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


def jobs(bench):
    from bench import Job
    from benchmark_models import model

    limit = bench.compile("bench_bandwidth.c")
    engines = [name for name in WORKERS if bench.has(name, "transformers")]

    def words(kind, a, b, folder, passes, threads):
        batch, length, decode = (a, b, 0) if kind == "bert" else (1, a, b)
        return [bench.program, "bench", folder, "--batch", batch, "--seq", length, "--decode", decode, "--threads", threads,
                "--iters", passes, "--json"] + (["--all-logits"] if kind == "gpt2all" else [])

    def peers(kind, a, b, name, folder, passes, threads):
        for engine in engines:
            yield engine, [bench.python, __file__, "--worker", engine, kind, a, b, folder, threads, passes]
        for peer in bench.options.peer:
            engine, _, command = peer.partition("=")
            yield engine, shlex.split(command.format(
                task=f"{kind}:{a}:{b}", kind=kind, a=a, b=b, model=name, dir=folder, threads=threads, iters=passes))

    for threads in map(int, bench.options.threads.split(",")):
        ending = f", {threads} thread" + "s" * (threads > 1)
        for task, (kind, a, b, name, passes, size) in TASKS.items():
            folder = model(bench.models, name).parent
            rows = [("tfconv", words(kind, a, b, folder, passes, threads))]
            rows += peers(kind, a, b, name, folder, passes, threads)
            yield Job(f"{task}: forward{ending}", rows, figure="fwd_s")
            if size:
                yield Job(f"{task}: decode{ending}", [("reading alone", [limit, threads, size * b]), *rows], figure="dec_s")
        folder = model(bench.models, "bert-base").parent
        yield Job(
            f"bert: growth{ending}",
            [(f"{a} x {b}", words("bert", a, b, folder, 4, threads)) for a, b in GROWTH], figure="fwd_s")


def main():
    name, kind, a, b, folder, threads, passes = sys.argv[2:]
    print(json.dumps(WORKERS[name](kind, int(a), int(b), folder, int(threads), int(passes))))


if __name__ == "__main__":
    main()
