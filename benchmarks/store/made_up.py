"""What is a value of a result's type, made up?

Results are built from the types of their fields, so a made-up one has the shape of the analyzers as they are now.
"""

import dataclasses
import random
import types
import typing
from functools import cache
from typing import Any

#: How many elements a tuple of that field has; the others have `_USUAL`.
_COUNTS = {
    "words": 60, "captions": 9, "beats": 8, "path": 8, "poses": 4, "moves": 5, "shots": 6, "cuts": 5, "texts": 5,
    "curve": 20, "speech": 5, "tracks": 5, "objects": 3, "shot_hashes": 6, "events": 4, "emphasis": 4, "windows": 4,
    "effects": 3, "palette": 6, "faces": 4,
}  # fmt: skip
_USUAL = 2
#: Fields that hold as many numbers as the path of the camera has steps.
_STEPS = 80
_STARTS, _ENDS = ("t", "start", "first_seen"), ("end", "last_seen")
_COMMON = (
    "this", "is", "how", "you", "make", "the", "best", "at", "home", "try", "it", "with", "your", "friends", "and",
    "tell", "me", "what", "happens", "next", "three", "ways", "to", "save", "money", "before", "summer",
)  # fmt: skip
#: How many rarer words there are, and one in how many words is one of them; that of `_COFFEE` is "coffee".
_RARE, _EVERY, _COFFEE = 2000, 4, 20
_SYLLABLES = ("ba", "ke", "lo", "mi", "nu", "ra", "so", "ti", "va", "zu")


def made_up(kind: Any, rng: random.Random, duration: float) -> Any:
    """A value of a type hint; a dataclass's times lie within 0 … `duration` seconds and ascend in its tuples."""
    return _value(kind, "", rng, 0.0, duration)


def words(rng: random.Random, count: int) -> str:
    """That many words: mostly common ones, the rarer ones the rarer the later they come."""
    return " ".join(_word(rng) for _ in range(count))


def _word(rng: random.Random) -> str:
    if rng.randrange(_EVERY):
        return rng.choice(_COMMON)
    number = int(_RARE ** rng.random()) - 1
    return "coffee" if number == _COFFEE else "".join(_SYLLABLES[int(digit)] for digit in f"{number:04}")


def _value(kind: Any, name: str, rng: random.Random, start: float, end: float) -> Any:
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        return kind(**{field: _value(hint, field, rng, start, end) for field, hint in _hints(kind).items()})
    origin, parts = typing.get_origin(kind), typing.get_args(kind)
    if origin is tuple:
        return _tuple(parts, name, rng, start, end)
    if origin is typing.Literal:
        return rng.choice(parts)
    if origin in (typing.Union, types.UnionType):
        return _value(parts[0], name, rng, start, end)
    return _scalar(kind, name, rng, start, end)


def _tuple(parts: tuple[Any, ...], name: str, rng: random.Random, start: float, end: float) -> tuple[Any, ...]:
    if parts[-1] is not ...:
        return tuple(_value(part, name, rng, start, end) for part in parts)
    count = _STEPS if parts[0] in (float, float | None) and name != "beats" else _COUNTS.get(name, _USUAL)
    step = (end - start) / count
    return tuple(_value(parts[0], name, rng, start + n * step, start + (n + 1) * step) for n in range(count))


def _scalar(kind: Any, name: str, rng: random.Random, start: float, end: float) -> Any:
    if kind is float:
        return round(start if name in _STARTS else end if name in _ENDS else rng.random(), 4)
    if kind is bool:
        return rng.random() < 0.5
    if kind is int:
        return rng.randint(1, 5)
    if kind is str:
        return _text(name, rng)
    raise TypeError(f"{name} is a {kind}, of which there is nothing made up")


def _text(name: str, rng: random.Random) -> str:
    match name:
        case "hash" | "video_hash":
            return f"{rng.getrandbits(64):016x}"
        case "audio_hash":
            return f"{rng.getrandbits(32 * 240):01920x}"
        case "sketch":
            return "".join(rng.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijkl", k=256))
        case "hex" | "bg_colour":
            return f"#{rng.getrandbits(24):06x}"
        case "text" | "words" | "evidence" | "caption":
            return words(rng, 6)
        case "scale":
            return "MCU"
        case "limits":
            return ""
    return rng.choice(_COMMON)


@cache
def _hints(kind: type) -> dict[str, Any]:
    return typing.get_type_hints(kind)
