"""What did the model say about the video, once its answer is read kindly and told neutrally?

Asked for JSON (`caption_question`), models answer with nearly that, or in prose. Words for people are made neutral
(`neutral_words`); times are brought into the video; what is no English, repeats itself or was cut off is left out.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from analyzers.picture.forgiving_json import CUT, read_json
from analyzers.picture.neutral_words import neutral

#: Characters of a caption and of anything else at most, and how many subjects and actions.
_LONG, _SHORT, _MANY = 600, 120, 12
#: Characters of an answer that are read.
_LONGEST = 4000
#: Names that models give to the four fields.
_CAPTION = ("caption", "description", "summary", "video_caption", "video_description")
_SUBJECTS = ("subjects", "subject", "main_subjects", "objects", "entities")
_ACTIONS = ("actions", "action", "events", "activities")
_SETTING = ("setting", "location", "scene", "place", "environment", "background")
#: Names that they give to what is inside.
_WHAT = ("action", "what", "description", "name", "label", "subject", "activity", "event", "object", "type")
_START = ("start", "start_time", "start_seconds", "from", "begin", "start_s")
_END = ("end", "end_time", "end_seconds", "to", "until", "stop", "end_s")
_RANGE = ("time", "times", "timestamp", "time_range", "range", "timestamps", "interval")

_CLOCK = re.compile(r"(?:(\d+):)?(\d+):(\d+(?:\.\d+)?)|(\d+(?:\.\d+)?)")
_SPAN = re.compile(
    r"[\[(]?\s*(\d+(?:[:.]\d+)*)\s*(?:s|sec|seconds)?\s*(?:-|–|—|to|until)\s*(\d+(?:[:.]\d+)*)\s*(?:s|sec|seconds)?\b"
    r"\s*[\])]?\s*:?",
    re.IGNORECASE,
)
_MARKUP = re.compile(r"```\w*|\*\*|^\s*(?:#+|[-*•]|\d+\.)\s+|<think>.*?(?:</think>|$)", re.MULTILINE | re.DOTALL)
#: The four fields without the brackets around them, and an answer that is none.
_BRACELESS = re.compile(r"^[^{]*\bcaption[\"']?\s*:", re.IGNORECASE)
_REFUSAL = re.compile(
    r"(?:i'?m sorry|sorry|i am sorry|i (?:can(?:'t|not)|am unable|'m unable)|as an ai)\b", re.IGNORECASE
)
_SENTENCE_ENDS = re.compile(r"(?<=[.!?])\s+|(?<=[.!?][\"”’)])\s+")
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
#: A word that English could have: with a vowel, or one letter, or an abbreviation.
_SPOKEN = re.compile(r"(?=[^aeiouy]*[aeiouy])[a-z'’-]{1,24}|[a-z]|(?-i:[A-Z]{2,5})", re.IGNORECASE)
#: The commonest words of English: at least one in seven of a text is among them.
_COMMON = frozenset(re.findall(r"\w+", "a an the is are in on of and with to at while by from for it this there as"))
_COMMON_SHARE = 0.15
#: Words of a prose caption at least, and of a text that is long enough to tell its language.
_FEW, _ENOUGH = 4, 6


@dataclass(frozen=True, slots=True)
class Action:
    """Something that is done in the video."""

    #: In a few words.
    what: str
    #: Seconds, inside the video; None where the answer told no times that can be.
    start: float | None
    end: float | None


@dataclass(frozen=True, slots=True)
class Description:
    """An answer that could be read."""

    caption: str
    #: Things and people, each once; empty when none were named.
    subjects: tuple[str, ...]
    #: By start, those without times last; empty when none were named.
    actions: tuple[Action, ...]
    #: Where it takes place; empty when that wasn't said.
    setting: str
    #: Whether it came as prose, which has only the caption.
    prose: bool


def read_answer(text: str, seconds: float, *, finished: bool = True) -> Description | None:
    """The answer `text` about a video of so many `seconds`; None when it tells nothing that can be used.

    `finished`: whether it came to its end; else its last word may be half of one.
    """
    text = text[:_LONGEST]
    if _BRACELESS.search(text):
        text = "{" + text
    if "{" not in text:
        return _prose(text if finished else text[: max(text.rfind(" "), 0)] + CUT)
    fields = _fields(read_json(text[text.index("{") :]))
    caption = _caption(" ".join(_texts(_first(fields, _CAPTION))), 2)
    if not caption:
        return None
    subjects = [part for each in _texts(_first(fields, _SUBJECTS)) for part in _listed(each)]
    setting = [_plain(each) for each in _texts(_first(fields, _SETTING))]
    return Description(
        caption,
        tuple(_once(map(_plain, subjects)))[:_MANY],
        _actions(_first(fields, _ACTIONS), seconds),
        ", ".join(_once(setting))[:_SHORT],
        prose=False,
    )


def _prose(text: str) -> Description | None:
    text = _MARKUP.sub(" ", text).strip()
    caption = "" if _REFUSAL.match(text) else _caption(text, _FEW)
    return Description(caption, (), (), "", prose=True) if caption else None


def _fields(value: Any) -> Mapping[str, Any]:
    """The object with the four fields, wherever it is; names in lower case."""
    if not isinstance(value, dict):
        return {}
    if len(value) == 1 and isinstance(only := next(iter(value.values())), dict):
        return _fields(only)
    return _lower(value)


def _lower(value: Mapping[str, Any]) -> Mapping[str, Any]:
    return {key.lower().replace(" ", "_"): each for key, each in value.items()}


def _first(fields: Mapping[str, Any], names: Sequence[str]) -> Any:
    """The value under the first of `names` that has one."""
    return next((fields[name] for name in names if fields.get(name) not in (None, "", [], {})), None)


def _texts(value: Any) -> list[str]:
    """All that is said in `value`, whatever its form; what was cut off only where it is all there is."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        told = _first(_lower(value), _WHAT)
        return _texts(told if told is not None else [each for each in value.values() if isinstance(each, str)])
    return [text for each in value for text in _texts(each)] if isinstance(value, list) else []


