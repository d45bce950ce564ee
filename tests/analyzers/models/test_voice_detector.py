"""Does the voice detector hear speech, and nothing else, without importing torch on the CPU?"""

import importlib.util
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from analyzers.errors import Unavailable
from analyzers.models import Device, ModelShelf
from analyzers.models.voice_detector import VoiceDetector, _TorchNetwork
from mass_processing.demo.sounds import beat, speech_like
from tests.analyzers.sound.hearing import real_sound

pytestmark = pytest.mark.integration  # loads a model

Samples = NDArray[np.float32]
PROJECT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def detector() -> VoiceDetector:
    return ModelShelf(Device()).get(VoiceDetector)


@pytest.fixture(scope="module")
def jfk() -> Samples:
    return real_sound("jfk.flac", 16_000, 1)


@pytest.mark.parametrize("samples", [0, 1, 511, 512, 513, 16_000, 512 * 512 + 1])
def test_every_started_window_of_512_samples_has_one_probability(detector: VoiceDetector, samples: int) -> None:
    probability = detector.speech_probability(np.zeros(samples, np.float32))

    assert probability.shape == (-(-samples // 512),)
    assert probability.dtype == np.float32


def test_a_real_speech_is_heard_where_it_is_spoken(detector: VoiceDetector, jfk: Samples) -> None:
    """Spoken at 5.4–7.6 s ("what your country can do for you"), silent at 2.4–3.1 s, by its waveform."""
    probability = detector.speech_probability(jfk)

    assert probability[round(5.5 * 31.25) : round(7.5 * 31.25)].mean() > 0.95
    assert probability[round(2.5 * 31.25) : round(3.1 * 31.25)].mean() < 0.1


def test_noise_a_beat_and_silence_are_no_speech(detector: VoiceDetector) -> None:
    noise = 0.1 * np.random.default_rng(0).standard_normal(10 * 16_000).astype(np.float32)

    for sound in (noise, beat(10, 120, 16_000), np.zeros(10 * 16_000, np.float32)):
        assert detector.speech_probability(sound).max() < 0.5


def test_the_synthetic_voice_of_the_demo_is_speech(detector: VoiceDetector) -> None:
    assert np.median(detector.speech_probability(speech_like(10, 16_000))) > 0.9


def test_a_long_sound_gives_the_answers_of_the_publishers_own_loop(detector: VoiceDetector, jfk: Samples) -> None:
    """The streaming graph of the same wheel, fed window by window with its 64 samples of context and its state."""
    import onnxruntime

    spec = importlib.util.find_spec("silero_vad")
    assert spec is not None
    assert spec.submodule_search_locations
    graph = Path(spec.submodule_search_locations[0]) / "data" / "silero_vad.onnx"
    session = onnxruntime.InferenceSession(str(graph), providers=["CPUExecutionProvider"])
    sound = np.tile(jfk, 2)
    state, context, expected = np.zeros((2, 1, 128), np.float32), np.zeros(64, np.float32), []
    for first in range(0, len(sound) - 511, 512):
        window = np.concatenate((context, sound[first : first + 512]))
        answer, state = session.run(None, {"input": window[None], "state": state, "sr": np.array(16_000)})
        expected.append(float(answer[0, 0]))
        context = window[-64:]

    probability = detector.speech_probability(sound)

    np.testing.assert_allclose(probability[: len(expected)], expected, atol=1e-4)


def test_the_network_in_torch_answers_like_the_onnx_graph(detector: VoiceDetector, jfk: Samples) -> None:
    """The same code runs on a card; here on torch's CPU device."""
    sound = np.tile(jfk, 2)

    in_torch = VoiceDetector(_TorchNetwork("cpu"), detector.info).speech_probability(sound)

    np.testing.assert_allclose(in_torch, detector.speech_probability(sound), atol=1e-3)


def test_several_threads_get_the_answers_that_one_gets(detector: VoiceDetector) -> None:
    sounds = [speech_like(20, 16_000, seed=seed) for seed in range(4)]
    alone = [detector.speech_probability(sound) for sound in sounds]

    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(detector.speech_probability, sounds))

    for first, second in zip(alone, together, strict=True):
        np.testing.assert_array_equal(first, second)


def test_stereo_is_refused_with_its_shape(detector: VoiceDetector) -> None:
    with pytest.raises(ValueError, match=r"not \(512, 2\)"):
        detector.speech_probability(np.zeros((512, 2), np.float32))


def test_the_cpu_detector_never_imports_torch() -> None:
    program = (
        "import sys\n"
        "from analyzers.models import Device, ModelShelf\n"
        "from analyzers.models.voice_detector import VoiceDetector\n"
        "ModelShelf(Device()).get(VoiceDetector)\n"
        "sys.exit('torch' in sys.modules or 'silero_vad' in sys.modules)\n"
    )

    assert subprocess.run([sys.executable, "-c", program], cwd=PROJECT, check=False).returncode == 0


def test_without_the_wheel_it_is_unavailable_and_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)

    with pytest.raises(Unavailable, match="pip install silero-vad"):
        ModelShelf(Device()).get(VoiceDetector)
