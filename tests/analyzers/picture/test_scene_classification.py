"""Are places told where pictures fit their names, and not where they don't?

Pictures are given as vectors whose likeness to each name is known; that the network gives such vectors is tested with
its real weights, and that all parts work together with tiny randomly initialised ones.
"""

from itertools import pairwise

import numpy as np
import pytest
from PIL import Image

from analyzers.contract import Inputs, Status
from analyzers.models import Device, ModelShelf
from analyzers.models.embedder import PictureWordEmbedder
from analyzers.models.picture_embeddings import PictureEmbeddings, PictureVectors
from analyzers.models.profiles import ModelLibrary
from analyzers.picture.cut_analysis import CutAnalysis, CutResult, Shot
from analyzers.picture.scene_classification import SceneClassification
from analyzers.run import analyze_video
from mass_processing.demo.encode import write_clip
from tests.analyzers.hard_clips import HARD_CLIPS
from tests.analyzers.models.checkpoints_embedder import build_embedder
from tests.analyzers.picture.stills import plain, texture, view
from tests.analyzers.picture.words import Directions

KITCHEN, STREET, BEDROOM = "a kitchen at home", "a city street", "a bedroom"


@pytest.fixture
def embedder():
    return Directions()


@pytest.fixture
def classified(embedder):
    """The result for one picture per second, each given by its cosines with captions, and shots by their ends."""

    def classify(pictures, ends=None):
        seconds = float(len(pictures))
        video, _ = view([plain((0, 0, 0), (8, 8))] * len(pictures), 1)
        edges = [0.0, *(ends or [seconds])]
        shots = tuple(Shot(*pair) for pair in pairwise(edges))
        vectors = np.stack([embedder.captioned(picture) for picture in pictures])
        results = {
            PictureEmbeddings: PictureVectors(np.arange(len(pictures)) + 0.5, vectors),
            CutAnalysis: CutResult((), shots, 0.0, seconds / len(shots)),
        }
        return SceneClassification().analyze(Inputs(video, results=results, models={PictureWordEmbedder: embedder}))

    return classify


def test_a_picture_that_fits_one_place_is_there(classified):
    result = classified([{KITCHEN: 0.15}] * 4)

    assert (result.place, result.indoor, result.time_of_day) == ("kitchen", True, "unclear")
    assert result.score > 0.9
    assert result.headline() == "kitchen, indoors"


def test_outdoors_the_time_of_day_is_told(classified):
    result = classified([{STREET: 0.15, "a place outdoors at night": 0.16, "a place outdoors in daylight": 0.1}] * 4)

    assert (result.place, result.indoor, result.time_of_day) == ("street", False, "night")
    assert result.headline() == "street, outdoors, night"


def test_indoors_the_time_of_day_is_not_told(classified):
    result = classified([{KITCHEN: 0.15, "a place outdoors at night": 0.16}] * 4)

    assert result.time_of_day == "unclear"


def test_pictures_that_fit_nothing_are_unclear(classified):
    result = classified([{}] * 4)

    assert (result.place, result.indoor, result.tags) == ("unclear", None, ())
    assert result.timeline() == []
    assert result.headline() == "the place is unclear"


def test_what_is_likelier_than_the_rest_but_fits_badly_is_unclear(classified):
    result = classified([{KITCHEN: 0.06}] * 4)

    assert result.place == "unclear"


def test_two_places_alike_are_unclear_but_both_are_indoors(classified):
    result = classified([{KITCHEN: 0.15, BEDROOM: 0.15}] * 4)

    assert (result.place, result.indoor) == ("unclear", True)
    assert [segment.data["indoor"] for segment in result.timeline()] == [True]


def test_tags_are_told_that_fit_best_first(classified):
    result = classified([{KITCHEN: 0.15, "a cat": 0.13, "a plate of food": 0.16, "a dog": 0.04}] * 4)

    assert result.tags == ("food", "cat")


def test_a_cut_to_another_place_is_a_new_stretch(classified):
    result = classified([{KITCHEN: 0.15}] * 3 + [{STREET: 0.15}] * 6, ends=[3.0, 9.0])

    assert [(each.start, each.end, each.place) for each in result.stretches] == [(0, 3, "kitchen"), (3, 9, "street")]
    assert result.place == "street"