def _listed(text: str) -> list[str]:
    return re.split(r"\s*[;,\n]\s*", text)


def _actions(value: Any, seconds: float) -> tuple[Action, ...]:
    """The actions told, in order, each once."""
    items = value if isinstance(value, list) else [value]
    found: dict[str, Action] = {}
    for item in items:
        action = _action(item, seconds)
        if action.what and action.what.lower() not in found:
            found[action.what.lower()] = action
    untimed = float("inf")
    ordered = sorted(found.values(), key=lambda action: untimed if action.start is None else action.start)
    return tuple(ordered[:_MANY])


def _action(item: Any, seconds: float) -> Action:
    what = " ".join(_texts(item))
    span = _SPAN.search(what)
    start = end = None
    if isinstance(item, dict):
        start, end = _times(_lower(item))
    elif span:
        start, end = _second(span.group(1)), _second(span.group(2))
        what = what[: span.start()] + what[span.end() :]
    return Action(_plain(what), *_inside(start, end, seconds))


def _times(fields: Mapping[str, Any]) -> tuple[float | None, float | None]:
    """Start and end as told, in either way."""
    start, end = _second(_first(fields, _START)), _second(_first(fields, _END))
    told = _first(fields, _RANGE)
    if start is None and isinstance(told, list) and told:
        return _second(told[0]), _second(told[-1])
    if start is None and isinstance(told, str) and (span := _SPAN.search(told)):
        return _second(span.group(1)), _second(span.group(2))
    return (_second(told) if start is None else start), end


def _second(value: Any) -> float | None:
    """Seconds told as a number, "3.5 s" or "0:03"; None when there are none."""
    if isinstance(value, float) and value == value:
        return value
    clock = _CLOCK.search(value) if isinstance(value, str) else None
    if clock is None:
        return None
    hours, minutes, seconds, plain = clock.groups()
    return float(plain) if plain else 3600 * float(hours or 0) + 60 * float(minutes) + float(seconds)


def _inside(start: float | None, end: float | None, seconds: float) -> tuple[float | None, float | None]:
    """`start` and `end` in order and inside the video; None for times that can't be meant."""
    if start is None:
        return None, None
    start, end = sorted((start, start if end is None else end))
    if start < 0 or start >= max(seconds, 1e-3):
        return None, None
    return round(start, 2), round(min(end, seconds), 2)


def _caption(text: str, fewest: int) -> str:
    """The whole sentences of `text`, each once; empty when it is no English of at least `fewest` words."""
    text = " ".join(text.split())
    sentences = _SENTENCE_ENDS.split(text)
    whole = sentences[:-1] if text.endswith(CUT) and len(sentences) > 1 else sentences
    told = _shortened(_once(whole))
    return neutral(told) if _is_english(told, fewest) else ""


def _shortened(sentences: Sequence[str]) -> str:
    """As many of `sentences` as a caption holds; of a single one that is too long, its beginning."""
    ends = accumulate(len(each) + 1 for each in sentences)
    told = " ".join(each for each, end in zip(sentences, ends, strict=True) if end <= _LONG + 1)
    return told or "".join(sentences[:1])[:_LONG].rsplit(" ", 1)[0] + CUT * bool(sentences)


def _plain(text: str) -> str:
    """A few words, made neutral, without the signs around them; empty when they are none or were cut off."""
    words = " ".join(text.split()).strip(" .,;:-–\"'")
    if words.endswith(CUT) or len(words) > _SHORT or not _is_english(words, 1):
        return ""
    return neutral(words)


def _once(texts: Iterable[str]) -> list[str]:
    """`texts` without repetitions and without empty ones."""
    return list({text.lower(): text for text in reversed([each for each in texts if each])}.values())[::-1]


def _is_english(text: str, fewest: int) -> bool:
    """Whether `text` has at least so many words, in Latin letters, that could be English."""
    words = _WORD.findall(text)
    if len(words) < fewest or sum(map(len, words)) < 0.6 * len(text.replace(" ", "")):
        return False
    spoken = sum(bool(_SPOKEN.fullmatch(word)) for word in words)
    common = sum(word.lower() in _COMMON for word in words)
    return spoken >= 0.8 * len(words) and (len(words) < _ENOUGH or common >= _COMMON_SHARE * len(words))
