"""What do pictures say about place, indoors or outdoors, time of day, and what else there is?

A place is told when it is clearly likelier than any other of the list and fits at all; indoors or outdoors by all
places of a kind together, so that it is known where the place itself is not.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from analyzers.models.embedder import PictureWordEmbedder
from analyzers.picture.zero_shot import Floats, each_of, label_table, log_odds, one_of

#: What stands in the place of a name that can't be told.
UNCLEAR = "unclear"
#: Probability from which one of a list is told, and how much likelier than the next it has to be: a coin decides below.
_TOLD, _AHEAD = 0.4, 0.15
#: Probability from which indoors (or outdoors) is told, and what all places of both kinds must have together.
_SIDE, _ANY_SIDE = 0.75, 0.4
#: Probability from which the best place fits at all, and from which a tag is told.
_FITS = 0.5
#: Tags that a usual picture has.
_TAGS_EXPECTED = 2.0
#: The most tags told of one stretch.
_MOST_TAGS = 6


@dataclass(frozen=True, slots=True)
class Scenery:
    """What a stretch of video shows."""

    place: str
    indoor: bool | None
    time_of_day: str
    tags: tuple[str, ...]
    score: float


@dataclass(frozen=True, slots=True)
class Reading:
    """Probabilities for each of n pictures, float64 (n, names)."""

    #: Of each place if one of them fits, and that it fits at all.
    places: Floats
    fits: Floats
    times: Floats
    tags: Floats


@dataclass(frozen=True, slots=True)
class _Names:
    """The lists, as `labels/scenes.toml` has them."""

    places: tuple[str, ...]
    place_phrases: tuple[str, ...]
    #: "indoor", "outdoor", "either" or "none" per place.
    sides: NDArray[np.str_]
    times: tuple[str, ...]
    time_phrases: tuple[str, ...]
    tags: tuple[str, ...]
    tag_phrases: tuple[str, ...]


def read_pictures(vectors: NDArray[np.float32], embedder: PictureWordEmbedder) -> Reading:
    """What the pictures with these `vectors` (n, d) say, one by one."""
    names = _names()
    places = log_odds(vectors, names.place_phrases, embedder)
    return Reading(
        places=one_of(places),
        fits=each_of(places, 1 / len(names.places)),
        times=one_of(log_odds(vectors, names.time_phrases, embedder)),
        tags=each_of(log_odds(vectors, names.tag_phrases, embedder), _TAGS_EXPECTED / len(names.tags)),
    )


def scenery_of(reading: Reading, pictures: Sequence[int] | NDArray[np.intp]) -> Scenery:
    """What `pictures` of a reading show together."""
    names = _names()
    places, fits = reading.places[pictures].mean(axis=0), reading.fits[pictures].mean(axis=0)
    best = _clear(places)
    fitting = best is not None and fits[best] >= _FITS
    indoor = _side(places, names.sides)
    time = _clear(reading.times[pictures].mean(axis=0)) if indoor is False else None
    return Scenery(
        place=names.places[best] if best is not None and fitting else UNCLEAR,
        indoor=indoor,
        time_of_day=names.times[time] if time is not None else UNCLEAR,
        tags=_told(reading.tags[pictures].mean(axis=0), names.tags),
        score=round(float(places.max()), 3),
    )


def _clear(shares: Floats) -> int | None:
    """The name with the largest of `shares`, unless that is too close to call."""
    second, first = np.argsort(shares)[-2:]
    clear = shares[first] >= _TOLD and shares[first] - shares[second] >= _AHEAD
    return int(first) if clear else None


def _side(places: Floats, sides: NDArray[np.str_]) -> bool | None:
    """Whether it is indoors; None where that can't be told."""
    inside, outside = float(places[sides == "indoor"].sum()), float(places[sides == "outdoor"].sum())
    if inside + outside < _ANY_SIDE:
        return None
    share = inside / (inside + outside)
    return True if share >= _SIDE else False if share <= 1 - _SIDE else None


def _told(fits: Floats, names: Sequence[str]) -> tuple[str, ...]:
    """The names that fit, best first."""
    best = np.argsort(-fits)[:_MOST_TAGS]
    return tuple(names[index] for index in best if fits[index] >= _FITS)


@cache
def _names() -> _Names:
    table = label_table("scenes")
    places = [(name, phrase, side) for side, listed in table["places"].items() for name, phrase in listed.items()]
    return _Names(
        places=tuple(name for name, _, _ in places),
        place_phrases=tuple(phrase for _, phrase, _ in places),
        sides=np.array([side for _, _, side in places]),
        times=tuple(table["time_of_day"]),
        time_phrases=tuple(table["time_of_day"].values()),
        tags=tuple(table["tags"]),
        tag_phrases=tuple(table["tags"].values()),
    )