def test_a_walk_to_another_place_without_a_cut_is_seen(classified):
    result = classified([{KITCHEN: 0.15}] * 20 + [{STREET: 0.15}] * 10)

    assert [(each.start, each.end, each.place) for each in result.stretches] == [(0, 20, "kitchen"), (20, 30, "street")]


def test_a_cut_within_a_place_is_no_new_stretch(classified):
    result = classified([{KITCHEN: 0.15}] * 6, ends=[2.0, 6.0])

    assert [(each.start, each.end) for each in result.stretches] == [(0, 6)]


def test_a_video_of_many_places_has_none_of_its_own(classified):
    places = [KITCHEN, STREET, BEDROOM, "a gym with training machines"]

    result = classified([{place: 0.15} for place in places], ends=[1.0, 2.0, 3.0, 4.0])

    assert result.place == "unclear"
    assert result.indoor is True
    assert result.headline() == "kitchen, street, bedroom, indoors"


def test_a_short_glimpse_does_not_stand_for_the_whole_video(classified):
    result = classified([{KITCHEN: 0.15}] * 2 + [{}] * 8, ends=[2.0, 10.0])

    assert result.place == "unclear"
    assert [segment.label for segment in result.timeline()] == ["kitchen"]


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    """A randomly initialised embedder."""
    folder = tmp_path_factory.mktemp("models")
    build_embedder(folder / "siglip2-base-patch16-256")
    return ModelShelf(Device(threads=1), ModelLibrary(folder, "cpu"))


def outcome_of(path, shelf, scratch):
    analysis = analyze_video(path, [SceneClassification], shelf, scratch=scratch)
    return next(each for each in analysis.outcomes if each.analyzer == "scene_classification")


@pytest.mark.integration
@pytest.mark.parametrize(
    "hard",
    ["an ordinary clip", "a variable frame rate", "one picture", "no sound", "16x16 pixels", "nothing but black"],
)
def test_a_clip_of_any_kind_is_classified_from_decode_to_outcome(shelf, tmp_path, scratch, hard):
    outcome = outcome_of(HARD_CLIPS[hard](tmp_path / "clip.mp4"), shelf, scratch)

    assert outcome.status == Status.OK
    assert outcome.model.id == "google/siglip2-base-patch16-256"
    assert outcome.backend == "torch-cpu"
    assert outcome.result.stretches[0].start == 0


@pytest.mark.integration
def test_each_shot_of_a_clip_has_a_vector(shelf, tmp_path, scratch):
    pictures = [texture(seed, (160, 90)) for seed in range(3) for _ in range(15)]
    path = write_clip(tmp_path / "clip.mp4", pictures, fps=15)
    seen = {}

    class Peek(SceneClassification):
        name = "peek"

        def analyze(self, inputs):
            seen["vectors"] = inputs.result(PictureEmbeddings)
            return super().analyze(inputs)

    analyze_video(path, [Peek], shelf, scratch=scratch)

    assert [int(time) for time in seen["vectors"].times] == [0, 1, 2]
    assert seen["vectors"].vectors.dtype == np.float32


@pytest.mark.integration
def test_without_weights_it_says_how_to_get_them(tmp_path, scratch):
    path = HARD_CLIPS["one picture"](tmp_path / "clip.mp4")

    outcome = outcome_of(path, ModelShelf(Device(), ModelLibrary(tmp_path, "cpu")), scratch)

    assert outcome.status == Status.UNAVAILABLE
    assert "models pull siglip2-base-patch16-256" in outcome.reason


@pytest.mark.weights
@pytest.mark.timeout(600)
def test_the_real_weights_see_a_street_by_day_with_a_bus(real_shelf, tmp_path, scratch):
    from ultralytics.utils import ASSETS

    picture = np.asarray(Image.open(ASSETS / "bus.jpg").convert("RGB").resize((540, 720)))
    path = write_clip(tmp_path / "clip.mp4", [picture] * 20, fps=10)

    result = outcome_of(path, real_shelf("embedder"), scratch).result

    assert result.indoor is False
    assert "street" in result.place or result.place in ("unclear", "city square")
    assert result.time_of_day in ("day", "unclear")
