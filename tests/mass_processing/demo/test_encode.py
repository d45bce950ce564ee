"""Do the clips that are made from arrays hold what was asked for? The judge is FFmpeg's own demuxer and decoder."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from mass_processing.demo.encode import write_clip


def pictures(count: int, height: int = 64, width: int = 48):
    return (np.full((height, width, 3), 20 + 4 * number, np.uint8) for number in range(count))


def decoded(path: Path):
    with av.open(str(path)) as container:
        return [(frame.time, frame.to_ndarray(format="rgb24")) for frame in container.decode(video=0)]


def test_every_picture_is_in_the_file_in_order(tmp_path):
    frames = decoded(write_clip(tmp_path / "clip.mp4", pictures(50)))

    assert [round((picture.mean() - 20) / 4) for _, picture in frames] == list(range(50))


@pytest.mark.parametrize("fps", [24, Fraction(30000, 1001), 29.97, 60], ids=str)
def test_a_constant_frame_rate_is_kept_to_the_tick(tmp_path, fps):
    frames = decoded(write_clip(tmp_path / "clip.mp4", pictures(40), fps=fps))

    assert [time for time, _ in frames] == pytest.approx([n / float(fps) for n in range(40)], abs=1e-4)


def test_given_times_make_a_variable_frame_rate(tmp_path):
    times = [0.0, 0.1, 0.5, 0.55, 2.0]

    frames = decoded(write_clip(tmp_path / "clip.mp4", pictures(5), times=times, fps=10))

    assert [time for time, _ in frames] == pytest.approx(times, abs=1e-4)


def test_the_last_picture_of_a_variable_frame_rate_lasts_one_interval(tmp_path):
    write_clip(tmp_path / "clip.mp4", pictures(3), times=[0.0, 0.1, 2.0], fps=10)

    with av.open(str(tmp_path / "clip.mp4")) as container:
        video = container.streams.video[0]
        assert float(video.duration * video.time_base) == pytest.approx(2.1, abs=1e-3)


def test_the_files_are_h264_and_aac(tmp_path):
    write_clip(tmp_path / "clip.mp4", pictures(10), sound=np.zeros(16_000, np.float32))

    with av.open(str(tmp_path / "clip.mp4")) as container:
        assert [stream.codec_context.name for stream in container.streams] == ["h264", "aac"]


@pytest.mark.parametrize(
    ("samples", "channels"),
    [(np.zeros(48_000, np.float32), 1), (np.zeros((48_000, 2), np.float32), 2)],
    ids=["mono", "stereo"],
)
def test_sound_keeps_its_channels_and_length(tmp_path, samples, channels):
    write_clip(tmp_path / "clip.mp4", pictures(30), sound=samples)

    with av.open(str(tmp_path / "clip.mp4")) as container:
        audio = container.streams.audio[0]
        assert audio.codec_context.channels == channels
        assert float(audio.duration * audio.time_base) == pytest.approx(1.0, abs=0.025)


def test_rotation_is_written_clockwise(tmp_path):
    write_clip(tmp_path / "clip.mp4", pictures(3), rotation=90)

    with av.open(str(tmp_path / "clip.mp4")) as container:
        assert next(container.decode(video=0)).rotation == -90  # FFmpeg counts counter-clockwise


def test_odd_sizes_are_kept(tmp_path):
    [(_, picture)] = decoded(write_clip(tmp_path / "clip.mp4", pictures(1, 65, 49)))

    assert picture.shape == (65, 49, 3)


def test_colours_come_back_within_rounding(tmp_path):
    colours = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (200, 120, 40)]
    solid = [np.full((64, 64, 3), colour, np.uint8) for colour in colours]

    frames = decoded(write_clip(tmp_path / "clip.mp4", solid, fps=1))

    for colour, (_, picture) in zip(colours, frames, strict=True):
        assert picture.reshape(-1, 3).mean(axis=0) == pytest.approx(colour, abs=4)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"pictures": []}, "no pictures"),
        ({"pictures": [np.zeros((64, 48, 3), np.float32)]}, "must be uint8"),
        ({"pictures": [*pictures(1), *pictures(1, 32, 32)]}, "must be uint8"),
        ({"pictures": pictures(3), "times": [0.0, 0.2, 0.1]}, "increasing"),
        ({"pictures": pictures(3), "times": [0.0, 0.1]}, "more pictures than times"),
        ({"pictures": pictures(1), "times": [0.0, 0.1]}, "2 times for fewer pictures"),
        ({"pictures": pictures(1), "rotation": 45}, "not 45"),
        ({"pictures": pictures(1), "sound": np.zeros((3, 5), np.float32)}, "sound must be"),
    ],
    ids=[
        "no pictures",
        "floats",
        "two sizes",
        "times going back",
        "too few times",
        "too many times",
        "a crooked rotation",
        "five channels",
    ],
)
def test_what_does_not_fit_is_refused_and_leaves_no_file(tmp_path, arguments, message):
    with pytest.raises(ValueError, match=message):
        write_clip(tmp_path / "clip.mp4", **arguments)

    assert not (tmp_path / "clip.mp4").exists()
