"""Is a sound known again after what copies do to it, and no other taken for it?"""

import av
import numpy as np
import pytest

from analyzers.contract import Inputs
from analyzers.media import AudioTrack
from analyzers.sound.sound_fingerprint import (
    SAME_SOUND,
    SoundFingerprint,
    sound_likeness,
    sound_words,
    words_of,
)
from mass_processing.demo.sounds import beat, speech_like
from tests.analyzers.picture.scenes import batch, info, still

RATE = 16_000


def printed(samples: np.ndarray) -> str:
    words = sound_words(samples.astype(np.float32))
    return "".join(f"{word:08x}" for word in words.tolist())


@pytest.fixture(scope="module")
def voice() -> np.ndarray:
    return speech_like(20.0, RATE, seed=1)


def coded(samples: np.ndarray, bit_rate: int) -> np.ndarray:
    """Through AAC and back."""
    codec = av.CodecContext.create("aac", "w")
    codec.sample_rate, codec.layout, codec.format, codec.bit_rate = RATE, "mono", "fltp", bit_rate
    back = av.CodecContext.create("aac", "r")
    packets = []
    for start in range(0, len(samples), 1024):
        frame = av.AudioFrame.from_ndarray(samples[None, start : start + 1024].copy(), format="fltp", layout="mono")
        frame.sample_rate = RATE
        packets += codec.encode(frame)
    packets += codec.encode(None)
    back.extradata = codec.extradata
    return np.concatenate([frame.to_ndarray()[0] for packet in packets for frame in back.decode(packet)])


def test_there_are_eight_words_per_second(voice):
    assert len(sound_words(voice)) == 160


@pytest.mark.parametrize(
    "change",
    [
        lambda sound: coded(sound, 24_000),
        lambda sound: 0.2 * sound,
        lambda sound: sound + 0.03 * np.random.default_rng(0).standard_normal(len(sound)),
        lambda sound: sound[1_000:],
        lambda sound: sound[5 * RATE + 700 : 15 * RATE],
    ],
    ids=["coded at 24 kbit/s", "at a fifth of the volume", "with noise", "begun 62 ms later", "ten seconds of it"],
)
def test_a_copy_is_known_again(voice, change):
    assert sound_likeness(printed(voice), printed(change(voice)))[0] >= SAME_SOUND


def test_the_shift_in_time_is_found(voice):
    assert sound_likeness(printed(voice), printed(voice[5 * RATE :]))[1] == pytest.approx(-5.0, abs=0.125)


def test_other_sounds_are_not_taken_for_it(voice):
    chance = np.random.default_rng(1)
    others = [speech_like(20.0, RATE, seed=seed) for seed in range(2, 12)]
    others += [beat(20.0, bpm, RATE) for bpm in (80, 100, 120, 140)]
    others += [0.1 * chance.standard_normal(20 * RATE) for _ in range(4)]

    assert max(sound_likeness(printed(voice), printed(other))[0] for other in others) < SAME_SOUND


def test_silence_has_no_print_and_is_like_nothing():
    track = AudioTrack(np.zeros(10 * RATE, np.float32), RATE)
    frames = batch(still(1, 1.0))

    found = SoundFingerprint().analyze(Inputs(info(frames), audio=track))

    assert found.hash == ""


def test_silent_moments_do_not_count(voice):
    padded = np.concatenate([np.zeros(4 * RATE), voice])

    assert not sound_words(padded.astype(np.float32))[:30].any()
    assert sound_likeness(printed(voice), printed(padded)) == (pytest.approx(1.0, abs=0.05), 4.0)


@pytest.mark.parametrize("samples", [0, 1, 1_999, 4_000])
def test_short_sounds_are_taken(samples):
    assert len(sound_words(np.ones(samples, np.float32))) == (2 if samples == 4_000 else 0)


def test_words_are_read_back(voice):
    words = sound_words(voice)

    assert words_of(printed(voice)).tolist() == words.tolist()


def test_what_is_no_print_is_refused():
    with pytest.raises(ValueError, match="eight digits"):
        words_of("abc")
