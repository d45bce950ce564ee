"""Where is this, indoors or outdoors, at what time of day, and what else is there to see?

Zero-shot: pictures, about one per second, are compared with the lists in `labels/scenes.toml` (`zero_shot.py`), joined
per shot, in long shots per ten seconds, and told where one name is clearly ahead (`scene_words.py`). Model: SigLIP 2
base, Apache-2.0. Known limits: it knows only its lists; the time of day is told outdoors only, for a lit room looks the
same at any hour; thresholds follow from what the scores mean, and were not fitted to labelled videos.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, TypeVar

from analyzers.contract import Analyzer, Inputs, Needs, Result, Segment
from analyzers.models.embedder import PictureWordEmbedder
from analyzers.models.picture_embeddings import PictureEmbeddings
from analyzers.picture.cut_analysis import CutAnalysis
from analyzers.picture.scene_words import UNCLEAR, Scenery, read_pictures, scenery_of
from analyzers.picture.stretches import parts_of, shots_of

T = TypeVar("T")

#: Seconds after which a take may have walked into another place.
_LONGEST = 10.0
#: Share of the video over which something must be told, and share of that time which one answer must have, to stand for
#: the whole video.
_KNOWN, _MOSTLY = 0.3, 0.5
#: Share of the video from which a tag stands for the whole video.
_TAG_SHARE = 0.25


@dataclass(frozen=True, slots=True)
class SceneStretch:
    """Neighbouring shots, or parts of one, of the same place."""

    #: Seconds, half-open.
    start: float
    end: float
    #: A name of `labels/scenes.toml`, such as "kitchen"; "unclear" when none is clearly ahead. Pictures that show no
    #: place have a name too, such as "screen recording".
    place: str
    #: None when it can't be told.
    indoor: bool | None
    #: "day", "twilight", "night"; "unclear" indoors and when it can't be told.
    time_of_day: str
    #: Up to six names, best first; empty when nothing of the list is seen.
    tags: tuple[str, ...]
    #: Probability 0–1 of the likeliest place among those of the list, told or not.
    score: float


@dataclass(frozen=True, slots=True)
class SceneClassificationResult(Result):
    """The places of a video."""

    #: As in SceneStretch, of most of the video; "unclear" and None also where it goes from place to place.
    place: str
    indoor: bool | None
    time_of_day: str
    #: Those of at least a quarter of the video, most frequent first.
    tags: tuple[str, ...]
    #: Mean score 0–1 of the stretches at `place`; of all of them when it is unclear.
    score: float
    #: In order of time; they cover the whole video.
    stretches: tuple[SceneStretch, ...]

    def headline(self) -> str:
        side = {True: "indoors", False: "outdoors", None: ""}[self.indoor]
        places = list(dict.fromkeys(each.place for each in self.stretches if each.place != UNCLEAR))
        place = self.place if self.place != UNCLEAR else ", ".join(places[:3])
        time = self.time_of_day if self.time_of_day != UNCLEAR else ""
        return ", ".join(part for part in (place, side, time) if part) or "the place is unclear"

    def timeline(self) -> Sequence[Segment]:
        return [
            Segment(
                each.start,
                each.end,
                each.place,
                each.score,
                data={"indoor": each.indoor, "time_of_day": each.time_of_day, "tags": list(each.tags)},
            )
            for each in self.stretches
            if each.place != UNCLEAR or each.indoor is not None
        ]


class SceneClassification(Analyzer[SceneClassificationResult]):
    """Names places by comparing pictures with words."""

    name: ClassVar[str] = "scene_classification"
    version: ClassVar[str] = "1"
    summary: ClassVar[str] = "Names the place, indoors or outdoors, the time of day, and what else is in the scene."
    kind: ClassVar[str] = "picture"
    needs: ClassVar[Needs] = Needs(results=(PictureEmbeddings,), may_read=(CutAnalysis,), models=(PictureWordEmbedder,))

    def analyze(self, inputs: Inputs) -> SceneClassificationResult:
        seen = inputs.result(PictureEmbeddings)
        reading = read_pictures(seen.vectors, inputs.model(PictureWordEmbedder))
        stretches = [
            _stretch(start, end, scenery_of(reading, seen.during(start, end)))
            for start, end in parts_of(shots_of(inputs), _LONGEST)
        ]
        return _summed_up(_joined(stretches), inputs.video.duration)


def _stretch(start: float, end: float, scenery: Scenery) -> SceneStretch:
    return SceneStretch(
        round(start, 3),
        round(end, 3),
        scenery.place,
        scenery.indoor,
        scenery.time_of_day,
        scenery.tags,
        scenery.score,
    )


def _joined(stretches: Sequence[SceneStretch]) -> tuple[SceneStretch, ...]:
    """Neighbours at the same place become one; its tags are those of both, its score the mean."""
    joined: list[SceneStretch] = []
    for each in stretches:
        last = joined[-1] if joined else None
        if last is None or _place(last) != _place(each):
            joined.append(each)
            continue
        seconds, more = last.end - last.start, each.end - each.start
        score = (last.score * seconds + each.score * more) / max(seconds + more, 1e-6)
        tags = tuple(dict.fromkeys([*last.tags, *each.tags]))[:6]
        joined[-1] = replace(last, end=each.end, tags=tags, score=round(score, 3))
    return tuple(joined)


def _place(stretch: SceneStretch) -> tuple[str, bool | None, str]:
    return stretch.place, stretch.indoor, stretch.time_of_day


def _summed_up(stretches: tuple[SceneStretch, ...], seconds: float) -> SceneClassificationResult:
    lengths = [each.end - each.start for each in stretches]
    place = _mostly([each.place for each in stretches], lengths, UNCLEAR)
    tags: defaultdict[str, float] = defaultdict(float)
    for each, length in zip(stretches, lengths, strict=True):
        for tag in each.tags:
            tags[tag] += length
    there = [
        (each.score, length) for each, length in zip(stretches, lengths, strict=True) if place in (each.place, UNCLEAR)
    ]
    return SceneClassificationResult(
        place=place,
        indoor=_mostly([each.indoor for each in stretches], lengths, None),
        time_of_day=_mostly([each.time_of_day for each in stretches], lengths, UNCLEAR),
        tags=tuple(tag for tag in sorted(tags, key=lambda tag: -tags[tag]) if tags[tag] >= _TAG_SHARE * seconds),
        score=round(sum(score * length for score, length in there) / max(sum(length for _, length in there), 1e-6), 3),
        stretches=stretches,
    )


def _mostly(answers: Sequence[T], lengths: Sequence[float], unclear: T) -> T:
    """What most of the time is answered with; `unclear` when too little of the video has an answer, or too many."""
    told: dict[T, float] = {}
    for answer, length in zip(answers, lengths, strict=True):
        if answer != unclear:
            told[answer] = told.get(answer, 0.0) + length
    total = sum(told.values())
    best = max(told, key=lambda answer: told[answer], default=unclear)
    known = total >= _KNOWN * sum(lengths)
    return best if known and told.get(best, 0.0) >= _MOSTLY * total else unclear
