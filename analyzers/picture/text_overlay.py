"""What is written on the picture, where, from when to when, and what for?

Pictures of 2 per second are gated by change (`text_gate.py`), read as rarely as that allows (`text_reading.py`), and
their lines joined into texts over time (`text_tracks.py`) with a role each (`text_roles.py`). Starts and ends are true
to one sampled picture (half a second). Model: PP-OCRv6 small, Apache-2.0, in the wheel of rapidocr; where its weights
are here, PP-OCRv5 for Korean reads the lines in which the first found nothing.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import ClassVar

from analyzers.contract import Analyzer, Inputs, Needs, Result, Segment
from analyzers.media import DETAILED, FrameBatch
from analyzers.models.korean_reader import KoreanReader
from analyzers.models.text_reader import TextReader
from analyzers.picture.text_gate import pictures_worth_reading
from analyzers.picture.text_reading import MAX_LINES, Survey, read_through
from analyzers.picture.text_roles import role_of, script_of
from analyzers.picture.text_tracks import Track, follow, joined, plain

#: Share of a line's height by which the reader draws its box beyond the letters, for it reads better with some ground
#: around them; measured on rendered text.
_MARGIN = 0.14
#: Lines in which nothing could be read from which that is worth saying: a pattern is taken for a line now and then.
_MANY_UNKNOWN = 2


@dataclass(frozen=True, slots=True)
class OverlayText:
    """One text, of one or several lines, for as long as it stands."""

    #: Lines joined by a space.
    text: str
    #: Seconds, half-open.
    start: float
    end: float
    #: Normalised 0–1.
    x1: float
    y1: float
    x2: float
    y2: float
    #: Confidence of the reading, 0–1.
    score: float
    #: "caption", "title", "sticker" or "watermark".
    role: str
    #: Height of one line, from the top of its tallest to the bottom of its lowest letter, in pixels of the video.
    font_px: float
    #: "latin", "han", "japanese", "cyrillic" …; "none" for digits and signs alone.
    script: str


@dataclass(frozen=True, slots=True)
class TextOverlayResult(Result):
    """The texts of a video."""

    #: Sorted by start; empty when nothing is written.
    texts: tuple[OverlayText, ...]
    #: Share of the video with any text but watermarks on it, 0–1.
    text_share: float
    #: Seconds to the first text that is no watermark; None without one.
    first_text: float | None
    #: Pictures sampled, and those of them that were read.
    pictures: int
    pictures_read: int
    #: Lines in which nothing could be read: another script than Latin, Chinese, Japanese and, with its weights, Korean.
    lines_unknown: int
    #: Why not all that changed was read; empty when it was.
    limits: str

    def headline(self) -> str:
        if not self.texts:
            return "no text on screen"
        count = f"{len(self.texts)} text{'s' if len(self.texts) > 1 else ''} on screen"
        return f"{count}, {self.text_share:.0%} of the time" if self.first_text is not None else f"{count}, a watermark"

    def timeline(self) -> Sequence[Segment]:
        return tuple(
            Segment(
                start=text.start,
                end=text.end,
                label=text.role,
                score=round(text.score, 3),
                text=text.text,
                data={
                    "box": [text.x1, text.y1, text.x2, text.y2],
                    "font_px": text.font_px,
                    "script": text.script,
                },
            )
            for text in self.texts
        )

    def degraded_because(self) -> str:
        return self.limits


class TextOverlay(Analyzer[TextOverlayResult]):
    """Reads what is written on the picture."""

    name: ClassVar[str] = "text_overlay"
    version: ClassVar[str] = "2"
    summary: ClassVar[str] = "Reads captions, titles, stickers and watermarks, with their times and places."
    kind: ClassVar[str] = "picture"
    needs: ClassVar[Needs] = Needs(frames=DETAILED, models=(TextReader,), may_use=(KoreanReader,))

    def analyze(self, inputs: Inputs) -> TextOverlayResult:
        frames = inputs.frames
        reader, korean = inputs.model(TextReader), inputs.find_model(KoreanReader)
        survey = read_through(frames, pictures_worth_reading(frames), reader, korean)
        tracks = follow(survey.lines, max(frames.pixels.shape[1:3]))
        texts = _texts(joined(tracks), frames, inputs.video.height)
        told = [text for text in texts if text.role != "watermark"]
        return TextOverlayResult(
            texts=texts,
            text_share=round(_covered(told) / max(frames.end, 1e-6), 3),
            first_text=min((text.start for text in told), default=None),
            pictures=len(frames),
            pictures_read=survey.pictures_read,
            lines_unknown=survey.lines_unknown,
            limits=_limits(survey, inputs.lacks),
        )


def _texts(groups: Sequence[tuple[Track, ...]], frames: FrameBatch, video_height: int) -> tuple[OverlayText, ...]:
    spans = [_span(group, frames) for group in groups]
    seconds: dict[str, float] = defaultdict(float)
    for group, (start, end) in zip(groups, spans, strict=True):
        seconds[_key(group)] += end - start
    texts = []
    for group, (start, end) in zip(groups, spans, strict=True):
        presence = seconds[_key(group)] / max(frames.end, 1e-6)
        texts.append(_text(group, start, end, presence, frames.pixels.shape[1:3], video_height))
    return tuple(sorted(texts, key=lambda text: (text.start, text.y1, text.x1)))


def _text(
    group: tuple[Track, ...], start: float, end: float, presence: float, size: tuple[int, ...], video_height: int
) -> OverlayText:
    height, width = size
    line = fmean(track.height for track in group)
    margin = _MARGIN * line
    box = (
        round((min(track.box[0] for track in group) + margin) / width, 4),
        round((min(track.box[1] for track in group) + margin) / height, 4),
        round((max(track.box[2] for track in group) - margin) / width, 4),
        round((max(track.box[3] for track in group) - margin) / height, 4),
    )
    line_share = (line - 2 * margin) / height
    said = " ".join(track.text for track in group)
    return OverlayText(
        text=said,
        start=round(start, 3),
        end=round(end, 3),
        x1=box[0],
        y1=box[1],
        x2=box[2],
        y2=box[3],
        score=round(fmean(track.score for track in group), 3),
        role=role_of(box, line_share, end - start, presence),
        font_px=round(line_share * video_height, 1),
        script=script_of(said),
    )


def _key(group: tuple[Track, ...]) -> str:
    return plain("".join(track.text for track in group))


def _span(group: tuple[Track, ...], frames: FrameBatch) -> tuple[float, float]:
    """Seconds: from its first picture to the first one without it."""
    first, last = min(track.first for track in group), max(track.last for track in group)
    end = frames.times[last + 1] if last + 1 < len(frames) else frames.end
    return float(frames.times[first]), float(end)


def _covered(texts: Sequence[OverlayText]) -> float:
    """Seconds with at least one of `texts`, which are sorted by start."""
    total = until = 0.0
    for text in texts:
        total += max(0.0, text.end - max(until, text.start))
        until = max(until, text.end)
    return total


def _limits(survey: Survey, lacks: Sequence[str]) -> str:
    reasons = []
    if survey.pictures_read < survey.pictures_wanted:
        reasons.append(
            f"read {survey.pictures_read} of {survey.pictures_wanted} pictures whose text may have changed; "
            "short texts may be missing"
        )
    if survey.lines_unread:
        reasons.append(f"left {survey.lines_unread} of its lines unread after {MAX_LINES} or in crowded pictures")
    if survey.lines_unknown >= _MANY_UNKNOWN and lacks:
        reasons.append(f"{survey.lines_unknown} lines could not be read; if they are Korean: {lacks[0]}")
    return "; ".join(reasons)
