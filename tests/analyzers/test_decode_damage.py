"""Is what can't be decoded refused with its reason, and what can be decoded of a broken file answered?"""

import os
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest

from analyzers.decode import decode, probe
from analyzers.errors import InvalidMedia
from analyzers.media import EVERY_FRAME, SPEECH, Frames
from mass_processing.demo.encode import write_clip
from tests.analyzers.clips import click, grey, greys, loudest, tone, write_tracks

ALL = Frames(fps=None, short_side=None)


def playlist(path: Path) -> Path:
    write_clip(path.with_name("other.mp4"), greys(5))
    path.write_text("#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nother.mp4\n#EXT-X-ENDLIST\n")
    return path


def concat_script(path: Path) -> Path:
    write_clip(path.with_name("other.mp4"), greys(5))
    path.write_text("ffconcat version 1.0\nfile 'other.mp4'\n")
    return path


def text(path: Path) -> Path:
    path.write_text("this is not a video\n" * 200)
    return path


def empty(path: Path) -> Path:
    path.touch()
    return path


def sound_only(path: Path) -> Path:
    with av.open(str(path), "w", format="mp4") as container:
        audio = container.add_stream("aac", rate=48_000, layout="mono")
        frame = av.AudioFrame.from_ndarray(tone(0.021, 0.3)[np.newaxis, :1000], format="fltp", layout="mono")
        frame.sample_rate, frame.pts = 48_000, 0
        container.mux(audio.encode(frame))
        container.mux(audio.encode(None))
    return path


def no_index(path: Path) -> Path:
    """A file whose index, at its end, never arrived."""
    write_tracks(path, greys(50), sound=tone(2.0, 0.3))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    return path


def no_data(path: Path) -> Path:
    """A file that ends after its index: not one picture is in it."""
    data = write_clip(path, greys(50)).read_bytes()
    path.write_bytes(data[: data.index(b"mdat") + 4])
    return path


BAD_FILES = [
    (empty, "is empty"),
    (text, "not a video file"),
    (playlist, "not a video file"),
    (concat_script, "not a video file"),
    (no_index, "not a video file"),
    (no_data, "no picture"),
    (sound_only, "only sound"),
    (Path, "there is no file"),
]


@pytest.mark.parametrize(("make", "reason"), BAD_FILES, ids=lambda value: getattr(value, "__name__", None))
def test_what_holds_no_pictures_is_invalid_and_the_reason_says_why(tmp_path, scratch, make, reason):
    path = make(tmp_path / "clip.mp4")

    with pytest.raises(InvalidMedia, match=reason):
        decode(path, [ALL], [SPEECH], scratch=scratch)


@pytest.mark.parametrize(("make", "reason"), BAD_FILES, ids=lambda value: getattr(value, "__name__", None))
def test_probe_refuses_what_decode_refuses(tmp_path, make, reason):
    with pytest.raises(InvalidMedia, match=reason):
        probe(make(tmp_path / "clip.mp4"))


def test_a_folder_is_not_a_video(tmp_path, scratch):
    with pytest.raises(InvalidMedia):
        decode(tmp_path, [ALL], [], scratch=scratch)


