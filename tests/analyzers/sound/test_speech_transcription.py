"""Does a transcript say what was recognised, when it was said in the video, and nothing where nobody speaks?"""

import re
from collections.abc import Sequence
from pathlib import Path

import av
import numpy as np
import pytest

from analyzers.contract import Inputs, Model, ModelInfo, Status
from analyzers.errors import Skipped
from analyzers.media import AudioTrack
from analyzers.models import Device, ModelShelf
from analyzers.models.profiles import ModelLibrary
from analyzers.models.speech_recogniser import Heard, HeardWindow, HeardWord, SpeechRecogniser
from analyzers.run import analyze_video
from analyzers.sound.speech_transcription import SpeechTranscription, SpeechTranscriptionResult
from analyzers.sound.voice_activity import Speech, VoiceActivity, VoiceActivityResult
from mass_processing.demo.encode import write_clip
from mass_processing.demo.sounds import beat, speech_like
from tests.analyzers.clips import MEDIA, grey
from tests.analyzers.models.checkpoints_speech import LANGUAGES, build_speech
from tests.analyzers.sound.hearing import Samples, video_with

RATE = 16_000


class Stub(Model):
    """Recognises what the test says."""

    role = "speech"
    info = ModelInfo("stub", "0", "MIT")
    backend = "none"
    longest = 30.0

    def __init__(self, language: str = "en", windows: Sequence[HeardWindow] = ()) -> None:
        self.heard: list[Samples] = []
        self._language, self._windows = language, windows

    @classmethod
    def load(cls, source):
        raise NotImplementedError

    def transcribe(self, windows: Sequence[Samples]) -> Heard:
        self.heard += windows
        return Heard(self._language, 0.9, tuple(self._windows) or tuple(map(self.window, windows)))

    def window(self, samples: Samples) -> HeardWindow:
        """Words that say which sample they begin with, one every half second."""
        starts = range(0, len(samples), RATE // 2)
        words = [HeardWord(f" {samples[n]:.0f}", n / RATE, (n + 1) / RATE, 0.8) for n in starts]
        return HeardWindow(tuple(words), 0.1, "")


def said(*words: tuple[str, float, float], dropped: str = "") -> HeardWindow:
    return HeardWindow(tuple(HeardWord(text, start, end, 0.9) for text, start, end in words), 0.1, dropped)


def transcript(
    stub: Stub, speech: Sequence[tuple[float, float]], samples: Samples | None = None, seconds: float = 60
) -> SpeechTranscriptionResult:
    stretches = tuple(Speech(start, end, 0.9) for start, end in speech)
    samples = np.zeros(round(seconds * RATE), np.float32) if samples is None else samples
    inputs = Inputs(
        video_with(len(samples) / RATE),
        audio=AudioTrack(samples, RATE),
        results={VoiceActivity: VoiceActivityResult(stretches, 0.5, 0.0, None)},
        models={SpeechRecogniser: stub},
    )
    return SpeechTranscription().analyze(inputs)


def test_every_word_has_the_time_at_which_it_was_said() -> None:
    """float32 counts samples exactly up to 2²⁴, more than the 90 s of this track."""
    samples = np.arange(90 * RATE, dtype=np.float32)
    speech = [(2.013, 7.5), (9.25, 21.0), (23.5, 24.125), (30.0, 75.5), (80.0, 81.0)]

    result = transcript(Stub(), speech, samples)

    assert len(result.words) > 100
    for word in result.words:
        assert word.start == pytest.approx(int(word.word) / RATE, abs=5e-4)


def test_only_speech_and_a_fifth_of_a_second_around_it_is_heard() -> None:
    samples = np.zeros(60 * RATE, np.float32)
    samples[round(9.8 * RATE) : round(12.2 * RATE)] = 1.0
    stub = Stub()

    transcript(stub, [(10.0, 12.0)], samples)

    [heard] = stub.heard
    assert len(heard) == round(2.4 * RATE)
    assert heard.all()


def test_without_speech_the_recogniser_is_not_asked() -> None:
    stub = Stub()

    with pytest.raises(Skipped, match="no speech"):
        transcript(stub, [])

    assert stub.heard == []


def test_words_make_a_text_and_captions() -> None:
    window = said((" Come", 0.2, 0.5), (" here.", 0.5, 0.9), (" Sit", 1.2, 1.5), (" down!", 1.5, 1.9))

    result = transcript(Stub("en", [window]), [(5.0, 7.0)])

    assert result.text == "Come here. Sit down!"
    assert [(each.text, each.start, each.end) for each in result.captions] == [
        ("Come here.", 5.0, 5.7),
        ("Sit down!", 6.0, 6.7),
    ]
    assert [each.text for each in result.timeline()] == ["Come here.", "Sit down!"]
    assert (result.language, result.language_probability) == ("en", 0.9)


def test_a_language_without_spaces_is_written_without() -> None:
    window = said(("我们", 0.0, 0.4), ("去", 0.4, 0.6), ("学校。", 0.6, 1.0), ("好", 1.1, 1.3), ("的", 1.3, 1.4))

    result = transcript(Stub("zh", [window]), [(5.0, 7.0)])

    assert result.text == "我们去学校。好的"
    assert [each.text for each in result.captions] == ["我们去学校。", "好的"]


def test_windows_are_joined_with_a_space() -> None:
    windows = [said(("One", 0.0, 0.4)), said(("two", 0.0, 0.4))]

    result = transcript(Stub("en", windows), [(0.0, 25.0), (30.0, 50.0)])

    assert result.text == "One two"


def test_a_window_that_was_dropped_is_named_and_has_no_words() -> None:
    windows = [said((" One", 0.0, 0.4)), said(dropped="its text repeats itself")]

    result = transcript(Stub("en", windows), [(0.0, 25.0), (30.0, 50.0)])

    assert result.text == "One"
    assert [(each.start, each.end, each.reason) for each in result.dropped] == [(29.8, 50.2, "its text repeats itself")]


def test_speech_in_which_nothing_was_understood_is_an_answer() -> None:
    result = transcript(Stub("en", [said(dropped="nobody seems to speak")]), [(0.0, 5.0)])

    assert (result.text, result.words, result.captions) == ("", (), ())
    assert result.headline() == "speech, but no words that could be made out"


def test_words_that_the_recogniser_places_out_of_order_are_put_in_order() -> None:
    window = said((" one", 1.0, 1.4), (" two", 0.8, 1.2), (" three", 9.0, 9.5))

    result = transcript(Stub("en", [window]), [(0.0, 2.0)])

    assert [word.start for word in result.words] == [1.0, 1.0, 2.2]
    assert all(word.start <= word.end for word in result.words)


def test_a_long_text_is_shortened_in_the_headline() -> None:
    window = said(*((f" word{number}", number / 10, number / 10 + 0.1) for number in range(20)))

    headline = transcript(Stub("en", [window]), [(0.0, 3.0)]).headline()

    assert headline.startswith("20 words (en): word0 word1")
    assert headline.endswith("…")


# --- the whole path, with randomly initialised weights in the files of real ones ---


@pytest.fixture
def shelf(tmp_path) -> ModelShelf:
    build_speech(tmp_path / "models" / "whisper-base")
    return ModelShelf(Device(threads=1), ModelLibrary(tmp_path / "models", "cpu"))


def clip(path: Path, sound: Samples) -> Path:
    return write_clip(path, (grey(90) for _ in range(25)), fps=5, sound=sound)


def outcome_of(path: Path, shelf: ModelShelf, scratch: Path):
    analysis = analyze_video(path, [SpeechTranscription], shelf, scratch=scratch)
    return analysis, next(each for each in analysis.outcomes if each.analyzer == "speech_transcription")


@pytest.mark.integration
def test_a_clip_with_speech_is_written_down(tmp_path, shelf, scratch) -> None:
    analysis, outcome = outcome_of(clip(tmp_path / "clip.mp4", speech_like(5)), shelf, scratch)

    assert outcome.status is Status.OK, outcome.reason
    assert outcome.model.id == "openai/whisper-base"
    assert outcome.result.words
    assert outcome.result.language in LANGUAGES
    assert all(0 <= word.start <= word.end <= analysis.video.duration for word in outcome.result.words)


@pytest.mark.integration
@pytest.mark.parametrize(
    "sound",
    [np.zeros(5 * 48_000, np.float32), beat(5, 120)],
    ids=["silence", "a beat"],
)
def test_where_nobody_speaks_the_network_is_never_asked(tmp_path, shelf, scratch, sound) -> None:
    _, outcome = outcome_of(clip(tmp_path / "clip.mp4", sound), shelf, scratch)

    assert (outcome.status, outcome.reason) == (Status.SKIPPED, "no speech")
    assert shelf.get(SpeechRecogniser).line.answered == 0


@pytest.mark.integration
def test_without_weights_it_is_unavailable_and_says_what_to_run(tmp_path, scratch) -> None:
    shelf = ModelShelf(Device(), ModelLibrary(tmp_path / "models", "cpu"))

    _, outcome = outcome_of(clip(tmp_path / "clip.mp4", speech_like(5)), shelf, scratch)

    assert outcome.status is Status.UNAVAILABLE
    assert outcome.reason.endswith("bulk_processor.py models pull whisper-base")


# --- the real weights ---

JFK = "and so my fellow americans ask not what your country can do for you ask what you can do for your country"


def plain(text: str) -> list[str]:
    return re.sub(r"[^\w\s']", " ", text.lower().replace("’", "'")).split()


def word_errors(said: Sequence[str], written: Sequence[str]) -> float:
    """Words that were changed, left out or added, as a share of those that were said (Levenshtein)."""
    row = list(range(len(written) + 1))
    for number, word in enumerate(said, 1):
        before, row = row, [number]
        for at, other in enumerate(written, 1):
            row.append(min(before[at] + 1, row[-1] + 1, before[at - 1] + (word != other)))
    return row[-1] / len(said)


def test_word_errors_are_counted_as_changes_omissions_and_additions() -> None:
    assert word_errors(["a", "b", "c", "d"], ["a", "b", "c", "d"]) == 0
    assert word_errors(["a", "b", "c", "d"], ["a", "x", "c", "d", "e"]) == 0.5
    assert word_errors(["a", "b", "c", "d"], []) == 1


def real(name: str) -> Path:
    if not (MEDIA / name).exists():
        pytest.skip(f"{MEDIA / name} is not there; it holds real material that never enters the repository")
    return MEDIA / name


@pytest.mark.weights
def test_real_weights_write_a_real_speech_down_without_an_error(real_shelf, tmp_path, scratch) -> None:
    shelf = real_shelf("speech")
    with av.open(real("jfk.flac")) as sound:
        blocks = [frame.to_ndarray() for frame in av_resampled(sound)]
    path = clip(tmp_path / "jfk.mp4", np.concatenate(blocks, axis=1)[0])

    _, outcome = outcome_of(path, shelf, scratch)

    assert outcome.result.language == "en"
    assert word_errors(JFK.split(), plain(outcome.result.text)) == 0
    country = [word for word in outcome.result.words if "country" in word.word.lower()]
    assert country[0].start == pytest.approx(6.3, abs=0.7)
    assert country[1].end == pytest.approx(10.4, abs=0.5)


@pytest.mark.weights
def test_real_weights_write_a_talk_down_as_its_subtitles_say(real_shelf, scratch) -> None:
    shelf = real_shelf("speech")
    path = real("nasa_talk.mp4")
    with av.open(path) as container:
        track = container.streams.subtitles[-1]
        lines = [line.dialogue for packet in container.demux(track) for line in packet.decode()]
    heard_in_full = b" ".join(lines[:3]).decode().removeprefix("NAR: ")  # the sound ends during the fourth, at 13.06 s

    _, outcome = outcome_of(path, shelf, scratch)

    written = " ".join(word.word for word in outcome.result.words if word.start < 12.4)
    assert word_errors(plain(heard_in_full), plain(written)) <= 0.1


def av_resampled(container):
    resampler = av.AudioResampler("fltp", "mono", 48_000)
    for frame in container.decode(audio=0):
        yield from resampler.resample(frame)
    yield from resampler.resample(None)
