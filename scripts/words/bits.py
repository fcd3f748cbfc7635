"""Numbers in few bits: what the files in kb/words keep of a matrix."""

from pathlib import Path

import numpy as np

# Where teach.py leaves what sentences.py and trilingual.py round.
TAUGHT = Path(__file__).parents[2] / "target/taught"


def eight_bits(rows):
    """What a unit of each row is worth, and the rows in those units."""
    scales = np.abs(rows).max(axis=1, keepdims=True) / 127
    return scales.astype("<f4").tobytes(), np.rint(rows / scales).astype(np.int8).tobytes()


def four_bits(rows):
    """The same with numbers from -8 to 7: the unit of a row is the one of twenty that loses least."""
    best = least = None
    for share in np.linspace(0.5, 1, 20):
        scales = np.abs(rows).max(axis=1, keepdims=True) * share / 7
        found = np.clip(np.rint(rows / scales), -8, 7)
        lost = ((found * scales - rows) ** 2).sum(axis=1, keepdims=True)
        if best is None:
            best, least, kept = found, lost, scales
        else:
            better = lost < least
            best, kept, least = np.where(better, found, best), np.where(better, scales, kept), np.minimum(lost, least)
    numbers = (best + 8).astype(np.uint8)
    return kept.astype("<f4").tobytes(), (numbers[:, ::2] | numbers[:, 1::2] << 4).tobytes()


def taught(name):
    """What teach.py made of a model's numbers, by their names."""
    path = TAUGHT / f"{name}.npz"
    assert path.exists(), f"{path} is missing: run teach.py {name} first"
    with np.load(path, allow_pickle=False) as file:
        return {key: file[key] for key in file.files}
