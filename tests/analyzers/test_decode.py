"""Does one pass over a file give the right pictures and sounds at the right times, whatever the file is like?"""

import mmap
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from analyzers.decode import decode, probe
from analyzers.errors import Cancelled, InvalidMedia
from analyzers.media import DETAILED, EVERY_FRAME, FLOWING, HIFI, NATIVE, SPEECH, Audio, Frames
from mass_processing.demo.encode import write_clip
from tests.analyzers.clips import MEDIA, click, grey, greys, loudest, number_of, rms, tone, write_tracks

needs_media = pytest.mark.skipif(not MEDIA.is_dir(), reason=f"the real clips are not at {MEDIA}")
ALL = Frames(fps=None, short_side=None)


def numbers(batch):
    return [number_of(picture) for picture in batch.pixels]


# --- times -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fps", [24, Fraction(30000, 1001), 30], ids=str)
def test_every_picture_comes_once_in_order_and_at_its_time(tmp_path, scratch, fps):
    clip = write_clip(tmp_path / "clip.mp4", greys(50), fps=fps)

    with decode(clip, [ALL], [], scratch=scratch) as decoded:
        batch = decoded.frames[ALL]

    assert numbers(batch) == list(range(50))
    assert batch.times == pytest.approx([n / float(fps) for n in range(50)], abs=1e-4)
    assert batch.end == pytest.approx(50 / float(fps), abs=1e-3)


def test_a_variable_frame_rate_keeps_its_own_times(tmp_path, scratch):
    times = [0.0, 0.04, 0.5, 0.52, 3.0, 3.2]
    clip = write_clip(tmp_path / "clip.mp4", greys(6), times=times, fps=5)

    with decode(clip, [ALL], [], scratch=scratch) as decoded:
        assert decoded.frames[ALL].times == pytest.approx(times, abs=1e-4)
        assert decoded.video.duration == pytest.approx(3.4, abs=1e-3)


def test_time_zero_is_the_first_picture(tmp_path, scratch):
    clip = write_tracks(tmp_path / "clip.mkv", greys(10), video_start=2.0)

    with decode(clip, [ALL], [], scratch=scratch) as decoded:
        assert decoded.frames[ALL].times[0] == 0.0
        assert decoded.video.duration == pytest.approx(0.4, abs=0.002)


def test_a_view_keeps_a_picture_when_its_time_reaches_the_next_multiple(tmp_path, scratch):
    clip = write_clip(tmp_path / "clip.mp4", greys(50), fps=25)
    three = Frames(fps=3.0, short_side=None)  # instants 0, 1/3, 2/3 … of pictures 40 ms apart

    with decode(clip, [three], [], scratch=scratch) as decoded:
        assert numbers(decoded.frames[three]) == [0, 9, 17, 25, 34, 42]


def test_a_rate_above_the_clips_own_keeps_every_picture(tmp_path, scratch):
    clip = write_clip(tmp_path / "clip.mp4", greys(20), fps=10)
    many = Frames(fps=60.0, short_side=None)

    with decode(clip, [many], [], scratch=scratch) as decoded:
        assert numbers(decoded.frames[many]) == list(range(20))


def test_a_clip_of_one_picture_answers_every_view(tmp_path, scratch):
    clip = write_clip(tmp_path / "clip.mp4", greys(1), fps=25)

    with decode(clip, [EVERY_FRAME, FLOWING, DETAILED, NATIVE], [], scratch=scratch) as decoded:
        assert [len(batch) for batch in decoded.frames.values()] == [1, 1, 1, 1]
        assert decoded.video.duration == pytest.approx(0.04)


def test_a_raw_stream_without_time_stamps_gets_the_usual_interval(tmp_path, scratch):
    clip = write_tracks(tmp_path / "clip.h264", greys(30), fps=25)

    with decode(clip, [ALL], [], scratch=scratch) as decoded:
        assert numbers(decoded.frames[ALL]) == list(range(30))
        assert (np.diff(decoded.frames[ALL].times) > 0).all()


# --- pictures --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rotation", "row", "column"), [(0, 0, 0), (90, 0, -1), (180, -1, -1), (270, -1, 0)], ids=lambda value: str(value)
)
@pytest.mark.parametrize(
    "request_", [ALL, Frames(None, 48), Frames(None, None, luma=True)], ids=["native", "small", "luma"]
)
def test_rotation_moves_the_top_left_corner_clockwise(tmp_path, scratch, rotation, row, column, request_):
    picture = grey(10, 96, 160)
    picture[:32, :48] = 240
    clip = write_clip(tmp_path / "clip.mp4", [picture] * 3, rotation=rotation)

    with decode(clip, [request_], [], scratch=scratch) as decoded:
        shown = decoded.frames[request_].pixels[0]
        upright = rotation in (90, 270)
        assert (decoded.video.width < decoded.video.height) == (shown.shape[1] < shown.shape[0]) == upright
        assert decoded.video.rotation == rotation

    corners = {(y, x): float(shown[y, x].mean()) for y in (0, -1) for x in (0, -1)}
    assert max(corners, key=lambda corner: corners[corner]) == (row, column)


