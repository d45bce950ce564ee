"""Is a file opened once, and does its analysis stay within its memory however long it is?"""

import mmap
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest

from analyzers.decode import decode
from analyzers.errors import Cancelled
from analyzers.media import DETAILED, EVERY_FRAME, FLOWING, HIFI, NATIVE, SPEECH, Frames
from mass_processing.demo.encode import write_clip
from tests.analyzers.clips import click, grey, greys, loudest, number_of, tone, write_tracks

pytestmark = pytest.mark.integration

ALL = Frames(fps=None, short_side=None)
FAST = Frames(fps=25.0, short_side=None)


def numbers(batch):
    return [number_of(picture) for picture in batch.pixels]


def test_a_decode_opens_the_file_once(tmp_path, scratch, monkeypatch):
    clip = write_clip(tmp_path / "clip.mp4", greys(10), sound=tone(0.4, 0.3))
    opened = []
    really_open = av.open
    monkeypatch.setattr(av, "open", lambda *args, **kwargs: opened.append(args[0]) or really_open(*args, **kwargs))

    decode(clip, [EVERY_FRAME, FLOWING, DETAILED, NATIVE], [SPEECH, HIFI], scratch=scratch).close()

    assert opened == [f"file:{clip}"]


def in_a_file(array: np.ndarray) -> bool:
    """Whether the memory of `array` is a file's."""
    base = array
    while isinstance(base, np.ndarray) and base.base is not None:
        base = base.base
    return isinstance(base, mmap.mmap)


def test_every_picture_is_kept_in_a_file_when_memory_is_short(tmp_path, scratch):
    clip = write_clip(tmp_path / "clip.mp4", greys(50), fps=25)
    with decode(clip, [ALL], [], scratch=scratch) as decoded:
        in_memory = decoded.frames[ALL].pixels

    with decode(clip, [ALL], [], scratch=scratch, memory_budget=100_000) as decoded:
        assert in_a_file(decoded.frames[ALL].pixels)
        assert not in_a_file(in_memory)
        assert (decoded.frames[ALL].pixels == in_memory).all()


def test_sound_is_kept_in_a_file_when_memory_is_short(tmp_path, scratch):
    clip = write_clip(tmp_path / "clip.mp4", greys(50), fps=25, sound=click(1.0, 2.0))

    with decode(clip, [], [HIFI], scratch=scratch, memory_budget=10_000) as decoded:
        assert in_a_file(decoded.audio[HIFI].samples)
        assert loudest(decoded.audio[HIFI].samples, 48_000) == pytest.approx(1.0, abs=0.005)


def test_files_for_views_have_no_name_that_could_be_left_behind(tmp_path, scratch):
    clip = write_clip(tmp_path / "clip.mp4", greys(50), fps=25)
    seen = []

    def looking() -> bool:
        seen.extend(scratch.iterdir())
        return False

    with decode(clip, [ALL], [], scratch=scratch, memory_budget=100_000, cancelled=looking) as decoded:
        seen.extend(scratch.iterdir())
        assert in_a_file(decoded.frames[ALL].pixels)

    assert seen == []


def test_a_sample_is_thinned_evenly_when_memory_is_short(tmp_path, scratch):
    clip = write_clip(tmp_path / "clip.mp4", greys(50), fps=1)
    one = Frames(fps=1.0, short_side=None)
    room_for_20 = 20 * 96 * 64 * 3

    with decode(clip, [one], [], scratch=scratch, memory_budget=room_for_20) as decoded:
        batch = decoded.frames[one]

    assert 10 <= len(batch) <= 20
    assert not in_a_file(batch.pixels)
    assert_evenly_thinned(batch, fps=1)


def test_a_view_of_motion_is_thinned_evenly_when_its_file_is_full(tmp_path, scratch):
    clip = write_clip(tmp_path / "clip.mp4", greys(50), fps=25)
    room_for_20 = 20 * 96 * 64 * 3

    with decode(clip, [FAST], [], scratch=scratch, memory_budget=1000, file_budget=room_for_20) as decoded:
        batch = decoded.frames[FAST]

    assert 10 <= len(batch) <= 20
    assert in_a_file(batch.pixels)
    assert_evenly_thinned(batch, fps=25)


def assert_evenly_thinned(batch, fps: int) -> None:
    assert batch.times[0] == 0.0
    assert np.ptp(np.diff(batch.times)) < 1e-6
    assert batch.times[-1] > 43 / fps
    assert numbers(batch) == [round(time * fps) for time in batch.times]


def test_a_view_of_motion_is_whole_in_a_file_when_memory_is_short(tmp_path, scratch):
    clip = write_clip(tmp_path / "clip.mp4", greys(50), fps=25)

    with decode(clip, [FAST], [], scratch=scratch, memory_budget=1000) as decoded:
        assert numbers(decoded.frames[FAST]) == list(range(50))
        assert in_a_file(decoded.frames[FAST].pixels)


def test_a_view_is_thinned_on_the_way_when_the_container_does_not_say_how_long_it_is(tmp_path, scratch):
    clip = write_tracks(tmp_path / "clip.h264", greys(50), fps=25)
    room_for_20 = 20 * 96 * 64 * 3

    with decode(clip, [FAST], [], scratch=scratch, memory_budget=1000, file_budget=room_for_20) as decoded:
        batch = decoded.frames[FAST]

    assert 8 <= len(batch) <= 20
    assert numbers(batch)[0] == 0
    assert numbers(batch)[-1] >= 40


@pytest.mark.timeout(180)
def test_ten_minutes_stay_within_a_gigabyte(tmp_path, scratch):
    clip = write_tracks(
        tmp_path / "clip.mov",
        (grey(20 + n // 10 % 200, 320, 180) for n in range(3000)),
        fps=5,
        sound=tone(600.0, 0.3),
        audio_codec="pcm_s16le",
        preset="ultrafast",
    )

    report = subprocess.run(
        [sys.executable, "-c", TEN_MINUTES, str(clip), str(scratch)],
        check=True,
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
    ).stdout
    peak_bytes, every_frame, flowing, hifi, end = map(float, report.split())

    assert peak_bytes < 1e9
    assert every_frame == 3000
    assert flowing == 3000  # 10 per second are asked for, and the clip has 5
    assert hifi == pytest.approx(600.0, abs=0.1)
    assert end == pytest.approx(600.0)


TEN_MINUTES = """
import sys
from pathlib import Path
from analyzers.decode import decode
from analyzers.media import DETAILED, EVERY_FRAME, FLOWING, HIFI, NATIVE, SPEECH
with decode(Path(sys.argv[1]), [EVERY_FRAME, FLOWING, DETAILED, NATIVE], [SPEECH, HIFI],
            scratch=Path(sys.argv[2])) as d:
    # VmHWM, not getrusage: that one remembers the memory of the process that started this one.
    peak = int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) * 1024
    print(peak, len(d.frames[EVERY_FRAME]), len(d.frames[FLOWING]), d.audio[HIFI].duration, d.video.duration)
"""


def test_cancelling_stops_and_leaves_nothing(tmp_path, scratch):
    clip = write_clip(tmp_path / "clip.mp4", greys(50), fps=25)
    asked = iter([False] * 20)

    with pytest.raises(Cancelled):
        decode(clip, [ALL], [], scratch=scratch, memory_budget=100_000, cancelled=lambda: next(asked, True))

    assert list(scratch.iterdir()) == []
