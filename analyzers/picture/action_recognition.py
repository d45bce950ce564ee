"""What is being done?

Shots, in parts of at most four seconds. Everyday actions ("dancing", "cutting food"): pictures compared with the list
in `labels/activities.toml` by SigLIP 2 (Apache-2.0). Movements of hands with things ("Opening [something]"): V-JEPA 2
ViT-L trained on Something-Something v2 (MIT), in parts longer than one second. An everyday action that is clear names
the part; else a movement that is. Either network suffices for a lesser answer. Known limits: an action that is not on
the list is taken for its neighbour or stays unclear; movements have no way to say "none of these", so they must be very
clear; thresholds follow from what the scores mean, and were not fitted to labelled videos.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from analyzers.contract import Analyzer, Inputs, Needs, Result, Segment
from analyzers.errors import Skipped, Unavailable
from analyzers.media import WATCHED
from analyzers.models.action_recogniser import ActionRecogniser
from analyzers.models.embedder import PictureWordEmbedder
from analyzers.models.picture_embeddings import PictureEmbeddings
from analyzers.picture.action_windows import Guess, everyday_guesses, hand_guesses, windows_for_hands
from analyzers.picture.cut_analysis import CutAnalysis
from analyzers.picture.lesser import told_once
from analyzers.picture.stretches import Span, parts_of, shots_of

#: What stands in the place of an action that can't be told.
UNCLEAR = "unclear"
#: Seconds that a part may last: the clips of Something-Something, from which movements were learnt, last two to six.
_LONGEST = 4.0
#: Probability from which an everyday action is told, and a movement, which has no way to say "none of these".
_CLEAR = {"everyday": 0.4, "hands": 0.5}
#: How much likelier than the next of its kind it has to be.
_AHEAD = 0.15


@dataclass(frozen=True, slots=True)
class ActionWindow:
    """Neighbouring parts in which the same is done."""

    #: Seconds, half-open.
    start: float
    end: float
    #: What is done; "unclear" when no guess is clearly ahead.
    label: str
    #: Probability 0–1 of the label; of the best guess when it is unclear, 0 without one.
    score: float
    #: "everyday" or "hands", see Guess; empty when it is unclear.
    kind: str
    #: Up to three guesses of each kind for its longest part, best first; empty when nobody seems to do anything known.
    topk: tuple[Guess, ...]


@dataclass(frozen=True, slots=True)
class ActionResult(Result):
    """The actions of a video."""

    #: What is done for the longest time; "unclear" when nothing is clear.
    label: str
    #: Mean score 0–1 of the windows of that label; 0 when it is unclear.
    score: float
    #: In order of time; they cover the whole video.
    windows: tuple[ActionWindow, ...]
    #: Why this is a lesser answer; empty when it isn't.
    limits: str

    def headline(self) -> str:
        labels = list(dict.fromkeys(each.label for each in self.windows if each.label not in (UNCLEAR, self.label)))
        if self.label == UNCLEAR:
            return "no clear action"
        return ", ".join([self.label, *labels[:2]])

    def timeline(self) -> Sequence[Segment]:
        return [
            Segment(each.start, each.end, each.label, each.score, data={"kind": each.kind})
            for each in self.windows
            if each.label != UNCLEAR
        ]

    def degraded_because(self) -> str:
        return self.limits


class ActionRecognition(Analyzer[ActionResult]):
    """Names what is done, from pictures and from movement."""

    name: ClassVar[str] = "action_recognition"
    version: ClassVar[str] = "1"
    summary: ClassVar[str] = "Names everyday actions and what hands do with things, window by window."
    kind: ClassVar[str] = "picture"
    needs: ClassVar[Needs] = Needs(
        frames=WATCHED,
        may_read=(CutAnalysis, PictureEmbeddings),
        may_use=(PictureWordEmbedder, ActionRecogniser),
    )

    def analyze(self, inputs: Inputs) -> ActionResult:
        parts = parts_of(shots_of(inputs), _LONGEST)
        everyday = _everyday(inputs, parts)
        hands, unseen = _hands(inputs, parts, alone=not everyday)
        windows = [_window(part, everyday.get(index, ()), hands.get(index, ())) for index, part in enumerate(parts)]
        return _summed_up(_joined(windows), told_once([*inputs.lacks, unseen]))


def _everyday(inputs: Inputs, parts: Sequence[Span]) -> dict[int, tuple[Guess, ...]]:
    """Everyday actions by the number of the part; empty without the embedder."""
    seen, embedder = inputs.find(PictureEmbeddings), inputs.find_model(PictureWordEmbedder)
    if seen is None or embedder is None:
        return {}
    return dict(enumerate(everyday_guesses(parts, seen, embedder)))


def _hands(inputs: Inputs, parts: Sequence[Span], *, alone: bool) -> tuple[dict[int, tuple[Guess, ...]], str]:
    """Movements by the number of the part, and why some were not looked for.

    Raises: Unavailable, Skipped: when nothing can be said and there are no everyday actions either (`alone`).
    """
    recogniser = inputs.find_model(ActionRecogniser)
    if recogniser is None:
        if alone:
            # The embedder comes first in may_use: it is the one to fetch, for others read from it too.
            raise Unavailable(inputs.lacks[0] if inputs.lacks else "neither embedder nor action recogniser is here")
        return {}, ""
    chosen, worth = windows_for_hands(parts, inputs.frames, int(recogniser.spec.options.get("max_windows", 60)))
    if alone and not worth:
        raise Skipped("no shot lasts longer than a second")
    guesses = hand_guesses([parts[index] for index in chosen], inputs.frames, recogniser)
    unseen = f"looked for movements of hands in {len(chosen)} of {worth} windows" if len(chosen) < worth else ""
    return dict(zip(chosen, guesses, strict=True)), unseen


def _window(part: Span, everyday: tuple[Guess, ...], hands: tuple[Guess, ...]) -> ActionWindow:
    start, end = round(part[0], 3), round(part[1], 3)
    told = next((guesses[0] for guesses in (everyday, hands) if _is_clear(guesses)), None)
    topk = (*everyday, *hands)
    if told is None:
        return ActionWindow(start, end, UNCLEAR, max((guess.score for guess in topk), default=0.0), "", topk)
    return ActionWindow(start, end, told.label, told.score, told.kind, topk)


def _is_clear(guesses: tuple[Guess, ...]) -> bool:
    if not guesses:
        return False
    second = guesses[1].score if len(guesses) > 1 else 0.0
    return guesses[0].score >= _CLEAR[guesses[0].kind] and guesses[0].score - second >= _AHEAD


def _joined(windows: Sequence[ActionWindow]) -> tuple[ActionWindow, ...]:
    """Neighbours of one label become one window, with their mean score and the guesses of the longest of them."""
    joined: list[ActionWindow] = []
    longest = 0.0
    for each in windows:
        last, more = joined[-1] if joined else None, each.end - each.start
        if last is None or last.label != each.label:
            joined.append(each)
            longest = more
            continue
        seconds = last.end - last.start
        score = (last.score * seconds + each.score * more) / max(seconds + more, 1e-6)
        topk = each.topk if more > longest else last.topk
        longest = max(longest, more)
        joined[-1] = replace(last, end=each.end, score=round(score, 3), topk=topk)
    return tuple(joined)


def _summed_up(windows: tuple[ActionWindow, ...], limits: str) -> ActionResult:
    seconds: dict[str, float] = {}
    for each in windows:
        if each.label != UNCLEAR:
            seconds[each.label] = seconds.get(each.label, 0.0) + each.end - each.start
    label = max(seconds, key=lambda label: seconds[label], default=UNCLEAR)
    weighted = sum(each.score * (each.end - each.start) for each in windows if each.label == label)
    score = round(weighted / max(seconds[label], 1e-6), 3) if label in seconds else 0.0
    return ActionResult(label, min(1.0, score), windows, limits)
