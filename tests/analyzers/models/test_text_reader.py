"""Does the reader find lines and spell them, without network and from several threads?"""

import socket
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from analyzers.errors import Unavailable
from analyzers.models import Device, ModelShelf
from analyzers.models.text_reader import TextReader
from tests.analyzers.picture.stills import lettered, plain, text_box, texture

pytestmark = pytest.mark.integration  # loads a model


@pytest.fixture(scope="module")
def reader():
    return ModelShelf(Device()).get(TextReader)


def spelled(reader, picture):
    """What stands on the picture, from top to bottom."""
    lines = sorted(reader.find(picture), key=lambda corners: corners[:, 1].min())
    return [each.text for each in reader.read(picture, lines)]


def test_lines_are_read(reader):
    picture = lettered(plain((40, 90, 140)), "Wait until you see", (180, 200), 30)
    picture = lettered(picture, "@some.creator", (180, 400), 14)

    assert spelled(reader, picture) == ["Wait until you see", "@some.creator"]


@pytest.mark.parametrize("px", [14, 20, 32, 64])
def test_text_of_every_usual_size_is_read_over_a_texture(reader, px):
    picture = lettered(texture(1), "coffee", (180, 300), px)

    assert spelled(reader, picture) == ["coffee"]


def test_a_line_is_found_where_it_stands(reader):
    picture = lettered(plain((40, 90, 140)), "Link in bio", (180, 300), 36)

    (corners,) = reader.find(picture)

    x1, y1, x2, y2 = text_box("Link in bio", (180, 300), 36)
    assert np.abs(corners.min(axis=0) - (x1, y1)).max() < 16
    assert np.abs(corners.max(axis=0) - (x2, y2)).max() < 16


def test_a_column_of_text_is_turned_before_it_is_read(reader):
    picture = np.rot90(lettered(plain((40, 90, 140), (360, 640)), "turned aside", (320, 180), 36), 3)

    assert spelled(reader, np.ascontiguousarray(picture)) in (["turned aside"], [])
    (corners,) = reader.find(np.ascontiguousarray(picture))
    assert np.ptp(corners[:, 1]) > 3 * np.ptp(corners[:, 0])


def test_answers_come_in_the_order_of_the_lines(reader):
    picture = plain((40, 90, 140))
    words = ["a considerably longer line", "short", "medium words"]
    for row, text in enumerate(words):
        picture = lettered(picture, text, (180, 120 + 120 * row), 24)
    lines = sorted(reader.find(picture), key=lambda corners: corners[:, 1].min())

    assert [each.text for each in reader.read(picture, lines)] == words
    assert [each.text for each in reader.read(picture, lines[::-1])] == words[::-1]


def test_many_lines_are_read_in_batches_as_well_as_alone(reader):
    picture = lettered(plain((40, 90, 140)), "all the same", (180, 200), 32)
    (line,) = reader.find(picture)

    together = reader.read(picture, [line] * 11)

    assert [each.text for each in together] == ["all the same"] * 11
    assert together[0].score == pytest.approx(reader.read(picture, [line])[0].score, abs=1e-3)


def test_a_clear_line_is_read_with_confidence(reader):
    picture = lettered(plain((40, 90, 140)), "clear", (180, 200), 48)

    (read,) = reader.read(picture, reader.find(picture))

    assert 0.95 < read.score <= 1


@pytest.mark.parametrize(
    "picture", [plain((40, 90, 140)), texture(2), plain((0, 0, 0), (8, 8))], ids=["plain", "texture", "tiny"]
)
def test_a_picture_without_text_has_no_lines(reader, picture):
    assert reader.find(picture) == []


def test_no_lines_need_no_reading(reader):
    assert reader.read(plain((0, 0, 0)), []) == []


def test_a_read_only_picture_is_read(reader):
    picture = lettered(plain((40, 90, 140)), "read only", (180, 200), 32)
    picture.flags.writeable = False

    assert spelled(reader, picture) == ["read only"]


def test_several_threads_get_what_one_gets(reader):
    pictures = [lettered(texture(seed), f"video {seed}", (180, 250), 36) for seed in range(8)]

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda picture: spelled(reader, picture), pictures))

    assert answers == [[f"video {seed}"] for seed in range(8)]


def test_loading_needs_no_network_and_says_nothing(monkeypatch, capfd, caplog):
    def refuse(*args, **kwargs):
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)

    picture = lettered(plain((40, 90, 140)), "offline", (180, 200), 32)

    assert spelled(ModelShelf(Device(threads=2)).get(TextReader), picture) == ["offline"]
    assert (*capfd.readouterr(), caplog.records) == ("", "", [])


def test_without_its_weights_the_reader_is_unavailable_and_says_what_to_do(monkeypatch, tmp_path):
    import rapidocr

    monkeypatch.setattr(rapidocr, "__file__", str(tmp_path / "__init__.py"))

    with pytest.raises(Unavailable, match=r"PP-OCRv6_det_small.onnx is not in .* run: pip install"):
        ModelShelf(Device()).get(TextReader)


def test_a_card_that_onnxruntime_can_not_use_leaves_the_cpu():
    import onnxruntime

    expected = "cuda" if "CUDAExecutionProvider" in onnxruntime.get_available_providers() else "cpu"

    assert ModelShelf(Device(kind="cuda")).get(TextReader).backend == f"onnxruntime-{expected}"


def test_the_weights_are_named_with_their_licence(reader):
    import importlib.metadata

    assert reader.info.revision == f"rapidocr {importlib.metadata.version('rapidocr')}"
    assert reader.info.licence == "Apache-2.0"
