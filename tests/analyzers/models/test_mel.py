"""Do networks hear the same numbers from us as from the published feature extractors?"""

import warnings

import numpy as np
import pytest

from analyzers.models.mel import kaldi_spectra, whisper_spectra

pytestmark = pytest.mark.integration  # imports transformers


@pytest.fixture(scope="module")
def sounds() -> list[np.ndarray]:
    """A loud one as long as the network hears, a short one, one with silence in it, one shorter than a spectrum."""
    chance = np.random.default_rng(0)
    tone = np.sin(2 * np.pi * 440 * np.arange(40_000) / 16_000)
    silence = np.zeros(16_000)
    made = [chance.standard_normal(480_000) * 0.3, tone, np.concatenate([tone, silence, 0.01 * tone]), tone[:150]]
    return [each.astype(np.float32) for each in made]


@pytest.mark.parametrize("bands", [80, 128])
def test_whisper_spectra_are_those_of_its_feature_extractor(sounds, bands) -> None:
    from transformers import WhisperFeatureExtractor

    published = WhisperFeatureExtractor(feature_size=bands)(sounds, sampling_rate=16_000, return_tensors="np")

    ours = whisper_spectra(sounds, bands, 3000, "cpu").numpy()

    assert ours.shape == (4, bands, 3000)
    np.testing.assert_allclose(ours, published["input_features"], atol=1e-3)


def test_kaldi_spectra_are_those_of_the_audio_spectrogram_transformer(sounds) -> None:
    from transformers import ASTFeatureExtractor

    windows = [sound[:163_840] for sound in sounds[:3]]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of 128 narrow filters the lowest is empty, in theirs as in ours
        extractor = ASTFeatureExtractor(do_normalize=False)
    published = extractor(windows, sampling_rate=16_000, return_tensors="np")["input_values"]

    ours = kaldi_spectra(windows, 128, 1024, "cpu").numpy()

    assert ours.shape == (3, 1024, 128)
    np.testing.assert_allclose(ours, published, atol=2e-3)


def test_a_sound_shorter_than_one_spectrum_has_only_zeros(sounds) -> None:
    assert not kaldi_spectra(sounds[3:], 128, 1024, "cpu").any()


def test_a_sound_is_heard_alike_alone_and_beside_others(sounds) -> None:
    together = whisper_spectra(sounds, 80, 3000, "cpu")

    alone = whisper_spectra(sounds[1:2], 80, 3000, "cpu")

    np.testing.assert_allclose(alone[0], together[1], atol=1e-6)
