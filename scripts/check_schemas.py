"""Validates the schemas and reports of tfconv with the jsonschema package; see scripts/check-schemas."""

import copy
import json
import shutil
import struct
import subprocess
import sys
import tempfile
import xml.etree.ElementTree
from pathlib import Path

from jsonschema import Draft202012Validator

PROGRAM = sys.argv[1]
FIXTURES = Path("fixtures")
GPT2, T5, BERT = (FIXTURES / "models" / name for name in ("gpt2-lm", "t5-v10", "bert-pretraining"))
UNKNOWN = FIXTURES / "formats" / "stored.npz"


def fail(message):
    sys.exit(f"check-schemas: {message}")


def run(*words):
    done = subprocess.run([PROGRAM, *map(str, words)], capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


def closed(schema):
    """The schema with every object limited to the members that it lists, so that none goes undocumented."""
    if isinstance(schema, list):
        return [closed(element) for element in schema]
    if not isinstance(schema, dict):
        return schema
    result = {key: closed(value) for key, value in schema.items()}
    if schema.get("type") == "object" and isinstance(schema.get("properties"), dict):
        result.setdefault("additionalProperties", False)
    return result


def read_schemas():
    code, output, _ = run("schema")
    names = [line.split()[0] for line in output.splitlines()[1:]]
    if code != 0 or not names:
        fail("tfconv schema lists nothing")
    schemas = {}
    for name in names:
        schema = json.loads(run("schema", name)[1])
        Draft202012Validator.check_schema(schema)
        schemas[schema["title"]] = schema
    return schemas


def damaged(folder, name, change):
    """A copy of a reference model in which some bytes of one float32 were changed."""
    target = Path(folder) / name
    shutil.copytree(GPT2, target)
    weights = target / "model.safetensors"
    data = bytearray(weights.read_bytes())
    length = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8 : 8 + length])
    start = 8 + length + header["transformer.ln_f.weight"]["data_offsets"][0]
    data[start : start + 4] = change(data[start : start + 4])
    weights.write_bytes(data)
    return target


def samples(folder):
    """Command lines, the exit code of each, and the schema of its report."""
    wrong = damaged(folder, "wrong", lambda value: value[:3] + bytes([value[3] ^ 0x80]))
    spoiled = damaged(folder, "spoiled", lambda value: struct.pack("<f", float("nan")))
    missing = Path(folder) / "missing.npz"
    lock = Path(folder) / "parity.lock"
    yield ("verify", GPT2, GPT2, "--baseline", lock, "--update"), 0, "verify"
    yield ("verify", GPT2, GPT2, "--baseline", lock), 0, "verify"
    yield ("verify", GPT2, GPT2, "--weights-only"), 0, "verify"
    yield ("verify", GPT2, wrong), 1, "verify"
    yield ("verify", spoiled, spoiled), 7, "verify"
    yield ("verify", UNKNOWN, UNKNOWN), 7, "verify"
    for model in (GPT2, T5, BERT):
        for precision in ("f32", "f64"):
            yield ("verify", model, "--golden", model / f"golden_{precision}.npz"), 0, "golden"
    yield ("verify", GPT2, "--golden", GPT2 / "golden_generate.npz"), 0, "golden"
    yield ("verify", wrong, "--golden", GPT2 / "golden_f32.npz"), 1, "golden"
    for model in (GPT2, T5, BERT):
        yield ("inspect", model), 0, "inspect"
        yield ("convert", model, "-o", missing, "--dry-run"), 0, "convert"
    yield ("verify", "--probe", "--arch", "bert", "--from", "hf", "--to", "tf1"), 0, "probe"
    yield ("verify", "--probe", "--campaign", "6:18"), 0, "campaign"
    yield ("verify", GPT2, "--mutate", "--faults", "1"), 0, "mutation"
    yield ("layouts",), 0, "layouts"
    yield ("explain", "h.0.attn.c_attn.weight"), 0, "explain"
    yield ("golden", "make", GPT2, "-o", Path(folder) / "golden.npz"), 0, "golden-make"
    yield ("inspect", UNKNOWN), 0, "inspect"
    yield ("inspect", GPT2, "--check", "--stats"), 0, "inspect"
    yield ("inspect", spoiled, "--check", "--stats"), 3, "inspect"
    yield ("convert", GPT2, "-o", Path(folder) / "a.npz", "--to", "npz:tf1", "--verify"), 0, "convert"
    yield ("convert", GPT2, "-o", Path(folder) / "b", "--dtype", "bf16", "--verify"), 0, "convert"
    yield ("convert", UNKNOWN, "-o", Path(folder) / "c.npz"), 0, "convert"
    yield ("diff", GPT2, GPT2), 0, "diff"
    yield ("diff", GPT2, wrong), 1, "diff"
    yield ("diff", UNKNOWN, UNKNOWN), 0, "diff"
    yield ("run", GPT2, "--prompt-ids", "1,2"), 0, "run"
    yield ("run", GPT2, "--prompt-ids", "1,2", "--generate", "2"), 0, "generate"
    yield ("run", FIXTURES / "models" / "gpt2-tatoeba-tiny", "--prompt-ids", "1,2", "--generate", "2"), 0, "generate"
    yield ("bench", GPT2, "--seq", "4", "--decode", "2", "--iters", "1"), 0, "bench"
    yield ("hash", GPT2), 0, "hash"
    yield ("hash", FIXTURES / "formats" / "fortran.npy"), 0, "hash"
    yield ("verify", GPT2), 2, "error"
    yield ("diff", __file__, GPT2), 3, "error"
    yield ("convert", UNKNOWN, "-o", missing, "--to", "npz:tf1"), 4, "error"
    yield ("inspect", missing), 5, "error"
    yield ("run", missing, "--prompt-ids", "1"), 5, "error"


