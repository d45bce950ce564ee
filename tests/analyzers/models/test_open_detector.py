"""Does the open detector look and answer as OWLv2's publisher does?

On a tiny randomly initialised checkpoint; tests marked `weights` ask the real one.
"""

import numpy as np
import pytest
import torch
from PIL import Image
from transformers import CLIPTokenizer, Owlv2ForObjectDetection, Owlv2ImageProcessor

from analyzers.errors import Unavailable
from analyzers.models import Device, ModelShelf
from analyzers.models.open_detector import FLOOR, OpenDetector, prepared
from analyzers.models.profiles import ModelLibrary
from tests.analyzers.models.checkpoints_open_detector import SIDE, build_open_detector
from tests.analyzers.picture.stills import texture

pytestmark = pytest.mark.integration  # loads a model

NAME = "owlv2-base-patch16-ensemble"
PHRASES = ("a photo of a bus", "a photo of a dress", "something else")


@pytest.fixture(scope="module")
def models_dir(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    build_open_detector(folder / NAME)
    return folder


@pytest.fixture(scope="module")
def detector(models_dir):
    return ModelShelf(Device(threads=1), ModelLibrary(models_dir, "cpu")).get(OpenDetector)


@pytest.fixture(scope="module")
def theirs(models_dir):
    """What its publisher's library finds in a picture of SIDE x SIDE pixels."""
    network = Owlv2ForObjectDetection.from_pretrained(models_dir / NAME).eval()
    tokenizer = CLIPTokenizer.from_pretrained(models_dir / NAME)
    processor = Owlv2ImageProcessor(size={"height": SIDE, "width": SIDE})

    def find(picture, phrases):
        words = tokenizer(list(phrases), padding="max_length", truncation=True, max_length=16, return_tensors="pt")
        images = processor([picture], return_tensors="pt")
        with torch.inference_mode():
            seen = network(**words, **images)
        (found,) = processor.post_process_object_detection(seen, FLOOR, target_sizes=[picture.shape[:2]])
        return {key: value.numpy() for key, value in found.items()}

    return find


@pytest.mark.parametrize(
    "size",
    [(90, 90), (160, 90), (96, 130), (80, 640), (480, 320)],
    ids=["a smaller square", "upright", "wide", "a strip", "shrunk by five"],
)
def test_pictures_are_prepared_as_by_the_published_processor(size):
    pictures = [texture(seed, size) for seed in range(2)]

    published = Owlv2ImageProcessor(size={"height": SIDE, "width": SIDE})(pictures, return_tensors="pt").pixel_values

    torch.testing.assert_close(prepared(pictures, SIDE, "cpu"), published, atol=1e-4, rtol=0)


@pytest.mark.parametrize("size", [(96, 96), (96, 80), (80, 160)], ids=["a square", "upright", "wide"])
def test_it_finds_what_the_published_library_finds(detector, theirs, size):
    picture = texture(4, size)

    (found,) = detector.find([picture], PHRASES)

    expected = theirs(picture, PHRASES)
    height, width = size
    assert 0 < len(expected["scores"]) < (SIDE // 16) ** 2  # some patches find nothing
    np.testing.assert_array_equal(found.phrases, expected["labels"])
    np.testing.assert_allclose(found.scores, expected["scores"], atol=1e-4)
    inside = expected["boxes"].clip(0, [width, height, width, height])
    np.testing.assert_allclose(found.boxes * [width, height, width, height], inside, atol=0.02)


@pytest.mark.parametrize("text", ["A photo of  a BUS?", "naïve café 42's", "word " * 40, "ведро"])
def test_phrases_are_read_as_by_the_published_tokenizer(models_dir, detector, text):
    tokenizer = CLIPTokenizer.from_pretrained(models_dir / NAME)

    published = tokenizer([text], padding="max_length", truncation=True, max_length=16).input_ids[0]

    assert list(detector._words.numbers(text)) == published


def test_a_batch_of_one_equals_a_batch_of_many(models_dir):
    library = ModelLibrary(models_dir, "gpu")  # whose batches hold several
    detector = ModelShelf(Device(threads=1), library).get(OpenDetector)
    pictures = [texture(seed, (160, 90)) for seed in range(5)]

    together = detector.find(pictures, PHRASES)

    for picture, found in zip(pictures, together, strict=True):
        (alone,) = detector.find([picture], PHRASES)
        np.testing.assert_array_equal(found.phrases, alone.phrases)
        np.testing.assert_allclose(found.scores, alone.scores, atol=1e-4)
        np.testing.assert_allclose(found.boxes, alone.boxes, atol=1e-4)


def test_half_precision_changes_little(models_dir, detector):
    half = ModelShelf(Device(threads=1), ModelLibrary(models_dir, "cpu")).get(OpenDetector)
    half.network.to(torch.bfloat16)

    (one,), (other,) = (each.find([texture(4, (160, 90))], PHRASES) for each in (half, detector))

    assert one.scores.max() == pytest.approx(other.scores.max(), abs=0.03)
    np.testing.assert_allclose(one.boxes[one.scores.argmax()], other.boxes[other.scores.argmax()], atol=0.03)


def test_phrases_are_worked_out_once(detector):
    picture = texture(4, (160, 90))
    detector.find([picture], PHRASES)
    before = detector.line.answered

    detector.find([picture], PHRASES)

    assert detector.line.answered == before + 1


@pytest.mark.parametrize("size", [(1, 1), (2, 700), (1300, 3)], ids=["a pixel", "a line", "a column"])
def test_boxes_stay_inside_pictures_of_any_shape(detector, size):
    (found,) = detector.find([np.full((*size, 3), 200, np.uint8)], PHRASES)

    assert np.isfinite(found.boxes).all()
    assert found.boxes.min(initial=0) >= 0
    assert found.boxes.max(initial=0) <= 1


def test_the_golden_answer_of_the_checkpoint_with_seed_0(detector):
    (found,) = detector.find([texture(4, (160, 90))], PHRASES)

    assert found.boxes.shape == (len(found.scores), 4)
    assert len(found.scores) == GOLDEN_COUNT
    np.testing.assert_allclose(found.scores[:3], GOLDEN_SCORES, rtol=1e-3)
    np.testing.assert_allclose(found.boxes[0], GOLDEN_BOX, rtol=1e-3)


GOLDEN_COUNT = 15
GOLDEN_SCORES = (0.1528213, 0.2200570, 0.2968534)
GOLDEN_BOX = (0.0355740, 0.2517657, 0.3022947, 0.8628979)


def test_without_weights_it_says_how_to_get_them(tmp_path):
    with pytest.raises(Unavailable, match=f"models pull {NAME}"):
        ModelShelf(Device(), ModelLibrary(tmp_path, "cpu")).get(OpenDetector)


@pytest.mark.weights
def test_the_real_weights_find_the_bus(real_shelf):
    from ultralytics.utils import ASSETS

    detector = real_shelf("open_detector").get(OpenDetector)
    picture = np.asarray(Image.open(ASSETS / "bus.jpg").convert("RGB"))
    (found,) = detector.find([picture], ("a photo of a bus", "a photo of a dog"))

    best = int(found.scores.argmax())
    assert (found.phrases[best], found.scores[best] > 0.3) == (0, True)
    x1, y1, x2, y2 = found.boxes[best]
    assert (x2 - x1) > 0.8  # it fills the width
    assert 0.1 < y1 < 0.35
    assert 0.6 < y2 < 0.8
