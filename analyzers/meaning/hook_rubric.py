"""How strongly do the first three seconds pull?

Six parts, each from 0 to 1, weighted:

| part    | weight | 1 means                                            | 0 means                          |
|---------|--------|----------------------------------------------------|----------------------------------|
| words   | 0.25   | a question, list, challenge, promise or story      | no words (a plain statement 0.5) |
| early   | 0.20   | words or a face from the first picture on          | only after three seconds         |
| face    | 0.15   | a face or product from the first picture on        | only after three seconds         |
| picture | 0.20   | two cuts, or motion as fast as in fast videos      | one still picture                |
| sound   | 0.10   | sound from the first picture on                    | silence for three seconds        |
| both    | 0.10   | words both said and written (works without sound)  | neither (one of them 0.5)        |

What begins later in the three seconds counts proportionally less. A part that can't be known here (its source is
missing) is left out, and the others make up the whole. It is our own rubric: it orders hooks by what guides to short
videos agree on, and predicts no views.
"""

from collections.abc import Iterable
from dataclasses import dataclass

#: Seconds that a hook has.
HOOK = 3.0
#: Frame widths per second from which motion is fast, and cuts that make a picture as lively (motion_analysis).
FAST, LIVELY_CUTS = 0.25, 2

WEIGHTS = {"words": 0.25, "early": 0.20, "face": 0.15, "picture": 0.20, "sound": 0.10, "both": 0.10}


@dataclass(frozen=True, slots=True)
class HookPart:
    """One part of the rubric."""

    #: One of WEIGHTS.
    name: str
    #: Share of the whole, 0–1.
    weight: float
    #: 0–1; None when it can't be known here.
    value: float | None


def part(name: str, value: float | None) -> HookPart:
    """The part called `name`."""
    return HookPart(name, WEIGHTS[name], None if value is None else round(min(max(value, 0.0), 1.0), 3))


def strength(parts: Iterable[HookPart]) -> float | None:
    """The weighted mean of those that are known, 0–1; None when none is."""
    known = [(each.weight, each.value) for each in parts if each.value is not None]
    if not known:
        return None
    return round(sum(weight * value for weight, value in known) / sum(weight for weight, _ in known), 3)


def promptness(t: float | None) -> float:
    """1 for something at the first picture, falling to 0 at three seconds; 0 for what never comes."""
    return 0.0 if t is None else max(0.0, 1 - t / HOOK)
