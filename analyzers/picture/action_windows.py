"""What is done in each stretch of video, as two kinds of network see it?

Everyday actions are told from single pictures by words (the embedder, `labels/activities.toml`), movements of hands
from 16 pictures in order (the action recogniser).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analyzers.media import FrameBatch
from analyzers.models.action_recogniser import ActionRecogniser
from analyzers.models.embedder import PictureWordEmbedder
from analyzers.models.picture_embeddings import PictureVectors
from analyzers.picture.stretches import Span
from analyzers.picture.zero_shot import each_of, label_table, log_odds, one_of

#: Seconds that a shot must last for its movements to be seen.
_LONG_ENOUGH = 1.0
#: Probability from which the likeliest everyday action fits at all.
_FITS = 0.5
#: Parts asked for at once: the pictures of each take ten megabytes.
_AT_ONCE = 8
#: Guesses kept per window and kind.
_GUESSES = 3


@dataclass(frozen=True, slots=True)
class Guess:
    """One action that may be done."""

    #: A name of `labels/activities.toml`, or one of Something-Something's such as "Opening [something]".
    label: str
    #: Probability 0–1 among the labels of its kind.
    score: float
    #: "everyday" (told from pictures by words) or "hands" (told from the movement).
    kind: str


def everyday_guesses(
    parts: Sequence[Span], seen: PictureVectors, embedder: PictureWordEmbedder
) -> list[tuple[Guess, ...]]:
    """The likeliest everyday actions of each part, best first; empty where nobody seems to do anything known."""
    table = label_table("activities")
    names = list(table["actions"])
    odds = log_odds(seen.vectors, [*table["actions"].values(), *table["nothing"].values()], embedder)
    shares, fits = one_of(odds), each_of(odds, 1 / odds.shape[1])
    guesses = []
    for start, end in parts:
        pictures = seen.during(start, end)
        mean = shares[pictures].mean(axis=0)
        best = int(mean.argmax())
        known = best < len(names) and fits[pictures, best].mean() >= _FITS
        guesses.append(_best(mean[: len(names)], names, "everyday") if known else ())
    return guesses


def windows_for_hands(parts: Sequence[Span], frames: FrameBatch, most: int) -> tuple[list[int], int]:
    """Which of `parts` movements are looked for in, spread over the video; and how many would be worth it."""
    worth = [
        index
        for index, (start, end) in enumerate(parts)
        if end - start > _LONG_ENOUGH and len(_during(frames, start, end)) > 1
    ]
    if len(worth) <= most:
        return worth, len(worth)
    return [worth[round(place)] for place in (np.arange(most) + 0.5) * len(worth) / most - 0.5], len(worth)


def hand_guesses(parts: Sequence[Span], frames: FrameBatch, recogniser: ActionRecogniser) -> list[tuple[Guess, ...]]:
    """The likeliest movements of each part, best first."""
    guesses: list[tuple[Guess, ...]] = []
    for first in range(0, len(parts), _AT_ONCE):
        asked = [_pictures(frames, part, recogniser.pictures) for part in parts[first : first + _AT_ONCE]]
        guesses += [_best(answer, recogniser.labels, "hands") for answer in recogniser.ask(asked)]
    return guesses


def _pictures(frames: FrameBatch, part: Span, count: int) -> NDArray[np.uint8]:
    """`count` pictures spread over `part`, some of them repeated where it has fewer."""
    inside = _during(frames, *part)
    chosen = inside[np.linspace(0, len(inside) - 1, count).round().astype(int)]
    return np.stack([frames.pixels[index] for index in chosen])


def _during(frames: FrameBatch, start: float, end: float) -> NDArray[np.intp]:
    return np.flatnonzero((frames.times >= start) & (frames.times < end))


def _best(shares: NDArray[np.floating], names: Sequence[str], kind: str) -> tuple[Guess, ...]:
    order = np.argsort(-shares)[:_GUESSES]
    return tuple(Guess(names[index], round(float(shares[index]), 3), kind) for index in order)
