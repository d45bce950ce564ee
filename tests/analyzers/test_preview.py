"""Can a browser play the preview of any video, and is it small and in time?"""

from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from av.container import InputContainer
from numpy.typing import NDArray

from analyzers.errors import Cancelled, InvalidMedia
from analyzers.preview import LARGEST, make_poster, make_preview
from mass_processing.demo.encode import write_clip

RATE = 48_000


def pictures(seconds: float, fps: int = 25, height: int = 270, width: int = 480) -> list[NDArray[np.uint8]]:
    """Noise that moves: the hardest there is to make small."""
    noise = np.random.default_rng(7).integers(0, 255, (height, 2 * width, 3), dtype=np.uint8)
    return [np.ascontiguousarray(noise[:, 4 * n % width :][:, :width]) for n in range(round(seconds * fps))]


def tone(seconds: float) -> NDArray[np.float32]:
    return np.sin(2 * np.pi * 440 * np.arange(round(seconds * RATE)) / RATE).astype(np.float32)


def preview_of(clip: Path, folder: Path) -> InputContainer:
    folder.mkdir()
    make_preview(clip, folder)
    return av.open(str(folder / "preview.mp4"))


def test_it_is_h264_of_420_with_its_index_first_and_its_sound(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "a.mp4", pictures(2.0), fps=25, sound=tone(2.0))
    with preview_of(clip, tmp_path / "made") as made:
        assert (made.streams.video[0].codec_context.name, made.streams.video[0].pix_fmt) == ("h264", "yuv420p")
        assert made.streams.audio[0].codec_context.name == "aac"
    content = (tmp_path / "made/preview.mp4").read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")


@pytest.mark.parametrize(
    ("codec", "suffix", "pix_fmt"),
    [("libx265", ".mp4", "yuv420p10le"), ("libvpx-vp9", ".webm", "yuv420p"), ("mpeg4", ".avi", "yuv420p")],
    ids=["HEVC of 10 bit", "VP9", "MPEG-4 in AVI"],
)
def test_it_is_made_of_what_browsers_do_not_play_too(tmp_path: Path, codec: str, suffix: str, pix_fmt: str) -> None:
    clip = tmp_path / f"a{suffix}"
    with av.open(str(clip), "w") as container:
        stream = container.add_stream(codec, rate=25)
        stream.codec_context.width, stream.codec_context.height, stream.codec_context.pix_fmt = 320, 180, pix_fmt
        stream.codec_context.time_base = Fraction(1, 25)
        for number, picture in enumerate(pictures(1.0, height=180, width=320)):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format=pix_fmt)
            frame.pts, frame.time_base = number, Fraction(1, 25)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    with preview_of(clip, tmp_path / "made") as made:
        assert (made.streams.video[0].codec_context.name, made.streams.video[0].pix_fmt) == ("h264", "yuv420p")
        assert len(list(made.decode(video=0))) == 25


@pytest.mark.parametrize("seconds", [1.0, 40.0], ids=["a short one", "one that has to give up pixels"])
def test_it_never_takes_more_than_it_may(tmp_path: Path, seconds: float) -> None:
    clip = write_clip(tmp_path / "a.mp4", pictures(seconds, fps=10), fps=10, sound=tone(seconds), bit_rate=8_000_000)
    with preview_of(clip, tmp_path / "made") as made:
        assert (tmp_path / "made/preview.mp4").stat().st_size <= LARGEST
        assert float(made.duration or 0) / 1e6 == pytest.approx(seconds, abs=0.15)


def test_its_times_are_those_of_the_video(tmp_path: Path) -> None:
    white, black = np.full((180, 320, 3), 255, np.uint8), np.zeros((180, 320, 3), np.uint8)
    clip = write_clip(tmp_path / "a.mp4", [black, white, black, white], times=[0.0, 0.4, 1.7, 1.9], fps=10)
    with preview_of(clip, tmp_path / "made") as made:
        assert [frame.time for frame in made.decode(video=0)] == pytest.approx([0.0, 0.4, 1.7, 1.9], abs=0.01)


def test_it_stands_upright(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "a.mp4", pictures(0.5), rotation=90)
    with preview_of(clip, tmp_path / "made") as made:
        context = made.streams.video[0].codec_context
        assert (context.width, context.height) == (270, 480)


def test_the_poster_is_not_the_black_that_a_video_fades_in_from(tmp_path: Path) -> None:
    black = [np.zeros((270, 480, 3), np.uint8)] * 20
    clip = write_clip(tmp_path / "a.mp4", [*black, *pictures(1.0)])
    make_preview(clip, tmp_path)
    with av.open(str(tmp_path / "poster.jpg")) as poster:
        assert next(poster.decode(video=0)).to_ndarray(format="rgb24").std() > 20


def test_a_file_that_is_no_video_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"no video")
    with pytest.raises(InvalidMedia):
        make_preview(tmp_path / "a.mp4", tmp_path)


def test_it_stops_when_it_is_told_to(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "a.mp4", pictures(0.5))
    with pytest.raises(Cancelled):
        make_preview(clip, tmp_path, cancelled=lambda: True)


def test_a_poster_alone_is_an_upright_picture_of_the_video_with_the_most_to_see(tmp_path: Path) -> None:
    black = np.zeros((270, 480, 3), np.uint8)
    clip = write_clip(tmp_path / "a.mp4", [black] * 25 + pictures(4.0) + [black] * 25, fps=25, rotation=90)
    make_poster(clip, tmp_path)
    poster = cv2.imread(str(tmp_path / "poster.jpg"))
    assert poster is not None
    assert poster.shape[0] > poster.shape[1]
    assert poster.std() > 20
    assert not (tmp_path / "preview.mp4").exists()


def test_a_file_without_a_picture_gives_no_poster(tmp_path: Path) -> None:
    nothing = tmp_path / "a.mp4"
    nothing.write_bytes(b"no video")
    with pytest.raises(InvalidMedia):
        make_poster(nothing, tmp_path)
