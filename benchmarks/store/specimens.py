"""Which videos does the store hold in a measurement? Made-up ones of real shape: posts, and what is told of them."""

import random
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from analyzers.catalog import ANALYZERS
from analyzers.contract import ModelInfo, Outcome, Result, Status
from analyzers.meaning.subjects import Topic
from analyzers.meaning.text_language import Language
from analyzers.report import outcome_document
from benchmarks.store.made_up import made_up, words
from mass_processing.records import Job, JobStatus, Link, Source, Stage
from mass_processing.results import result_document, segment_rows

#: The first id: uploaded in November 2023.
_FIRST = 7_301_234_567_890_000_000
_FIRST_POST = datetime(2026, 1, 1, tzinfo=UTC)
_HOOKS = ("question", "list", "challenge", "story", "product", "face", "statement", "none")
_SUBJECTS = ("food", "beauty", "fitness", "travel", "humour")
_CALLS = ("follow", "like", "comment", "save", "link", "buy")
_SOUNDS = tuple(f"original sound {number}" for number in range(40))
_MODEL = ModelInfo("made-up", "1", "MIT")


@dataclass(frozen=True, slots=True)
class Specimen:
    """One video."""

    link: Link
    #: What the download tells: allow-listed fields as in `download/metadata.py`.
    post: Mapping[str, Any]
    #: As it lies in results/.
    document: Mapping[str, Any]
    #: Its timeline, rows of video_segments.
    segments: list[dict[str, Any]]


def specimen(number: int) -> Specimen:
    """The same number is the same video. About 60 KB of JSON and 150 segments."""
    rng = random.Random(number)
    link = tiktok(number)
    post = _post(number, rng)
    document = result_document(_job(link, post), _analysis(rng, post), 20.0 + 10 * rng.random())
    return Specimen(link, post, document, segment_rows(document))


def tiktok(number: int) -> Link:
    """The link of a specimen."""
    post = _FIRST + number
    return Link(f"tiktok:{post}", f"https://www.tiktok.com/@maker{number % 50}/video/{post}", Source.TIKTOK)


def _post(number: int, rng: random.Random) -> dict[str, Any]:
    views = round(10 ** (3 + 3 * rng.random()))
    tags = rng.sample(("fyp", "coffee", "home", "summer", "learnontiktok", "fitness", "travel"), 3)
    posted = _FIRST_POST + timedelta(hours=rng.randrange(24 * 300))
    return {
        "title": words(rng, 5),
        "description": f"{words(rng, 12)} {' '.join(f'#{tag}' for tag in tags)}",
        "timestamp": int(posted.timestamp()),
        "upload_date": f"{posted:%Y%m%d}",
        "duration": rng.randint(12, 60),
        "uploader": f"maker{number % 50}",
        "uploader_id": str(6_800_000_000_000_000_000 + number % 50),
        "uploader_url": f"https://www.tiktok.com/@maker{number % 50}",
        "channel": f"Maker {number % 50}",
        "view_count": views,
        "like_count": round(views * rng.uniform(0.01, 0.2)),
        "repost_count": round(views * rng.uniform(0, 0.02)),
        "comment_count": round(views * rng.uniform(0, 0.03)),
        "save_count": round(views * rng.uniform(0, 0.03)),
        "track": rng.choice(_SOUNDS),
        "artists": [f"maker{number % 7}"],
        "extractor": "TikTok",
        "hashtags": tags,
        "fetched_at": (posted + timedelta(days=30)).isoformat(),
    }


def _analysis(rng: random.Random, post: Mapping[str, Any]) -> dict[str, Any]:
    """As `analyzers.document.analysis_document` writes it."""
    duration = float(post["duration"])
    outcomes = {}
    for analyzer in ANALYZERS:
        result = _result(typing.get_type_hints(analyzer.analyze)["return"], rng, duration)
        outcome = Outcome(analyzer.name, analyzer.version, Status.OK, rng.random(), result, _MODEL, "onnxruntime-cpu")
        outcomes[analyzer.name] = outcome_document(outcome)
    return {
        "video": {
            **{"path": "/media/v.mp4", "duration": duration, "width": 1080, "height": 1920, "fps": 30.0},
            **{"rotation": 0, "video_codec": "h264", "bit_rate": 2_000_000, "size": 5_000_000},
            **{"audio_codec": "aac", "audio_rate": 44100, "audio_channels": 2},
        },
        "analyzer_results": outcomes,
        "decode_seconds": 4.2,
        "device": "cpu",
        "versions": {"av": "18.1.0", "numpy": "2.4.6", "torch": "2.15.0"},
    }


def _result(kind: type[Result], rng: random.Random, duration: float) -> Result:
    result: Result = made_up(kind, rng, duration)
    if kind.__name__ not in _LIKELY:
        return result
    return replace(result, **_LIKELY[kind.__name__](rng))  # type: ignore[type-var]  # every result is a dataclass


#: Values of results that lie where those of real videos do.
_LIKELY: dict[str, Callable[[random.Random], dict[str, Any]]] = {
    "CutResult": lambda rng: {"cuts_per_minute": round(rng.uniform(0, 60), 2)},
    "CompositionResult": lambda rng: {"shape": rng.choice(("9:16", "9:16", "1:1"))},
    "AudioAnalysisResult": lambda rng: {"integrated_lufs": round(rng.uniform(-30, -8), 2)},
    "MusicAnalysisResult": lambda rng: {"bpm": round(rng.uniform(70, 170), 1), "key": "A minor"},
    "SpeechTranscriptionResult": lambda rng: {"text": words(rng, 90), "language": "en"},
    "SpeechRateResult": lambda rng: {"wpm": round(rng.uniform(90, 220), 1), "source": "transcript", "language": "en"},
    "TranscriptTopicsResult": lambda rng: {
        "topics": tuple(Topic(name, 0.5, ("coffee",)) for name in rng.sample(_SUBJECTS, 2)),
        "language": Language("en", 0.9),
    },
    "CtaDetectionResult": lambda rng: {"types": tuple(rng.sample(_CALLS, rng.randint(0, 2))), "first_call": 2.5},
    "HookAnalysisResult": lambda rng: {"hook_type": rng.choice(_HOOKS), "strength": round(rng.random(), 3)},
    # Some are reposts of others.
    "VideoFingerprintResult": lambda rng: {"video_hash": f"{rng.randrange(2000) * 0x9E3779B97F4A7C1 % 2**64:016x}"},
}


def _job(link: Link, post: Mapping[str, Any]) -> Job:
    return Job(
        id=0, video_id=link.video_id, url=link.url, source=link.source, priority=5, batch=None,
        status=JobStatus.PROCESSING, attempt=2, download_failures=0, process_failures=0, run=1,
        queued_at=_FIRST_POST, suspect=False, lane=Stage.GPU, video_path="/media/v.mp4", metadata=post,
    )  # fmt: skip
