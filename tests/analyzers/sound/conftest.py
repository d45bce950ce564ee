"""What do the tests of the sound analyzers share?"""

import numpy as np
import pytest
from numpy.typing import NDArray

from analyzers.models import Device, ModelShelf
from analyzers.models.voice_detector import VoiceDetector
from tests.analyzers.sound.hearing import real_sound


@pytest.fixture(scope="session")
def detector() -> VoiceDetector:
    """The real detector, loaded once."""
    return ModelShelf(Device()).get(VoiceDetector)


@pytest.fixture(scope="session")
def jfk() -> NDArray[np.float32]:
    """Eleven seconds of a real speech at 16 kHz, 0.3–10.6 s of it spoken, with three pauses."""
    return real_sound("jfk.flac", 16_000, 1)
