"""Does the recogniser take the files of a real Whisper, and answer the same for a window whatever is beside it?

The networks here are tiny and randomly initialised: what they write is nonsense, how it comes about is not.
"""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from analyzers.errors import Unavailable
from analyzers.models import Device, ModelShelf
from analyzers.models.profiles import ModelLibrary
from analyzers.models.speech_recogniser import Dictation, Impression, SpeechRecogniser
from analyzers.models.whisper_doubt import TEMPERATURES
from tests.analyzers.models.checkpoints_speech import LANGUAGES, build_speech

pytestmark = pytest.mark.integration  # loads models


def windows(*seconds: float) -> list[np.ndarray]:
    """A voice-like buzz in noise, different in every window."""
    chance = np.random.default_rng(5)
    made = []
    for number, length in enumerate(seconds):
        t = np.arange(round(length * 16_000)) / 16_000
        buzz = np.sign(np.sin(2 * np.pi * (110 + 40 * number) * t)) * np.sin(2 * np.pi * (2 + number) * t) ** 2
        made.append((0.1 * buzz + 0.01 * chance.standard_normal(len(t))).astype(np.float32))
    return made


def shelf_of(folder: Path, **kinds) -> ModelShelf:
    build_speech(folder / "whisper-base", **kinds)
    return ModelShelf(Device(threads=1), ModelLibrary(folder, "cpu"))


@pytest.fixture(scope="module")
def recogniser(tmp_path_factory) -> SpeechRecogniser:
    return shelf_of(tmp_path_factory.mktemp("models")).get(SpeechRecogniser)


def test_without_its_weights_it_says_what_to_run(tmp_path) -> None:
    with pytest.raises(Unavailable, match=r"models pull whisper-base"):
        ModelShelf(Device(), ModelLibrary(tmp_path, "cpu")).get(SpeechRecogniser)


def test_it_hears_thirty_seconds_at_once_and_says_which_weights_answer(recogniser) -> None:
    assert recogniser.longest == 30.0
    assert recogniser.info.id == "openai/whisper-base"
    assert recogniser.backend == "torch-cpu"


def test_windows_are_heard_alike_alone_and_together(recogniser) -> None:
    sounds = windows(30, 3.3, 12, 0.5, 7)

    together = recogniser.ask(sounds)

    for sound, each in zip(sounds, together, strict=True):
        alone: Impression = recogniser.ask([sound])[0]
        np.testing.assert_allclose(alone.states, each.states, atol=1e-4)
        np.testing.assert_allclose(alone.languages, each.languages, atol=1e-4)
        assert alone.no_speech == pytest.approx(each.no_speech, abs=1e-4)
        assert alone.length == each.length


def test_windows_are_written_alike_alone_and_together(recogniser) -> None:
    impressions = recogniser.ask(windows(30, 3.3, 12))
    dictations = [
        Dictation(each, language, temperature)
        for each, language, temperature in zip(impressions, ("en", "de", "zh"), (0.0, 0.0, 0.6), strict=True)
    ]

    together = recogniser.ask(dictations)

    for dictation, each in zip(dictations, together, strict=True):
        alone = recogniser.ask([dictation])[0]
        assert alone.draft.tokens == each.draft.tokens
        assert alone.draft.mean_logarithm == pytest.approx(each.draft.mean_logarithm, abs=1e-4)
        np.testing.assert_allclose(alone.attention, each.attention, atol=1e-3)


def test_several_videos_at_once_get_what_each_gets_alone(recogniser) -> None:
    videos = [windows(5, 9), windows(9)[:1], windows(4, 4, 4, 4)]
    alone = [recogniser.transcribe(video) for video in videos]

    with ThreadPoolExecutor(3) as pool:
        together = list(pool.map(recogniser.transcribe, videos))

    for one, other in zip(alone, together, strict=True):
        assert one.language == other.language
        assert [[word.text for word in window.words] for window in one.windows] == [
            [word.text for word in window.words] for window in other.windows
        ]


def test_the_language_is_the_likeliest_by_the_mean_of_the_first_windows(recogniser) -> None:
    sounds = windows(6, 6, 6, 6)
    mean = np.mean([each.languages for each in recogniser.ask(sounds[:3])], axis=0)

    heard = recogniser.transcribe(sounds)

    assert heard.language == LANGUAGES[mean.argmax()]
    assert heard.certainty == pytest.approx(mean.max(), abs=1e-4)
    assert sum(mean) == pytest.approx(1.0)


def test_words_are_in_order_and_within_their_window(recogniser) -> None:
    heard = recogniser.transcribe(windows(30, 3.3))

    for window, seconds in zip(heard.windows, (30, 3.3), strict=True):
        assert window.words
        edges = [edge for word in window.words for edge in (word.start, word.end)]
        assert edges == sorted(edges)
        assert 0 <= edges[0] <= edges[-1] <= seconds + 0.02
        assert all(0 < word.probability <= 1 for word in window.words)


def test_a_guess_is_written_again_at_every_temperature(recogniser) -> None:
    """Random weights never write anything likely."""
    before = recogniser.line.answered

    recogniser.transcribe(windows(2))

    assert recogniser.line.answered - before == 1 + len(TEMPERATURES)


def test_128_bands_are_heard_where_the_weights_want_them(tmp_path) -> None:
    recogniser = shelf_of(tmp_path, bands=128, positions=200).get(SpeechRecogniser)

    assert recogniser.longest == 4.0
    assert recogniser.transcribe(windows(4)).windows[0].words


def test_a_model_that_knows_english_alone_hears_english(tmp_path) -> None:
    import json

    build_speech(tmp_path / "whisper-base", positions=200)
    file = tmp_path / "whisper-base" / "generation_config.json"
    config = json.loads(file.read_text())
    file.write_text(json.dumps({name: config[name] for name in config if name not in ("lang_to_id", "task_to_id")}))
    recogniser = ModelShelf(Device(), ModelLibrary(tmp_path, "cpu")).get(SpeechRecogniser)

    heard = recogniser.transcribe(windows(3))

    assert (heard.language, heard.certainty) == ("en", 1.0)
    assert heard.windows[0].words


def test_the_answer_of_one_checkpoint_stays_what_it_is(recogniser) -> None:
    """Randomly initialised from seed 0: a change of these numbers is a change of what real weights would answer."""
    impression: Impression = recogniser.ask(windows(8))[0]
    written = recogniser.ask([Dictation(impression, "en", 0.0)])[0]

    assert (tuple(impression.states.shape), impression.length) == ((1500, 32), 400)
    np.testing.assert_allclose(impression.languages, (0.28211, 0.67569, 0.01527, 0.01297, 0.01395), rtol=1e-3)
    assert impression.no_speech == pytest.approx(4.2777e-4, rel=1e-3)
    assert written.draft.tokens[:6] == (47, 214, 46, 47, 46, 315)
    assert written.draft.mean_logarithm == pytest.approx(-2.41875, rel=1e-3)
    assert written.attention.shape == (36, 400)