def test_a_mirrored_display_matrix_mirrors(tmp_path, scratch):
    picture = grey(10, 96, 160)
    picture[:32, :48] = 240
    clip = write_tracks(tmp_path / "clip.mp4", [picture] * 3, hflip=True)

    with decode(clip, [ALL], [], scratch=scratch) as decoded:
        shown = decoded.frames[ALL].pixels[0]

    assert shown[0, -1].mean() > 200
    assert shown[0, 0].mean() < 50


def test_odd_sizes_lose_no_row_and_no_column(tmp_path, scratch):
    clip = write_clip(tmp_path / "clip.mp4", greys(3, 121, 91))
    luma = Frames(None, None, luma=True)

    with decode(clip, [ALL, luma], [], scratch=scratch) as decoded:
        assert decoded.frames[ALL].pixels.shape == (3, 121, 91, 3)
        assert decoded.frames[luma].pixels.shape == (3, 121, 91)


@pytest.mark.parametrize(
    ("short_side", "shape"), [(96, (171, 96)), (180, (320, 180)), (270, (480, 270)), (1000, (480, 270))], ids=str
)
def test_views_keep_the_aspect_and_are_never_scaled_up(tmp_path, scratch, short_side, shape):
    clip = write_clip(tmp_path / "clip.mp4", greys(2, 480, 270))
    view = Frames(None, short_side)

    with decode(clip, [view], [], scratch=scratch) as decoded:
        assert decoded.frames[view].pixels.shape[1:3] == shape


def test_a_small_view_averages_instead_of_picking(tmp_path, scratch):
    """Stripes one pixel wide are grey from afar; picked lines would be black or white."""
    stripes = grey(0, 384, 384)
    stripes[::2] = 255
    clip = write_clip(tmp_path / "clip.mp4", [stripes] * 2)

    with decode(clip, [EVERY_FRAME], [], scratch=scratch) as decoded:
        assert np.abs(decoded.frames[EVERY_FRAME].pixels.astype(int) - 128).max() < 12


@pytest.mark.parametrize("colour", [(255, 0, 0), (0, 255, 0), (0, 0, 255), (200, 120, 40)], ids=str)
@pytest.mark.parametrize("size", [(96, 64), (1280, 720)], ids=["small", "high definition"])
def test_colours_come_back_as_they_were(tmp_path, scratch, colour, size):
    clip = write_clip(tmp_path / "clip.mp4", [np.full((*size, 3), colour, np.uint8)] * 2)

    with decode(clip, [EVERY_FRAME], [], scratch=scratch) as decoded:
        assert decoded.frames[EVERY_FRAME].pixels[0].reshape(-1, 3).mean(axis=0) == pytest.approx(colour, abs=4)


@pytest.mark.parametrize(
    ("pix_fmt", "color_range"), [("yuv420p", 1), ("yuv420p", 2), ("yuv420p10le", 1)], ids=["limited", "full", "10 bit"]
)
@pytest.mark.parametrize("short_side", [None, 32], ids=["native", "scaled"])
@pytest.mark.parametrize("luma", [True, False], ids=["luma", "rgb"])
def test_black_grey_and_white_span_the_whole_range(tmp_path, scratch, pix_fmt, color_range, short_side, luma):
    pictures = [grey(level) for level in (0, 64, 128, 192, 255)]
    clip = write_tracks(tmp_path / "clip.mp4", pictures, pix_fmt=pix_fmt, color_range=color_range)
    view = Frames(None, short_side, luma)

    with decode(clip, [view], [], scratch=scratch) as decoded:
        levels = decoded.frames[view].pixels.reshape(5, -1).mean(axis=1)

    assert levels == pytest.approx([0, 64, 128, 192, 255], abs=3)


def test_the_arrays_are_read_only(tmp_path, scratch):
    clip = write_clip(tmp_path / "clip.mp4", greys(5), sound=tone(1.0, 0.5))

    with decode(clip, [ALL], [SPEECH], scratch=scratch) as decoded:
        arrays = [decoded.frames[ALL].pixels, decoded.frames[ALL].times, decoded.audio[SPEECH].samples]

    assert [array.flags.writeable for array in arrays] == [False, False, False]


# --- sound -----------------------------------------------------------------------------------------------------------


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


# --- which track -----------------------------------------------------------------------------------------------------


@needs_media
def test_the_default_tracks_of_several_are_chosen(scratch):
    with decode(MEDIA / "nasa_talk.mp4", [NATIVE], [SPEECH], scratch=scratch) as decoded:
        assert (decoded.video.width, decoded.video.height) == (480, 270)
        assert decoded.video.fps == pytest.approx(30000 / 1001)
        assert decoded.audio[SPEECH].duration > 10


