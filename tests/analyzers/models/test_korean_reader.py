"""Is Hangul read where the weights are, and said to be missing where they are not?"""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import rapidocr
from PIL import Image, ImageDraw, ImageFont

from analyzers.contract import Status
from analyzers.models import Device, ModelShelf
from analyzers.models.korean_reader import KoreanReader, has_hangul, lacks_letters
from analyzers.models.line_recogniser import ReadText
from analyzers.models.profiles import ModelLibrary
from analyzers.models.text_reader import TextReader
from analyzers.picture.text_overlay import TextOverlay
from analyzers.run import analyze_video
from mass_processing.demo.encode import write_clip
from tests.analyzers.picture.stills import lettered, plain

FONT = Path("/usr/share/fonts/truetype/nanum/NanumGothic.ttf")
SENTENCES = ["안녕하세요 여러분", "구독과 좋아요 부탁드려요"]

needs_font = pytest.mark.skipif(not FONT.exists(), reason="no font with Hangul; apt-get install fonts-nanum")


def page(lines: list[str]) -> np.ndarray:
    """White lines on blue, 640 x 360."""
    image = Image.fromarray(plain((40, 90, 140)))
    font = ImageFont.truetype(FONT, 26)
    for number, line in enumerate(lines):
        ImageDraw.Draw(image).text((20, 100 + 120 * number), line, fill="white", font=font)
    return np.asarray(image)


def corners(length: float, height: float) -> np.ndarray:
    return np.array([[0, 0], [length, 0], [length, height], [0, height]], np.float32)


@pytest.fixture
def overlay(tmp_path: Path, scratch: Path) -> Callable[..., object]:
    """The outcome of text_overlay on a second of one picture."""

    def overlay(picture: np.ndarray, library: ModelLibrary | None = None) -> object:
        clip = write_clip(tmp_path / "clip.mp4", [picture] * 10, fps=10)
        shelf = ModelShelf(Device(threads=2), library or ModelLibrary(tmp_path / "none", "cpu"))
        return analyze_video(clip, [TextOverlay], shelf, scratch=scratch).outcomes[0]

    return overlay


@pytest.mark.parametrize(
    ("text", "length", "lacks"),
    [
        ("", 100, True),
        ("TOP 10", 300, True),
        ("TOP 10", 110, False),
        ("Wait until you see", 330, False),
        ("点赞关注收藏", 200, False),
        ("点赞", 200, True),
        ("iiii", 60, False),
    ],
)
def test_a_line_much_wider_than_its_text_lacks_letters(text, length, lacks):
    assert lacks_letters(text, corners(length, 30)) is lacks
    assert lacks_letters(text, np.roll(corners(30, length), 1, axis=0)) is lacks


def test_hangul_is_told_from_other_scripts():
    assert has_hangul("서울 TOP 10")
    assert has_hangul("ㅋㅋㅋ")
    assert not has_hangul("首尔 ソウル Seoul 10")


@needs_font
@pytest.mark.integration
def test_without_the_weights_lines_of_hangul_are_counted_and_the_command_is_named(overlay):
    outcome = overlay(page(SENTENCES))

    assert outcome.status == Status.DEGRADED
    assert outcome.result.lines_unknown == len(SENTENCES)
    assert "run: bulk_processor.py models pull pp-ocrv5-korean" in outcome.reason


@pytest.mark.integration
def test_without_the_weights_text_in_other_scripts_is_read_as_ever(overlay):
    outcome = overlay(lettered(plain((40, 90, 140)), "Wait until you see", (180, 200), 30))

    assert (outcome.status, outcome.result.lines_unknown) == (Status.OK, 0)


@pytest.fixture
def stand_in(tmp_path: Path) -> ModelLibrary:
    """A library whose Korean recogniser is the usual one: the same format and path, but it knows no Hangul."""
    folder = tmp_path / "models" / "pp-ocrv5-korean"
    folder.mkdir(parents=True)
    shutil.copy(Path(rapidocr.__file__).parent / "models" / "PP-OCRv6_rec_small.onnx", folder / "korean.onnx")
    (folder / "manifest.json").write_text("{}")
    return ModelLibrary(folder.parent, "cpu")


@pytest.mark.integration
def test_the_weights_are_loaded_from_their_folder_and_what_has_no_hangul_changes_nothing(stand_in):
    shelf = ModelShelf(Device(), stand_in)
    korean, usual = shelf.get(KoreanReader), shelf.get(TextReader)
    picture = lettered(plain((40, 90, 140)), "coffee", (180, 300), 40)
    (line,) = usual.find(picture)

    assert korean.backend == "onnxruntime-cpu"
    assert korean.read(picture, line, otherwise=ReadText("tea", 0.5)) == ReadText("tea", 0.5)


@needs_font
@pytest.mark.integration
@pytest.mark.weights
def test_the_real_weights_read_hangul(overlay, real_library):
    outcome = overlay(page(SENTENCES), real_library("korean_text"))

    assert outcome.status == Status.OK
    assert " ".join(text.text for text in outcome.result.texts).replace(" ", "") == "".join(SENTENCES).replace(" ", "")
