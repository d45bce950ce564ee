"""Does one pass give the right sound at the right time, whatever the sound track is like?"""

from pathlib import Path

import av
import numpy as np
import pytest

from analyzers.decode import decode
from analyzers.media import HIFI, SPEECH, Audio, Frames
from mass_processing.demo.encode import write_clip
from tests.analyzers.clips import click, greys, loudest, number_of, rms, tone, write_tracks

ALL = Frames(fps=None, short_side=None)


def numbers(batch):
    return [number_of(picture) for picture in batch.pixels]


def test_a_clip_without_sound_says_so(tmp_path, scratch):
    clip = write_clip(tmp_path / "clip.mp4", greys(5))

    with decode(clip, [ALL], [SPEECH], scratch=scratch) as decoded:
        assert decoded.audio == {}
        assert not decoded.video.has_audio
        assert decoded.damage == ""


@pytest.mark.parametrize("request_", [SPEECH, HIFI, Audio(48_000, 1), Audio(16_000, 2)], ids=str)
def test_a_click_is_heard_where_it_is(tmp_path, scratch, request_):
    clip = write_clip(tmp_path / "clip.mp4", greys(50), fps=25, sound=click(1.0, 2.0))

    with decode(clip, [], [request_], scratch=scratch) as decoded:
        track = decoded.audio[request_]

    assert loudest(track.samples, track.rate) == pytest.approx(1.0, abs=0.005)
    assert track.duration == pytest.approx(2.0, abs=0.001)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
@pytest.mark.parametrize("codec", ["aac", "flac"])
def test_late_sound_is_padded_with_silence(tmp_path, scratch, suffix, codec):
    """The sound starts at 0.5 s and clicks 0.7 s later."""
    clip = write_tracks(
        tmp_path / f"clip{suffix}", greys(50), sound=click(0.7, 1.5), sound_start=0.5, audio_codec=codec
    )

    with decode(clip, [ALL], [HIFI], scratch=scratch) as decoded:
        track = decoded.audio[HIFI]

    assert loudest(track.samples, track.rate) == pytest.approx(1.2, abs=0.005)
    assert not track.samples[: round(0.47 * track.rate)].any()


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_sound_from_before_the_first_picture_is_cut(tmp_path, scratch, suffix):
    """The pictures start at 0.4 s; a click at 1.0 s of the sound is 0.6 s after the first picture."""
    clip = write_tracks(tmp_path / f"clip{suffix}", greys(50), video_start=0.4, sound=click(1.0, 2.4))

    with decode(clip, [ALL], [SPEECH], scratch=scratch) as decoded:
        track = decoded.audio[SPEECH]

    assert loudest(track.samples, track.rate) == pytest.approx(0.6, abs=0.005)


def test_mono_is_the_mean_of_the_channels(tmp_path, scratch):
    left = tone(2.0, 0.6)
    clip = write_clip(tmp_path / "clip.mp4", greys(50), fps=25, sound=np.stack([left, np.zeros_like(left)], axis=1))

    with decode(clip, [], [SPEECH], scratch=scratch) as decoded:
        assert rms(decoded.audio[SPEECH].samples[4000:-4000]) == pytest.approx(0.3 / np.sqrt(2), rel=0.02)


def test_two_equal_channels_are_as_loud_in_mono(tmp_path, scratch):
    both = tone(2.0, 0.6)
    clip = write_clip(tmp_path / "clip.mp4", greys(50), fps=25, sound=np.stack([both, both], axis=1))

    with decode(clip, [], [SPEECH], scratch=scratch) as decoded:
        assert rms(decoded.audio[SPEECH].samples[4000:-4000]) == pytest.approx(0.6 / np.sqrt(2), rel=0.02)


def test_stereo_of_mono_is_doubled_without_gain(tmp_path, scratch):
    clip = write_clip(tmp_path / "clip.mp4", greys(50), fps=25, sound=tone(2.0, 0.6))

    with decode(clip, [], [HIFI], scratch=scratch) as decoded:
        samples = decoded.audio[HIFI].samples

    assert (samples[:, 0] == samples[:, 1]).all()
    assert rms(samples[9600:-9600, 0]) == pytest.approx(0.6 / np.sqrt(2), rel=0.02)


def test_the_left_of_surround_stays_left(tmp_path, scratch):
    planes = np.zeros((6, 96_000), np.float32)
    planes[0] = tone(2.0, 0.5)
    clip = write_tracks(tmp_path / "clip.mkv", greys(50), sound=planes, layout="5.1", audio_codec="ac3")

    with decode(clip, [], [HIFI], scratch=scratch) as decoded:
        left, right = decoded.audio[HIFI].samples[9600:-9600].T

    assert rms(left) > 0.05
    assert rms(right) < 0.01 * rms(left)


def test_sound_that_goes_on_after_the_pictures_makes_the_last_one_longer(tmp_path, scratch):
    clip = write_clip(tmp_path / "clip.mp4", greys(1), fps=25, sound=tone(3.0, 0.3))

    with decode(clip, [ALL], [SPEECH], scratch=scratch) as decoded:
        assert decoded.video.duration == decoded.frames[ALL].end == pytest.approx(3.0, abs=0.05)
        assert decoded.audio[SPEECH].duration == pytest.approx(3.0, abs=0.05)


def test_a_little_more_sound_than_pictures_is_cut(tmp_path, scratch):
    clip = write_clip(tmp_path / "clip.mp4", greys(50), fps=25, sound=tone(2.1, 0.3))

    with decode(clip, [ALL], [SPEECH], scratch=scratch) as decoded:
        assert decoded.video.duration == pytest.approx(2.0)
        assert decoded.audio[SPEECH].duration == pytest.approx(2.0)


def test_broken_sound_does_not_cost_the_pictures(tmp_path, scratch):
    good = write_clip(tmp_path / "good.mp4", greys(50), sound=tone(1.6, 0.3))
    clip = with_garbage_for_sound(good, tmp_path / "bad.mkv")

    with decode(clip, [ALL], [SPEECH], scratch=scratch) as decoded:
        assert numbers(decoded.frames[ALL]) == list(range(50))
        assert decoded.audio == {}
        assert not decoded.video.has_audio
        assert "sound" in decoded.damage


def with_garbage_for_sound(good: Path, bad: Path) -> Path:
    """`good` with every packet of sound replaced by bytes that mean nothing."""
    with av.open(str(good)) as source, av.open(str(bad), "w") as target:
        copies = {stream.index: target.add_stream_from_template(stream) for stream in source.streams}
        for packet in source.demux():
            if packet.dts is None:
                continue
            if packet.stream.type == "audio":
                noise = av.Packet(b"\xa5" * 200)
                noise.pts, noise.dts, noise.time_base = packet.pts, packet.dts, packet.time_base
                noise.stream = copies[packet.stream.index]
                target.mux(noise)
            else:
                packet.stream = copies[packet.stream.index]
                target.mux(packet)
    return bad
