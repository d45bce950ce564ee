"""Does the tagger take the files of a real one, and hear the same in a window whatever is beside it?

The network here is tiny and randomly initialised: what it hears is nonsense, how it comes about is not.
"""

import warnings
from pathlib import Path

import numpy as np
import pytest

from analyzers.errors import Unavailable
from analyzers.models import Device, ModelShelf
from analyzers.models.profiles import ModelLibrary
from analyzers.models.sound_tagger import SoundTagger
from tests.analyzers.models.checkpoints_tagger import LABELS, build_tagger

pytestmark = pytest.mark.integration  # loads a model


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return build_tagger(tmp_path_factory.mktemp("models") / "ast-audioset").parent


@pytest.fixture(scope="module")
def tagger(folder) -> SoundTagger:
    return ModelShelf(Device(threads=1), ModelLibrary(folder, "cpu")).get(SoundTagger)


@pytest.fixture(scope="module")
def windows() -> list[np.ndarray]:
    chance = np.random.default_rng(1)
    t = np.arange(163_840) / 16_000
    made = [0.1 * chance.standard_normal(163_840), np.sin(2 * np.pi * 330 * t), np.sin(2 * np.pi * 900 * t[:50_000])]
    return [each.astype(np.float32) for each in [*made, np.zeros(163_840), made[0][:100]]]


def test_without_its_weights_it_says_what_to_run(tmp_path) -> None:
    with pytest.raises(Unavailable, match=r"models pull ast-audioset"):
        ModelShelf(Device(), ModelLibrary(tmp_path, "cpu")).get(SoundTagger)


def test_labels_and_length_are_those_of_its_files(tagger) -> None:
    assert tagger.labels == LABELS
    assert tagger.longest == 10.24


def test_every_label_has_a_probability(tagger, windows) -> None:
    for scores in tagger.ask(windows):
        assert scores.shape == (len(LABELS),)
        assert ((scores >= 0) & (scores <= 1)).all()


def test_windows_are_heard_alike_alone_and_together(tagger, windows) -> None:
    together = tagger.ask(windows)

    alone = [tagger.ask([window])[0] for window in windows]

    np.testing.assert_allclose(alone, together, atol=1e-4)


def test_it_answers_as_transformers_does_with_its_own_features(tagger, folder, windows) -> None:
    import torch
    from transformers import ASTFeatureExtractor, ASTForAudioClassification

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of 128 narrow filters the lowest is empty
        extractor = ASTFeatureExtractor.from_pretrained(folder / "ast-audioset")
    network = ASTForAudioClassification.from_pretrained(folder / "ast-audioset").eval()
    with torch.inference_mode():
        seen = extractor(windows[:4], sampling_rate=16_000, return_tensors="pt")
        expected = network(**seen).logits.sigmoid().numpy()

    np.testing.assert_allclose(tagger.ask(windows[:4]), expected, atol=1e-3)


def test_different_sounds_are_heard_differently(tagger, windows) -> None:
    noise, tone, *_ = tagger.ask(windows)

    assert np.abs(noise - tone).max() > 0.05


def test_the_answer_of_one_checkpoint_stays_what_it_is(tagger, windows) -> None:
    """Randomly initialised from seed 0: a change of these numbers is a change of what real weights would answer."""
    expected = (0.30553, 0.07818, 0.21684, 0.41623, 0.50653, 0.87658, 0.17852)

    np.testing.assert_allclose(tagger.ask([windows[1]])[0], expected, rtol=1e-3)
