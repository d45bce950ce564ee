"""Which stretches of speech are heard together, and when in the video is what was heard there?

A recogniser hears up to 30 s at once, and invents words where nobody speaks. So stretches of speech are laid end to end
in windows, with a fifth of a second of what is around them (the edges of speech are true to 0.15 s) and without the
pauses between. A stretch that is longer than a window is parted where it is softest.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from analyzers.sound.voice_activity import Speech

Samples = NDArray[np.float32]
#: A range of samples, half-open.
Span = tuple[int, int]

#: Seconds of sound around speech that are heard with it.
MARGIN = 0.2
#: A stretch too long for a window is parted in the last part of it, this share, where 0.1 s of it is softest.
_LAST_PART, _SOFT = 1 / 3, 0.1


@dataclass(frozen=True, slots=True)
class Window:
    """Pieces of a track that are heard as one sound."""

    #: Samples of the track, sorted, not overlapping, none empty.
    pieces: tuple[Span, ...]
    #: Samples per second.
    rate: int

    def cut_from(self, samples: Samples) -> Samples:
        """What is heard: the pieces of `samples`, one after the other."""
        return np.concatenate([samples[first:last] for first, last in self.pieces])

    def in_track(self, start: float, end: float) -> tuple[float, float]:
        """Seconds of the track that `start` and `end` of the window stand for.

        What reaches from one piece into the next lies in the piece that holds more of it.
        """
        lengths = [last - first for first, last in self.pieces]
        begins = [0, *accumulate(lengths)][:-1]
        at, until = start * self.rate, end * self.rate
        held = [min(until, begin + length) - max(at, begin) for begin, length in zip(begins, lengths, strict=True)]
        best = max(range(len(held)), key=lambda number: (held[number], number))
        first, last = self.pieces[best]
        shift = first - begins[best]
        return min(max(at + shift, first), last) / self.rate, min(max(until + shift, first), last) / self.rate

    @property
    def seconds(self) -> float:
        """How long it is."""
        return sum(last - first for first, last in self.pieces) / self.rate


def pack(speech: Sequence[Speech], samples: Samples, rate: int, longest: float) -> list[Window]:
    """`speech` of a track in windows of at most `longest` seconds, in order; empty when there is no speech."""
    most = int(longest * rate)
    windows: list[list[Span]] = []
    room = 0
    for first, last in _parted(_widened(speech, len(samples), rate), samples, rate, most):
        if last - first > room:
            windows.append([])
            room = most
        windows[-1].append((first, last))
        room -= last - first
    return [Window(tuple(pieces), rate) for pieces in windows]


def _widened(speech: Sequence[Speech], length: int, rate: int) -> list[Span]:
    """Stretches with their margins; those that meet become one."""
    margin = round(MARGIN * rate)
    spans: list[Span] = []
    for each in speech:
        first = max(0, round(each.start * rate) - margin)
        last = min(length, round(each.end * rate) + margin)
        if spans and first <= spans[-1][1]:
            first, _ = spans.pop()
        if first < last:
            spans.append((first, last))
    return spans


def _parted(spans: Iterable[Span], samples: Samples, rate: int, most: int) -> Iterable[Span]:
    """`spans` of which none is longer than `most` samples."""
    soft = max(1, round(_SOFT * rate))
    for first, last in spans:
        while last - first > most:
            start = first + most - max(round(_LAST_PART * most), soft)
            power = np.square(samples[start : first + most], dtype=np.float64)
            sums = np.convolve(power, np.ones(soft), mode="valid") if len(power) >= soft else power
            middle = start + int(sums.argmin()) + soft // 2
            yield first, middle
            first = middle
        yield first, last
