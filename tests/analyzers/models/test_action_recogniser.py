"""Does the action recogniser see stretches of video as V-JEPA 2's publisher does?

On a tiny randomly initialised checkpoint; tests marked `weights` ask the real one.
"""

import numpy as np
import pytest
import torch
from transformers import VJEPA2ForVideoClassification, VJEPA2VideoProcessor

from analyzers.decode import decode
from analyzers.errors import Unavailable
from analyzers.media import WATCHED
from analyzers.models import Device, ModelShelf
from analyzers.models.action_recogniser import ActionRecogniser, prepared
from analyzers.models.profiles import ModelLibrary
from tests.analyzers.clips import MEDIA
from tests.analyzers.models.checkpoints_action import LABELS, SIDE, build_action
from tests.analyzers.picture.stills import drifting, texture

pytestmark = pytest.mark.integration  # loads a model

NAME = "vjepa2-vitl-fpc16-256-ssv2"


@pytest.fixture(scope="module")
def models_dir(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    build_action(folder / NAME)
    return folder


@pytest.fixture(scope="module")
def recogniser(models_dir):
    return ModelShelf(Device(threads=1), ModelLibrary(models_dir, "cpu")).get(ActionRecogniser)


def stretch(seed, size=(160, 90), count=16):
    """Pictures of a camera that moves over a texture."""
    world = texture(seed, (size[0] + 60, size[1] + 60))
    return np.stack([drifting(world, step, size) for step in range(count)])


@pytest.mark.parametrize(
    "size", [(160, 90), (90, 160), (81, 113), (80, 80)], ids=["upright", "wide", "odd sizes", "a square"]
)
def test_pictures_are_prepared_as_by_the_published_processor(size):
    pictures = stretch(2, size, 4)

    (theirs,) = VJEPA2VideoProcessor(crop_size=SIDE)([pictures], return_tensors="pt").pixel_values_videos

    # Theirs rounds to bytes after resizing, which is a level of 1/255 over a deviation of 0.225; ours does not.
    torch.testing.assert_close(prepared(pictures, SIDE, "cpu"), theirs, atol=0.02, rtol=0)


def test_it_answers_as_the_published_library(recogniser, models_dir):
    network = VJEPA2ForVideoClassification.from_pretrained(models_dir / NAME).eval()
    pictures = stretch(3)

    with torch.inference_mode():
        seen = prepared(pictures, SIDE, "cpu")[None]
        theirs = network(pixel_values_videos=seen).logits.softmax(dim=-1)[0].numpy()

    np.testing.assert_allclose(recogniser.ask([pictures])[0], theirs, atol=1e-4)


def test_it_tells_its_labels_in_their_order_and_probabilities_that_add_up(recogniser):
    (answer,) = recogniser.ask([stretch(3)])

    assert recogniser.labels == LABELS
    assert recogniser.pictures == 16
    assert answer.shape == (len(LABELS),)
    assert answer.sum() == pytest.approx(1, abs=1e-4)


def test_a_batch_of_one_equals_a_batch_of_many(models_dir):
    recogniser = ModelShelf(Device(threads=1), ModelLibrary(models_dir, "gpu")).get(ActionRecogniser)
    recogniser.network.float()
    stretches = [stretch(seed) for seed in range(3)]

    together = recogniser.ask(stretches)

    alone = [recogniser.ask([each])[0] for each in stretches]
    np.testing.assert_allclose(together, alone, atol=1e-4)


def test_half_precision_changes_little(models_dir, recogniser):
    half = ModelShelf(Device(threads=1), ModelLibrary(models_dir, "gpu")).get(ActionRecogniser)

    assert half.network.dtype == torch.bfloat16
    np.testing.assert_allclose(half.ask([stretch(3)])[0], recogniser.ask([stretch(3)])[0], atol=0.05)


def test_the_order_of_pictures_makes_a_difference(recogniser):
    pictures = stretch(3)

    onward, backward = recogniser.ask([pictures, pictures[::-1]])

    assert np.abs(onward - backward).max() > 1e-3


@pytest.mark.parametrize("size", [(1, 1), (2, 300), (300, 2)], ids=["a pixel", "a line", "a column"])
def test_pictures_of_any_shape_have_an_answer(recogniser, size):
    assert np.isfinite(recogniser.ask([np.zeros((16, *size, 3), np.uint8)])[0]).all()


def test_the_golden_answer_of_the_checkpoint_with_seed_0(recogniser):
    np.testing.assert_allclose(recogniser.ask([stretch(3)])[0], GOLDEN, rtol=1e-3)


GOLDEN = (0.1501727, 0.01079825, 0.01840672, 0.6118345, 0.2087879)


def test_without_weights_it_says_how_to_get_them(tmp_path):
    with pytest.raises(Unavailable, match=f"models pull {NAME}"):
        ModelShelf(Device(), ModelLibrary(tmp_path, "cpu")).get(ActionRecogniser)


@pytest.mark.weights
@pytest.mark.timeout(600)
def test_the_real_weights_see_that_a_dress_is_shown_by_hand(real_shelf, scratch):
    if not (MEDIA / "vertical_red_dress.mp4").is_file():
        pytest.skip(f"the real clip vertical_red_dress.mp4 is not in {MEDIA}")
    recogniser = real_shelf("action").get(ActionRecogniser)
    with decode(MEDIA / "vertical_red_dress.mp4", [WATCHED], [], scratch=scratch) as decoded:
        pixels = decoded.frames[WATCHED].pixels
        (answer,) = recogniser.ask([pixels[np.linspace(0, 20, 16).round().astype(int)]])

    assert len(recogniser.labels) == 174
    assert answer.max() > 3 / 174  # it has an opinion
