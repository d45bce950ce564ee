"""Are sounds told when they are heard, with the model and without?"""

from pathlib import Path

import numpy as np
import pytest

from analyzers.contract import Inputs, Model, ModelInfo, Status
from analyzers.media import AudioTrack
from analyzers.models import Device, ModelShelf
from analyzers.models.profiles import ModelLibrary
from analyzers.models.sound_tagger import SoundTagger
from analyzers.run import analyze_video
from analyzers.sound.sound_events import SoundEvents, SoundEventsResult, stretches, window_starts
from analyzers.sound.voice_activity import Speech, VoiceActivity, VoiceActivityResult
from mass_processing.demo.encode import write_clip
from mass_processing.demo.sounds import beat, speech_like
from tests.analyzers.clips import MEDIA, grey
from tests.analyzers.models.checkpoints_tagger import build_tagger
from tests.analyzers.sound.hearing import Samples, video_with

RATE = 16_000


class Stub(Model):
    """Hears a dog where any sample is positive, and a woman's voice where any is negative."""

    role = "tagger"
    info = ModelInfo("stub", "0", "MIT")
    backend = "none"
    longest = 10.24
    labels = ("Dog", "Speech", "Female speech, woman speaking", "Children playing")

    @classmethod
    def load(cls, source):
        raise NotImplementedError

    def ask(self, items):
        return [np.array([(each > 0).any(), 0.1, 0.9 * (each < 0).any(), 1.0], np.float32) for each in items]


def track(seconds: float, *sounds: tuple[float, float, float]) -> Samples:
    samples = np.zeros(round(seconds * RATE), np.float32)
    for start, end, value in sounds:
        samples[round(start * RATE) : round(end * RATE)] = value
    return samples


def heard(samples: Samples) -> SoundEventsResult:
    inputs = Inputs(video_with(len(samples) / RATE), audio=AudioTrack(samples, RATE), models={SoundTagger: Stub()})
    return SoundEvents().analyze(inputs)


@pytest.mark.parametrize(
    ("seconds", "starts"), [(3.0, [0.0]), (10.24, [0.0]), (12.0, [0.0, 1.76]), (30.0, [0, 5.12, 10.24, 15.36, 19.76])]
)
def test_windows_overlap_by_half_and_reach_the_end(seconds: float, starts: list[float]) -> None:
    assert window_starts(seconds, 10.24) == pytest.approx(starts)


@pytest.mark.parametrize("at", [0.5, 12.3, 17.0, 19.0, 29.9])
def test_a_short_sound_is_placed_to_half_a_window(at: float) -> None:
    result = heard(track(30, (at, at + 0.05, 1.0)))

    [event] = [each for each in result.events if each.label == "Dog"]
    assert event.start <= at <= event.end
    assert event.end - event.start <= 5.13
    assert event.score == 1.0


def test_a_long_sound_is_one_event() -> None:
    [event] = [each for each in heard(track(40, (3, 38, 1.0))).events if each.label == "Dog"]

    assert event.start <= 3
    assert event.end >= 38


def test_a_sound_across_an_edge_that_each_window_hears_a_part_of_is_not_lost() -> None:
    starts, ends = np.array([0.0, 5.12]), np.array([10.24, 15.36])

    assert stretches(np.array([0.5, 0.1]), starts, ends) == [(0.0, 5.12, 0.5)]
    starts, ends = np.array([0.0, 5.12, 10.24]), np.array([10.24, 15.36, 20.48])
    assert stretches(np.array([0.0, 0.6, 0.1]), starts, ends) == [(5.12, 15.36, 0.6)]


def test_a_voice_is_told_as_speech_and_never_whose() -> None:
    result = heard(track(30, (2, 28, -1.0)))

    assert {each.label for each in result.events} == {"Speech"}
    assert {each.label for each in result.tags} == {"Speech"}
    assert result.tags[0].score == pytest.approx(0.9)


def test_tags_are_the_likeliest_first_with_their_share_of_the_time() -> None:
    result = heard(track(30, (0, 10, 1.0), (1, 29, -1.0)))

    assert [(each.label, each.score) for each in result.tags] == [("Dog", 1.0), ("Speech", pytest.approx(0.9))]
    assert result.tags[0].share < result.tags[1].share == 1.0
    assert result.headline() == "Dog; Speech"


