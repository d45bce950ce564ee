"""Which names of a list fit what was seen, without any training for that list?

Each name is said in a caption ("This is a photo of a kitchen.") and compared with the picture by the embedder. Two
questions: which one of several (softmax over the list, with the scale the network has learnt), and whether a name fits
at all. For the second, the network's sigmoid answers for a caption drawn from its training batches, where one in 32,768
belongs to the picture; on a short list many more do, and its odds are raised by that (Saerens, Latinne & Decaestecker,
"Adjusting the outputs of a classifier to new a priori probabilities", 2002).
"""

import tomllib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analyzers.models.embedder import PictureWordEmbedder

Floats = NDArray[np.float64]

_LABELS = Path(__file__).with_name("labels")
#: The caption that SigLIP 2 is asked with by its publisher.
_CAPTION = "This is a photo of {}."
#: Pairs of a picture and a caption in a training batch of SigLIP 2, of which one belongs together (its §2).
_PAIRS = 32_768


@cache
def label_table(name: str) -> dict[str, Any]:
    """The tables of `labels/name.toml`."""
    return tomllib.loads((_LABELS / f"{name}.toml").read_text(encoding="utf-8"))


def log_odds(vectors: NDArray[np.float32], phrases: Sequence[str], embedder: PictureWordEmbedder) -> Floats:
    """How well each of `phrases` ("a kitchen") fits each of the pictures `vectors` (n, d): (n, phrases)."""
    words = embedder.words([_CAPTION.format(phrase) for phrase in phrases])
    odds: Floats = embedder.scale * (vectors @ words.T).astype(np.float64) + embedder.bias
    return odds


def one_of(odds: Floats) -> Floats:
    """Probability (n, phrases) of each phrase, if exactly one of them fits."""
    powers = np.exp(odds - odds.max(axis=1, keepdims=True))
    shares: Floats = powers / powers.sum(axis=1, keepdims=True)
    return shares


def each_of(odds: Floats, expected: float) -> Floats:
    """Probability (n, phrases) that a phrase fits, on a list of which the share `expected` fits a usual picture."""
    raised = odds + np.log(expected / (1 - expected)) + np.log(_PAIRS - 1)
    fits: Floats = 1 / (1 + np.exp(-raised.clip(-50, 50)))
    return fits