def check_report(words, code, name, schemas, validators):
    """Validates one report, and that its schema refuses it with any of its members gone; returns how many refused."""
    found, output, errors = run(*words, "--json")
    line = " ".join(map(str, words))
    if found != code:
        fail(f"{line}: exit code {found} instead of {code}: {errors}")
    report = json.loads(output)
    title = report["schema"]
    if title != f"tfconv.{name}/1":
        fail(f"{line}: {title} instead of {name}")
    if report["exit_code"] != code:
        fail(f"{line}: the report says exit code {report['exit_code']}, the process {code}")
    for error in validators[title].iter_errors(report):
        fail(f"{line}: {error.json_path}: {error.message}")
    for member in schemas[title]["required"]:
        poorer = copy.copy(report)
        del poorer[member]
        if validators[title].is_valid(poorer):
            fail(f"{title} accepts a report without {member}")
    return len(schemas[title]["required"])


def check_junit(folder):
    """Reads the XML of a pass, a failure and an error, and counts their cases."""
    path = Path(folder) / "junit.xml"
    total = 0
    for words, kinds in (
        ((GPT2, GPT2), set()),
        ((GPT2, Path(folder) / "wrong"), {"failure"}),
        ((UNKNOWN, UNKNOWN), {"error"}),
        ((GPT2, GPT2, "--weights-only"), {"skipped"}),
        ((GPT2, Path(folder) / "a<b>&\"'.npz"), {"error"}),
    ):
        run("verify", *words, "--junit", path)
        root = xml.etree.ElementTree.parse(path).getroot()
        cases = root.findall("testsuite/testcase")
        found = {child.tag for case in cases for child in case}
        if found != kinds:
            fail(f"the JUnit file of verify {words} holds {found}, expected {kinds}")
        for element in (root, root.find("testsuite")):
            counts = {"tests": len(cases)}
            for kind, plural in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
                counts[plural] = sum(case.find(kind) is not None for case in cases)
            if counts != {key: int(element.get(key)) for key in counts}:
                fail(f"the counts of the JUnit file of verify {words} are not those of its cases")
        total += len(cases)
    return total


def check_sarif(folder):
    """Reads the log of a failure; each region must be the stored bytes that safetensors itself names."""
    path = Path(folder) / "log.sarif"
    run("verify", GPT2, Path(folder) / "wrong", "--sarif", path)
    log = json.loads(path.read_text())
    results = log["runs"][0]["results"]
    rules = [rule["id"] for rule in log["runs"][0]["tool"]["driver"]["rules"]]
    data = (Path(folder) / "wrong" / "model.safetensors").read_bytes()
    length = struct.unpack("<Q", data[:8])[0]
    begin, end = json.loads(data[8 : 8 + length])["transformer.ln_f.weight"]["data_offsets"]
    regions = []
    for result in results:
        if rules[result["ruleIndex"]] != result["ruleId"]:
            fail("a SARIF result names one rule and points at another")
        regions += [place["physicalLocation"].get("region") for place in result["locations"]]
    if regions[0] != {"startLine": 1, "byteOffset": 8 + length + begin, "byteLength": end - begin}:
        fail(f"the SARIF region is {regions[0]}")
    return len(results)


def main():
    schemas = read_schemas()
    validators = {title: Draft202012Validator(closed(schema)) for title, schema in schemas.items()}
    with tempfile.TemporaryDirectory() as folder:
        kinds, codes, reports, refusals = set(), set(), 0, 0
        for words, code, name in samples(folder):
            refusals += check_report(words, code, name, schemas, validators)
            kinds.add(f"tfconv.{name}/1")
            codes.add(code)
            reports += 1
        lock = json.loads((Path(folder) / "parity.lock").read_text())
        for error in validators["tfconv.lock/1"].iter_errors(lock):
            fail(f"the lock file: {error.json_path}: {error.message}")
        unseen = set(schemas) - kinds - {"tfconv.lock/1"}
        if unseen:
            fail(f"no sample for {', '.join(sorted(unseen))}")
        cases = check_junit(folder)
        results = check_sarif(folder)
    print(
        f"{len(schemas)} schemas, {reports} reports with the exit codes {sorted(codes)} valid, {refusals} reports that "
        f"lack a member refused, {cases} JUnit cases and {results} SARIF results read"
    )


main()
