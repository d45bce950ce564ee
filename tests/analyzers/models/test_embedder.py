"""Does the embedder see pictures and read words as SigLIP 2's publisher does?

On a tiny randomly initialised checkpoint; tests marked `weights` ask the real one.
"""

import numpy as np
import pytest
import torch
from PIL import Image
from transformers import PreTrainedTokenizerFast, SiglipImageProcessor, SiglipModel

from analyzers.errors import Unavailable
from analyzers.models import Device, ModelShelf
from analyzers.models.embedder import PictureWordEmbedder, prepared
from analyzers.models.profiles import ModelLibrary
from tests.analyzers.models.checkpoints_embedder import SIDE, WIDTH, build_embedder
from tests.analyzers.picture.stills import texture

pytestmark = pytest.mark.integration  # loads a model

NAME = "siglip2-base-patch16-256"


@pytest.fixture(scope="module")
def models_dir(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    build_embedder(folder / NAME)
    return folder


@pytest.fixture(scope="module")
def embedder(models_dir):
    return ModelShelf(Device(threads=1), ModelLibrary(models_dir, "cpu")).get(PictureWordEmbedder)


@pytest.fixture(scope="module")
def pictures():
    return [texture(seed, (160, 90)) for seed in range(5)]


@pytest.fixture(scope="module")
def published(models_dir):
    """The network as its publisher's library runs it."""
    return SiglipModel.from_pretrained(models_dir / NAME).eval()


def test_pictures_and_words_become_unit_vectors_of_one_length(embedder, pictures):
    seen, read = embedder.pictures(pictures), embedder.words(["a kitchen", "a street"])

    assert (seen.shape, read.shape) == ((5, WIDTH), (2, WIDTH))
    assert (seen.dtype, read.dtype) == (np.float32, np.float32)
    np.testing.assert_allclose(np.linalg.norm(np.concatenate([seen, read]), axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("resample", [2, 3], ids=["bilinear", "bicubic"])
@pytest.mark.parametrize("size", [(160, 90), (80, 350), (40, 30)], ids=["upright", "wide", "small"])
def test_pictures_are_prepared_as_by_the_published_processor(resample, size):
    pictures = [texture(seed)[: size[0], : size[1]] for seed in range(2)]
    processor = SiglipImageProcessor(size={"height": SIDE, "width": SIDE}, resample=resample)

    theirs = processor(pictures, return_tensors="pt").pixel_values

    # Theirs rounds to whole levels of 2/255 after resizing, ours does not.
    ours = prepared(pictures, SIDE, {2: "bilinear", 3: "bicubic"}[resample], "cpu")
    torch.testing.assert_close(ours, theirs, atol=1e-2, rtol=0)


def test_pictures_are_seen_as_by_the_published_network(embedder, published):
    pictures = [texture(seed, (80, 80))[:SIDE, :SIDE] for seed in range(3)]
    images = SiglipImageProcessor(size={"height": SIDE, "width": SIDE})(pictures, return_tensors="pt")

    with torch.inference_mode():
        theirs = torch.nn.functional.normalize(published.get_image_features(**images).pooler_output, dim=-1).numpy()

    np.testing.assert_allclose(embedder.pictures(pictures), theirs, atol=1e-4)


def test_words_are_read_as_by_the_published_tokenizer(embedder, models_dir, published):
    texts = ["This is a photo of a Kitchen.", "Über 9 ведро 厨房", " ".join(["long"] * 80), ""]
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_file=str(models_dir / NAME / "tokenizer.json"), pad_token="<pad>", eos_token="<eos>"
    )
    numbers = tokenizer(
        [text.lower() for text in texts], padding="max_length", truncation=True, max_length=64, return_tensors="pt"
    )

    with torch.inference_mode():
        features = published.get_text_features(input_ids=numbers.input_ids).pooler_output
    theirs = torch.nn.functional.normalize(features, dim=-1).numpy()

    np.testing.assert_allclose(embedder.words(texts), theirs, atol=1e-4)


def test_how_well_words_fit_is_what_the_published_network_says(embedder, published, models_dir):
    texts, pictures = ["a kitchen", "a street"], [texture(seed, (80, 80))[:SIDE, :SIDE] for seed in range(3)]
    tokenizer = PreTrainedTokenizerFast(tokenizer_file=str(models_dir / NAME / "tokenizer.json"), pad_token="<pad>")
    numbers = tokenizer(texts, padding="max_length", truncation=True, max_length=64, return_tensors="pt").input_ids
    images = SiglipImageProcessor(size={"height": SIDE, "width": SIDE})(pictures, return_tensors="pt")

    with torch.inference_mode():
        theirs = published(input_ids=numbers, **images).logits_per_image.numpy()

    ours = embedder.scale * embedder.pictures(pictures) @ embedder.words(texts).T + embedder.bias
    np.testing.assert_allclose(ours, theirs, atol=1e-3)


def test_case_makes_no_difference(embedder):
    one, other = embedder.words(["A Kitchen", "a kitchen"])

    np.testing.assert_allclose(one, other, atol=1e-6)


def test_a_batch_of_one_equals_a_batch_of_many(embedder, pictures):
    alone = np.concatenate([embedder.pictures([picture]) for picture in pictures])

    np.testing.assert_allclose(embedder.pictures(pictures), alone, atol=1e-4)


def test_pictures_of_several_sizes_come_back_in_order(embedder, pictures):
    mixed = [pictures[0], pictures[1][:40], pictures[2]]

    together = embedder.pictures(mixed)

    for picture, vector in zip(mixed, together, strict=True):
        np.testing.assert_allclose(vector, embedder.pictures([picture])[0], atol=1e-4)


@pytest.mark.parametrize("size", [(1, 1), (2, 700), (700, 2)], ids=["a pixel", "a line", "a column"])
def test_a_picture_of_any_shape_has_a_vector(embedder, size):
    assert np.isfinite(embedder.pictures([np.zeros((*size, 3), np.uint8)])).all()


def test_half_precision_changes_little(models_dir, embedder, pictures):
    half = ModelShelf(Device(threads=1), ModelLibrary(models_dir, "gpu")).get(PictureWordEmbedder)

    assert half.network.dtype == torch.bfloat16
    np.testing.assert_allclose(half.pictures(pictures), embedder.pictures(pictures), atol=0.03)
    np.testing.assert_allclose(half.words(["a kitchen"]), embedder.words(["a kitchen"]), atol=0.03)
    assert (half.scale, half.bias) == (embedder.scale, embedder.bias)


def test_words_are_worked_out_once(embedder):
    embedder.words(["said twice"])
    before = embedder.line.answered

    embedder.words(["said twice", "said twice"])

    assert embedder.line.answered == before


def test_the_golden_vectors_of_the_checkpoint_with_seed_0(embedder, pictures):
    np.testing.assert_allclose(embedder.pictures(pictures[:1])[0, :4], GOLDEN_PICTURE, rtol=1e-3)
    np.testing.assert_allclose(embedder.words(["a kitchen"])[0, :4], GOLDEN_WORDS, rtol=1e-3)


GOLDEN_PICTURE = (-0.037184, -0.373453, -0.013111, -0.282712)
GOLDEN_WORDS = (-0.0036015, -0.169423, -0.298049, 0.190942)


def test_without_weights_it_says_how_to_get_them(tmp_path):
    with pytest.raises(Unavailable, match=f"models pull {NAME}"):
        ModelShelf(Device(), ModelLibrary(tmp_path, "cpu")).get(PictureWordEmbedder)


@pytest.mark.weights
def test_the_real_weights_know_a_bus_from_a_kitchen(real_shelf):
    from ultralytics.utils import ASSETS

    embedder = real_shelf("embedder").get(PictureWordEmbedder)
    seen = embedder.pictures([np.asarray(Image.open(ASSETS / "bus.jpg").convert("RGB"))])
    names = ["a bus", "a kitchen", "a dog", "a beach"]
    read = embedder.words([f"This is a photo of {name}." for name in names])

    assert names[int((seen @ read.T).argmax())] == "a bus"
