"""Does one pass give the right pictures at the right times, whatever the file is like?"""

from fractions import Fraction

import av
import numpy as np
import pytest

from analyzers.decode import decode, probe
from analyzers.media import DETAILED, EVERY_FRAME, FLOWING, HIFI, NATIVE, SPEECH, Frames
from mass_processing.demo.encode import write_clip
from tests.analyzers.clips import MEDIA, grey, greys, number_of, tone, write_tracks

needs_media = pytest.mark.skipif(not MEDIA.is_dir(), reason=f"the real clips are not at {MEDIA}")
ALL = Frames(fps=None, short_side=None)


def numbers(batch):
    return [number_of(picture) for picture in batch.pixels]


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


def test_probe_tells_what_the_clip_is(tmp_path):
    clip = write_clip(tmp_path / "clip.mp4", greys(50, 96, 160), fps=25, sound=tone(2.0, 0.3), rotation=90)

    info = probe(clip)

    assert (info.width, info.height, info.rotation, info.fps) == (96, 160, 90, 25.0)
    assert (info.video_codec, info.audio_codec, info.audio_rate, info.audio_channels) == ("h264", "aac", 48_000, 1)
    assert info.duration == pytest.approx(2.0)
    assert info.size == clip.stat().st_size
