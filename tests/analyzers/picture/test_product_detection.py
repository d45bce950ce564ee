"""Are products told with their places, sizes and times, from whichever detector is here?

What detectors find is given, as it was put there; that all parts work together is tested with tiny randomly initialised
networks; tests marked `weights` ask the real one.
"""

from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from analyzers.contract import Inputs, Status
from analyzers.errors import Unavailable
from analyzers.models import Device, ModelShelf
from analyzers.models.detector import Detections
from analyzers.models.object_sightings import ObjectSightings, Sightings
from analyzers.models.open_detector import Found, OpenDetector
from analyzers.models.profiles import ModelLibrary
from analyzers.picture.cut_analysis import CutAnalysis, CutResult, Shot
from analyzers.picture.product_detection import ProductDetection
from analyzers.picture.product_sightings import spans_of
from analyzers.picture.text_overlay import OverlayText, TextOverlay
from analyzers.picture.zero_shot import label_table
from analyzers.run import analyze_video
from mass_processing.demo.encode import write_clip
from tests.analyzers.hard_clips import HARD_CLIPS
from tests.analyzers.models.checkpoints_detector import build_detector
from tests.analyzers.models.checkpoints_open_detector import build_open_detector
from tests.analyzers.picture.stills import plain, view

OPEN, CLASSES = "owlv2-base-patch16-ensemble", "yolo26n-seg"
LEFT, RIGHT = (0.1, 0.2, 0.5, 0.7), (0.6, 0.2, 0.9, 0.7)


class Given:
    """Stands in for OpenDetector: finds on each picture what is listed for its grey level."""

    def __init__(self, listed, most):
        self._listed = listed
        self.spec = SimpleNamespace(options={"picture_seconds": 1, "max_pictures": most})

    def find(self, pictures, phrases):
        return [self._found(self._listed[int(picture[0, 0, 0])], phrases) for picture in pictures]

    @staticmethod
    def _found(things, phrases):
        return Found(
            np.array([phrases.index(f"a photo of {phrase}") for phrase, _, _ in things], np.int64),
            np.array([score for _, score, _ in things], np.float32),
            np.array([box for _, _, box in things], np.float32).reshape(-1, 4),
        )


def shots_of(ends):
    edges = [0.0, *ends]
    return tuple(Shot(edges[place], edges[place + 1]) for place in range(len(ends)))


def by_words(listed, ends=None, **more):
    """The result for one picture per second on which the open detector finds what is `listed`."""
    video, frames = view([plain((level, level, level), (16, 9)) for level in range(len(listed))], 1)
    shots = shots_of(ends or [float(len(listed))])
    results = {CutAnalysis: CutResult((), shots, 0.0, 1.0), **more.get("results", {})}
    models = {OpenDetector: Given(listed, more.get("most", 100))}
    return ProductDetection().analyze(
        Inputs(video, frames, results=results, models=models, lacks=more.get("lacks", ()))
    )


def by_classes(found, fps=5, **more):
    """The result without the open detector, for pictures on which the detector found `found`."""
    video, frames = view([plain((0, 0, 0), (16, 9))] * len(found), fps)
    times = np.arange(len(found)) / fps
    detections = tuple(
        Detections(
            np.array([box for _, _, box in things], np.float32).reshape(-1, 4),
            np.array([score for _, score, _ in things], np.float32),
            tuple(label for label, _, _ in things),
        )
        for things in found
    )
    sightings = Sightings(times, len(found) / fps, 9 / 16, detections, np.zeros((len(found), 2, 2), bool))
    results = {ObjectSightings: sightings, **more.get("results", {})}
    return ProductDetection().analyze(Inputs(video, frames, results=results, lacks=["no weights of owlv2"]))


def test_a_product_has_its_place_size_and_time():
    dress = [("a dress", 0.6, LEFT)]

    (product,) = by_words([[], dress, dress, [("a dress", 0.8, RIGHT)], []]).products

    assert (product.item, product.category, product.score, product.seconds) == ("dress", "clothes", 0.8, 3.0)
    assert product.screen_share == pytest.approx((0.2 + 0.2 + 0.15) / 3, abs=1e-3)
    (stretch,) = product.stretches
    assert (stretch.start, stretch.end) == (0.5, 3.5)  # each picture stands for half a second to either side
    assert (stretch.x1, stretch.y1, stretch.x2, stretch.y2) == pytest.approx(RIGHT)