def test_a_sound_that_is_shorter_than_a_window_is_heard() -> None:
    [event] = heard(track(2.5, (1.0, 1.2, 1.0))).events

    assert (event.label, event.start, event.end) == ("Dog", 0.0, 2.5)


def test_an_empty_track_is_answered() -> None:
    assert heard(track(0)).events == ()


# --- without the model ---


def clip(path: Path, sound: Samples) -> Path:
    return write_clip(path, (grey(90) for _ in range(10)), fps=2, sound=sound)


def outcome_of(path: Path, models: Path, scratch: Path):
    shelf = ModelShelf(Device(threads=1), ModelLibrary(models, "cpu"))
    analysis = analyze_video(path, [SoundEvents], shelf, scratch=scratch)
    return next(each for each in analysis.outcomes if each.analyzer == "sound_events")


def test_without_weights_it_tells_speech_music_silence_and_impacts(tmp_path, scratch) -> None:
    quiet = np.zeros(3 * 48_000, np.float32)
    knock = np.zeros(7 * 48_000, np.float32)
    burst = np.random.default_rng(0).standard_normal(2400) * np.exp(-np.arange(2400) / 400)
    knock[48_000 : 48_000 + 2400] = 0.3 * burst
    path = clip(tmp_path / "clip.mp4", np.concatenate([speech_like(6), quiet, knock, beat(12, 120)]))

    outcome = outcome_of(path, tmp_path, scratch)

    assert outcome.status is Status.DEGRADED
    assert outcome.reason.endswith("bulk_processor.py models pull ast-audioset")
    first = {}
    for event in outcome.result.events:
        first.setdefault(event.label, event)
    assert set(first) == {"Speech", "Music", "Silence", "Generic impact sounds"}
    assert first["Speech"].start < 0.5
    assert first["Silence"].start == pytest.approx(6.0, abs=0.3)
    assert first["Generic impact sounds"].start == pytest.approx(10.0, abs=0.03)
    assert first["Music"].start == pytest.approx(16.0, abs=4.0)


def test_plosives_of_speech_are_no_impacts() -> None:
    rattle = track(5)
    rattle[2 * RATE : 2 * RATE + 100] = 0.5
    voice = VoiceActivityResult((Speech(1.5, 3.0, 0.9),), 0.3, 1.5, None)
    inputs = Inputs(video_with(5), audio=AudioTrack(rattle, RATE), results={VoiceActivity: voice})

    assert [each.label for each in SoundEvents().analyze(inputs).events] == ["Speech"]


def test_what_other_analyzers_could_not_tell_is_named(tmp_path) -> None:
    lacks = ("the weights of ast-audioset are not here", "music_analysis is failed: x")
    inputs = Inputs(video_with(5), audio=AudioTrack(track(5), RATE), lacks=lacks)

    reason = SoundEvents().analyze(inputs).degraded_because()

    assert all(lack in reason for lack in lacks)


# --- the whole path, with randomly initialised weights in the files of real ones ---


@pytest.mark.integration
def test_a_clip_is_tagged(tmp_path, scratch) -> None:
    build_tagger(tmp_path / "models" / "ast-audioset")

    outcome = outcome_of(clip(tmp_path / "clip.mp4", beat(14, 120)), tmp_path / "models", scratch)

    assert outcome.status is Status.OK, outcome.reason
    assert outcome.model.id == "MIT/ast-finetuned-audioset-10-10-0.4593"
    assert outcome.result.tags
    told = {each.label for each in outcome.result.tags} | {each.label for each in outcome.result.events}
    assert told <= {"Speech", "Singing", "Dog", "Applause", "Crying, sobbing", "Silence"}


@pytest.mark.weights
def test_real_weights_hear_speech_in_a_talk(real_library, scratch) -> None:
    models = real_library("tagger").models_dir
    if not (MEDIA / "nasa_talk.mp4").exists():
        pytest.skip(f"{MEDIA} is not there; it holds real material that never enters the repository")

    outcome = outcome_of(MEDIA / "nasa_talk.mp4", models, scratch)

    assert outcome.result.tags[0].label == "Speech"
    assert outcome.result.tags[0].score > 0.5
