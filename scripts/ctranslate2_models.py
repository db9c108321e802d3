"""Models in CTranslate2's form, for the area `runtime`, made from the benchmark's models and kept beside them.

CTranslate2 needs a vocabulary, which models of random weights do not have: they get one of made-up words.
"""

import json
import tempfile
from pathlib import Path

SPECIAL = {
    "bert": {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]", "mask_token": "[MASK]"},
    "gpt2": {"bos_token": "<|endoftext|>", "eos_token": "<|endoftext|>", "unk_token": "<|endoftext|>"},
    "t5": {"pad_token": "<pad>", "eos_token": "</s>", "unk_token": "<unk>"},
}


def ctranslate2_model(folder):
    """The folder of the converted model; converts it on first use."""
    folder = Path(folder)
    converted = folder.parent / "_ctranslate2" / folder.name
    if not converted.exists():
        with tempfile.TemporaryDirectory(dir=folder.parent) as work:
            whole = convert(folder, Path(work))
            converted.parent.mkdir(exist_ok=True)
            whole.rename(converted)
    return converted


def convert(folder, work):
    """Converts inside a folder of its own, so that nothing half done is found later; the folder of the result."""
    import ctranslate2
    import transformers

    kind = json.loads((folder / "config.json").read_text())["model_type"]
    if kind == "bert":
        # CTranslate2 4.8 asks for what transformers 5 no longer has, and knows the model without heads alone.
        transformers.BertConfig.position_embedding_type = "absolute"
        transformers.BertModel.from_pretrained(folder).save_pretrained(work)
    else:
        for file in folder.iterdir():
            (work / file.name).symlink_to(file.resolve())
    size = json.loads((work / "config.json").read_text())["vocab_size"]
    write_tokenizer(work, size, SPECIAL[kind])
    return Path(ctranslate2.converters.TransformersConverter(str(work)).convert(str(work / "converted")))


def write_tokenizer(folder, size, special):
    """Writes the files of a tokenizer of `size` words; the special ones come first."""
    from tokenizers import Tokenizer, models

    words = list(dict.fromkeys(special.values()))
    words += [f"word{index}" for index in range(size - len(words))]
    known = {word: index for index, word in enumerate(words)}
    Tokenizer(models.WordLevel(known, unk_token=special["unk_token"])).save(str(folder / "tokenizer.json"))
    settings = {"tokenizer_class": "PreTrainedTokenizerFast", **special}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))