def test_two_of_a_kind_are_one_product_of_their_joint_size():
    (product,) = by_words([[("a dress", 0.6, LEFT), ("a dress", 0.5, RIGHT)]]).products

    assert product.screen_share == pytest.approx(0.35, abs=1e-3)


def test_what_several_patches_find_is_one_thing():
    nearly = (0.11, 0.2, 0.5, 0.71)

    (product,) = by_words([[("a dress", 0.6, LEFT), ("a dress", 0.5, nearly), ("a skirt", 0.4, nearly)]]).products

    assert (product.item, product.screen_share) == ("dress", pytest.approx(0.2, abs=1e-3))


def test_what_is_no_product_takes_its_place_from_products():
    result = by_words([[("a hand", 0.6, LEFT), ("a pair of gloves", 0.5, LEFT), ("a lipstick", 0.4, RIGHT)]])

    assert [product.item for product in result.products] == ["lipstick"]


def test_what_is_never_sure_is_not_told():
    assert by_words([[("a dress", 0.29, LEFT)]] * 5).products == ()


def test_what_is_sure_once_is_told_as_long_as_it_is_faintly_there():
    faint, sure, gone = [("a dress", 0.22, LEFT)], [("a dress", 0.5, LEFT)], [("a dress", 0.15, LEFT)]

    (product,) = by_words([faint, sure, faint, gone, gone]).products

    assert [(each.start, each.end) for each in product.stretches] == [(0, 2.5)]


def test_a_product_hidden_for_a_moment_is_seen_through_and_one_that_comes_back_is_seen_twice():
    dress = [("a dress", 0.6, LEFT)]

    (product,) = by_words([dress, [], dress, [], [], [], dress]).products

    assert [(each.start, each.end) for each in product.stretches] == [(0, 2.5), (5.5, 7)]


def test_the_largest_and_longest_product_comes_first():
    small, large = [("a finger ring", 0.9, (0, 0, 0.1, 0.1))], [("a dress", 0.4, LEFT)]

    result = by_words([small + large, small + large, small])

    assert [product.item for product in result.products] == ["dress", "ring"]
    assert result.headline() == "2 products: dress, ring"


def test_a_look_stands_for_no_more_than_its_shot():
    assert spans_of(np.array([1.0, 3.0, 4.5]), [(0.0, 2.5), (2.5, 4.0), (4.0, 5.0)]) == (
        (0.0, 2.0),
        (2.5, 3.75),
        (4.0, 5.0),
    )


def test_a_budget_that_leaves_pictures_out_makes_the_answer_a_lesser_one():
    result = by_words([[]] * 20, most=5)

    assert result.pictures == 5
    assert result.degraded_because() == "looked at 5 of 20 pictures"


def test_without_the_open_detector_classes_that_are_products_are_told_as_a_lesser_answer():
    found = [("cell phone", 0.7, LEFT), ("person", 0.9, (0, 0, 1, 1)), ("dog", 0.8, RIGHT)]

    result = by_classes([found] * 10)

    (product,) = result.products
    assert (product.item, product.category, product.seconds) == ("phone", "electronics", 2.0)
    assert result.degraded_because() == "no weights of owlv2"


def test_a_class_seen_through_a_flicker_is_one_stretch():
    phone = [("cell phone", 0.7, LEFT)]

    (product,) = by_classes([phone, [], phone, phone, [], [], phone]).products

    assert len(product.stretches) == 1


def test_all_classes_named_lead_to_products_and_are_cocos():
    from ultralytics.utils import ROOT, YAML

    table = label_table("products")
    items = {item for listed in table["products"].values() for item in listed}
    assert set(table["coco"]) <= set(YAML.load(ROOT / "cfg" / "datasets" / "coco.yaml")["names"].values())
    assert set(table["coco"].values()) <= items