@needs_media
def test_a_real_vertical_clip_has_the_facts_that_ffmpeg_reports(scratch):
    with decode(MEDIA / "vertical_red_dress.mp4", [EVERY_FRAME], [HIFI], scratch=scratch) as decoded:
        assert (decoded.video.width, decoded.video.height, decoded.video.fps) == (362, 640, 24.0)
        assert decoded.video.duration == pytest.approx(11.83, abs=0.01)
        assert len(decoded.frames[EVERY_FRAME]) == 284


def test_a_cover_picture_is_not_the_film(tmp_path, scratch):
    film = write_tracks(tmp_path / "film.mp4", greys(30, 96, 64))
    cover = write_tracks(tmp_path / "cover.mp4", [grey(200, 640, 640)], codec="mjpeg", pix_fmt="yuvj420p")
    both = tmp_path / "both.mp4"
    with av.open(str(film)) as source, av.open(str(cover)) as art, av.open(str(both), "w") as target:
        cover_track = target.add_stream_from_template(art.streams.video[0])
        cover_track.disposition = av.stream.Disposition.attached_pic
        film_track = target.add_stream_from_template(source.streams.video[0])
        for container, track in ((art, cover_track), (source, film_track)):
            for packet in container.demux(video=0):
                if packet.dts is not None:
                    packet.stream = track
                    target.mux(packet)

    with decode(both, [ALL], [], scratch=scratch) as decoded:
        assert numbers(decoded.frames[ALL]) == list(range(30))


# --- what can't be read ----------------------------------------------------------------------------------------------


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


# --- what is damaged -------------------------------------------------------------------------------------------------


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


def test_a_sound_file_is_not_damaged(tmp_path, scratch):
    clip = write_clip(tmp_path / "clip.mp4", greys(50), fps=25, sound=tone(2.0, 0.3))

    with decode(clip, [ALL], [SPEECH], scratch=scratch) as decoded:
        assert decoded.damage == ""


# --- cost ------------------------------------------------------------------------------------------------------------


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


def test_a_sampled_view_is_thinned_evenly_when_memory_is_short(tmp_path, scratch):
    clip = write_clip(tmp_path / "clip.mp4", greys(50), fps=25)
    ten = Frames(fps=25.0, short_side=None)
    room_for_20 = 20 * 96 * 64 * 3

    with decode(clip, [ten], [], scratch=scratch, memory_budget=room_for_20) as decoded:
        batch = decoded.frames[ten]

    assert 10 <= len(batch) <= 20
    assert batch.times[0] == 0.0
    assert np.ptp(np.diff(batch.times)) < 1e-6
    assert batch.times[-1] > 1.75
    assert numbers(batch) == [round(time * 25) for time in batch.times]


def test_a_view_is_thinned_on_the_way_when_the_container_does_not_say_how_long_it_is(tmp_path, scratch):
    clip = write_tracks(tmp_path / "clip.h264", greys(50), fps=25)
    every = Frames(fps=25.0, short_side=None)

    with decode(clip, [every], [], scratch=scratch, memory_budget=20 * 96 * 64 * 3) as decoded:
        batch = decoded.frames[every]

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
    assert flowing > 1000
    assert hifi == pytest.approx(600.0, abs=0.1)
    assert end == pytest.approx(600.0)


TEN_MINUTES = """
import resource, sys
from pathlib import Path
from analyzers.decode import decode
from analyzers.media import DETAILED, EVERY_FRAME, FLOWING, HIFI, NATIVE, SPEECH
with decode(Path(sys.argv[1]), [EVERY_FRAME, FLOWING, DETAILED, NATIVE], [SPEECH, HIFI],
            scratch=Path(sys.argv[2])) as d:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(peak, len(d.frames[EVERY_FRAME]), len(d.frames[FLOWING]), d.audio[HIFI].duration, d.video.duration)
"""


def test_cancelling_stops_and_leaves_nothing(tmp_path, scratch):
    clip = write_clip(tmp_path / "clip.mp4", greys(50), fps=25)
    asked = iter([False] * 20)

    with pytest.raises(Cancelled):
        decode(clip, [ALL], [], scratch=scratch, memory_budget=100_000, cancelled=lambda: next(asked, True))

    assert list(scratch.iterdir()) == []


# --- probe -----------------------------------------------------------------------------------------------------------


def test_probe_tells_what_the_clip_is(tmp_path):
    clip = write_clip(tmp_path / "clip.mp4", greys(50, 96, 160), fps=25, sound=tone(2.0, 0.3), rotation=90)

    info = probe(clip)

    assert (info.width, info.height, info.rotation, info.fps) == (96, 160, 90, 25.0)
    assert (info.video_codec, info.audio_codec, info.audio_rate, info.audio_channels) == ("h264", "aac", 48_000, 1)
    assert info.duration == pytest.approx(2.0)
    assert info.size == clip.stat().st_size
