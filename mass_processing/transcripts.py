"""How does what is said in a video become subtitles: SubRip (.srt) or WebVTT (.vtt)?

The cues are the captions of `speech_transcription`. WebVTT is as the W3C defines it; SubRip has no definition and no
way to escape, so what players would take for a tag is kept apart by an invisible character.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from mass_processing.errors import Refused
from mass_processing.whole import whole_file, whole_folder

_ANALYZER = "speech_transcription"
#: Seconds that a cue is shown at least; players leave out one that takes no time.
_SHORTEST = 0.5
#: Splits no word and no line, and isn't seen.
_WORD_JOINER = "\u2060"
#: Have no place in a line of text: controls and surrogates, but not the marks that right-to-left text needs.
_UNFIT = frozenset({"Cc", "Cs"})

Row = Mapping[str, Any]


class SubtitleForm(StrEnum):
    """Which kind of file; also its ending."""

    SRT = "srt"
    VTT = "vtt"

    @property
    def media_type(self) -> str:
        return "text/vtt" if self is SubtitleForm.VTT else "application/x-subrip"


@dataclass(frozen=True, slots=True)
class Cue:
    """A caption as it is shown."""

    #: Seconds, start < end.
    start: float
    end: float
    #: One line, not empty.
    text: str


@dataclass(frozen=True, slots=True)
class ExportedTranscripts:
    """What was written."""

    folder: Path
    files: int
    #: Videos in which nothing was transcribed.
    without: int


def cues_of(video: Row) -> list[Cue]:
    """The cues of a video as `Store.video` and `Store.export` answer it, in order; empty when it has no transcript."""
    outcome = (video.get("analyzer_results") or {}).get(_ANALYZER) or {}
    captions = (outcome.get("result") or {}).get("captions") or []
    return [cue for caption in captions if (cue := _cue(caption))]


def subtitles(cues: Sequence[Cue], form: SubtitleForm) -> str:
    """The file's text, UTF-8 without a mark in front."""
    return _vtt(cues) if form is SubtitleForm.VTT else _srt(cues)


def why_none(video: Row) -> str:
    """Why a video has no cues."""
    if video["status"] != "completed":
        return f"{video['video_id']} is {video['status']}"
    outcome = (video.get("analyzer_results") or {}).get(_ANALYZER) or {}
    return outcome.get("reason") or f"{_ANALYZER} found no words in {video['video_id']}"


def export_transcripts(videos: Iterable[Row], target: Path, form: SubtitleForm) -> ExportedTranscripts:
    """Writes a file per video that has a transcript into the folder `target`, named by its id (`tiktok_….srt`).

    Raises: as `whole_folder`; then nothing is left.
    """
    files = without = 0
    with whole_folder(target) as folder:
        for video in videos:
            cues = cues_of(video)
            if cues:
                (folder / file_name(video["video_id"], form)).write_text(subtitles(cues, form), encoding="utf-8")
                files += 1
            else:
                without += 1
    return ExportedTranscripts(target, files, without)


def write_transcript(video: Row, target: Path, form: SubtitleForm) -> int:
    """Writes the transcript of one video to the file `target`; how many cues. Raises: Refused when it has none."""
    cues = cues_of(video)
    if not cues:
        raise Refused(f"there is no transcript to write: {why_none(video)}")
    with whole_file(target) as file:
        file.write(subtitles(cues, form).encode())
    return len(cues)


def file_name(video_id: str, form: SubtitleForm) -> str:
    """The colon of an id is no character for a file's name."""
    return f"{video_id.replace(':', '_')}.{form}"


def _cue(caption: Row) -> Cue | None:
    """None when there is nothing to show."""
    text = _one_line(str(caption.get("text") or ""))
    start, end = max(0.0, float(caption["start"])), float(caption["end"])
    return Cue(start, max(end, start + _SHORTEST), text) if text else None


def _one_line(text: str) -> str:
    """Without breaks, which would end the cue, and without what can't be shown; empty when nothing would be seen."""
    fit = [character for character in " ".join(text.split()) if unicodedata.category(character) not in _UNFIT]
    seen = any(not character.isspace() and unicodedata.category(character) != "Cf" for character in fit)
    return "".join(fit).strip() if seen else ""


def _vtt(cues: Sequence[Cue]) -> str:
    return "WEBVTT\n\n" + "".join(
        f"{_times(cue, '.')}\n{cue.text.replace('&', '&amp;').replace('<', '&lt;').replace('>', '&gt;')}\n\n"
        for cue in cues
    )


def _srt(cues: Sequence[Cue]) -> str:
    return "".join(f"{number}\n{_times(cue, ',')}\n{_inert(cue.text)}\n\n" for number, cue in enumerate(cues, start=1))


def _inert(text: str) -> str:
    """No tag, no ASS override, no arrow that a reader of SubRip could take for one of its own."""
    apart = re.sub(r"<(?=[/\w])|\{(?=\\)", lambda found: found[0] + _WORD_JOINER, text)
    return apart.replace("-->", f"--{_WORD_JOINER}>")


def _times(cue: Cue, point: str) -> str:
    return f"{_clock(cue.start, point)} --> {_clock(cue.end, point)}"


def _clock(seconds: float, point: str) -> str:
    """`00:01:02.345`; from a hundred hours on the hours are longer."""
    whole, thousandths = divmod(round(seconds * 1000), 1000)
    minutes, second = divmod(whole, 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours:02}:{minute:02}:{second:02}{point}{thousandths:03}"