def test_with_no_detector_it_is_unavailable_and_names_what_to_fetch():
    video, frames = view([plain((0, 0, 0), (16, 9))], 1)

    with pytest.raises(Unavailable, match="pull owlv2"):
        ProductDetection().analyze(Inputs(video, frames, lacks=["pull owlv2", "object_sightings is unavailable"]))


def test_a_brand_on_the_picture_is_named_beside_what_is_seen():
    text = OverlayText("new Nike drop", 1.0, 3.0, 0.1, 0.1, 0.5, 0.2, 0.9, "title", 20.0, "latin")

    result = by_words([[("sneakers", 0.6, LEFT)]] * 4, results={TextOverlay: SimpleNamespace(texts=(text,))})

    assert result.headline() == "1 product: sneakers; named: nike"
    assert [(each.label, each.text, each.start, each.end) for each in result.timeline()] == [
        ("sneakers", None, 0, 4),
        ("brand", "nike", 1, 3),
    ]


def test_texts_that_could_not_be_read_make_the_answer_a_lesser_one():
    result = by_words([[]], lacks=["text_overlay is failed: broken", "object_sightings is unavailable: no weights"])

    assert result.degraded_because() == "text_overlay is failed: broken"


def test_nothing_is_said_to_be_nothing():
    result = by_words([[]] * 3)

    assert (result.headline(), result.timeline()) == ("no product in sight", [])


@pytest.fixture(scope="module")
def models_dir(tmp_path_factory):
    """Randomly initialised networks."""
    folder = tmp_path_factory.mktemp("models")
    build_open_detector(folder / OPEN)
    build_detector(folder, name=CLASSES)
    return folder


def outcome_of(path, library, scratch):
    analysis = analyze_video(path, [ProductDetection], ModelShelf(Device(threads=1), library), scratch=scratch)
    return next(each for each in analysis.outcomes if each.analyzer == "product_detection")


@pytest.mark.integration
@pytest.mark.parametrize(
    "hard",
    ["an ordinary clip", "a variable frame rate", "one picture", "no sound", "16x16 pixels", "nothing but black"],
)
def test_a_clip_of_any_kind_is_looked_through_from_decode_to_outcome(models_dir, tmp_path, scratch, hard):
    outcome = outcome_of(HARD_CLIPS[hard](tmp_path / "clip.mp4"), ModelLibrary(models_dir, "cpu"), scratch)

    assert outcome.status == Status.OK
    assert outcome.model.id == "google/owlv2-base-patch16-ensemble"
    assert outcome.result.pictures >= 1


@pytest.mark.integration
def test_without_the_weights_of_the_open_detector_the_outcome_is_degraded(models_dir, tmp_path, scratch):
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / CLASSES).symlink_to(models_dir / CLASSES)
    clip = HARD_CLIPS["an ordinary clip"](tmp_path / "clip.mp4")

    outcome = outcome_of(clip, ModelLibrary(tmp_path / "models", "cpu"), scratch)

    assert outcome.status == Status.DEGRADED
    assert outcome.reason.endswith(f"models pull {OPEN}")


@pytest.mark.integration
def test_without_any_weights_it_is_unavailable(tmp_path, scratch):
    outcome = outcome_of(HARD_CLIPS["one picture"](tmp_path / "clip.mp4"), ModelLibrary(tmp_path, "cpu"), scratch)

    assert outcome.status == Status.UNAVAILABLE
    assert outcome.reason.endswith(f"models pull {OPEN}")


@pytest.mark.weights
@pytest.mark.timeout(900)
def test_the_real_weights_find_neither_food_nor_cosmetics_in_a_street(real_library, tmp_path, scratch):
    from ultralytics.utils import ASSETS

    picture = np.asarray(Image.open(ASSETS / "bus.jpg").convert("RGB").resize((540, 720)))
    path = write_clip(tmp_path / "clip.mp4", [picture] * 10, fps=10)

    result = outcome_of(path, real_library("open_detector"), scratch).result

    assert {product.category for product in result.products} & {"food", "drinks", "cosmetics"} == set()