def test_a_path_is_never_read_as_an_address(tmp_path, scratch, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_clip(tmp_path / "clip.mp4", greys(5))

    with pytest.raises(InvalidMedia, match="there is no file"):
        decode(Path("concat:clip.mp4|clip.mp4"), [ALL], [], scratch=scratch)


def test_a_name_full_of_pattern_characters_is_just_a_name(tmp_path, scratch):
    clip = write_clip(tmp_path / "clip %03d [x] ?.mp4", greys(5))

    with decode(clip, [ALL], [], scratch=scratch) as decoded:
        assert len(decoded.frames[ALL]) == 5


def noisy(count: int):
    chance = np.random.default_rng(0)
    return (chance.integers(0, 255, (96, 64, 3), np.uint8) for _ in range(count))


def test_a_file_that_breaks_off_answers_with_what_is_there(tmp_path, scratch):
    clip = write_clip(tmp_path / "clip.mp4", noisy(100), fps=25, sound=tone(4.0, 0.3))
    clip.write_bytes(clip.read_bytes()[: clip.stat().st_size // 2])

    with decode(clip, [ALL], [SPEECH], scratch=scratch) as decoded:
        assert 30 <= len(decoded.frames[ALL]) <= 60
        assert decoded.video.duration == pytest.approx(len(decoded.frames[ALL]) / 25, abs=0.05)
        assert "of 100 pictures are missing" in decoded.damage


def test_garbage_in_the_middle_costs_only_the_middle(tmp_path, scratch):
    clip = write_clip(tmp_path / "clip.mp4", noisy(200), fps=25)
    data = bytearray(clip.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 20_000] = b"\xff" * 20_000
    clip.write_bytes(data)

    with decode(clip, [ALL], [], scratch=scratch) as decoded:
        assert len(decoded.frames[ALL]) > 100
        assert decoded.frames[ALL].times[-1] > 7.5
        assert decoded.damage != ""


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".ts"])
def test_random_damage_gives_pictures_in_order_or_invalid_media(tmp_path, scratch, suffix):
    good = write_tracks(tmp_path / f"good{suffix}", noisy(40), sound=tone(1.6, 0.3)).read_bytes()
    chance = np.random.default_rng(7)
    answered = 0
    for _ in range(25):
        data = np.frombuffer(good, np.uint8).copy()
        data[chance.integers(0, len(data), 40)] = chance.integers(0, 256, 40)
        bad = tmp_path / f"bad{suffix}"
        bad.write_bytes(data.tobytes())
        try:
            with decode(bad, [EVERY_FRAME], [SPEECH], scratch=scratch) as decoded:
                batch = decoded.frames[EVERY_FRAME]
                assert (np.diff(batch.times) > 0).all()
                assert batch.times[-1] < batch.end == decoded.video.duration < 100
                assert all(np.abs(track.samples).max(initial=0) <= 1 for track in decoded.audio.values())
                answered += 1
        except InvalidMedia:  # as good an answer
            continue
    assert answered > 10


@pytest.fixture
def ordinary_priority() -> Iterator[None]:
    """SVT-AV1's encoder gives the thread of a root real-time priority, and leaves it so: all others would starve."""
    policy, parameters = os.sched_getscheduler(0), os.sched_getparam(0)
    yield
    os.sched_setscheduler(0, policy, parameters)


@pytest.mark.usefixtures("ordinary_priority")
@pytest.mark.parametrize(
    ("suffix", "codec", "pix_fmt", "audio_codec"),
    [
        (".mp4", "libx265", "yuv420p10le", "aac"),
        (".webm", "libvpx-vp9", "yuv420p", "libopus"),
        (".mp4", "libsvtav1", "yuv420p", "aac"),
        (".mpg", "mpeg2video", "yuv420p", "mp2"),
        (".flv", "flv", "yuv420p", "aac"),
        (".ts", "libx264", "yuv420p", "aac"),
    ],
    ids=["hevc 10 bit", "vp9", "av1", "mpeg 2", "flv", "transport stream"],
)
def test_other_codecs_and_containers_keep_pictures_times_and_sound(
    tmp_path, scratch, suffix, codec, pix_fmt, audio_codec
):
    clip = write_tracks(
        tmp_path / f"clip{suffix}",
        (grey(20 + 4 * n, 96, 96) for n in range(50)),
        codec=codec,
        pix_fmt=pix_fmt,
        sound=click(1.0, 2.0),
        audio_codec=audio_codec,
    )

    with decode(clip, [ALL], [SPEECH], scratch=scratch) as decoded:
        batch, track = decoded.frames[ALL], decoded.audio[SPEECH]

    assert [picture.mean() for picture in batch.pixels] == pytest.approx([20 + 4 * n for n in range(50)], abs=5)
    assert batch.times == pytest.approx([n / 25 for n in range(50)], abs=0.001)
    assert loudest(track.samples, track.rate) == pytest.approx(1.0, abs=0.005)
    assert decoded.damage == ""


def test_a_healthy_file_is_not_damaged(tmp_path, scratch):
    clip = write_clip(tmp_path / "clip.mp4", greys(50), fps=25, sound=tone(2.0, 0.3))

    with decode(clip, [ALL], [SPEECH], scratch=scratch) as decoded:
        assert decoded.damage == ""
