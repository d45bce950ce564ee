"""Are actions told where they are clear, from whichever network is here?

What the embedder sees is given as vectors of known likeness; the action recogniser is a tiny randomly initialised one,
so its movements mean nothing, but come from the right pictures; tests marked `weights` ask the real ones.
"""

from itertools import pairwise

import numpy as np
import pytest

from analyzers.contract import Inputs, Status
from analyzers.errors import Skipped, Unavailable
from analyzers.models import Device, ModelShelf
from analyzers.models.action_recogniser import ActionRecogniser
from analyzers.models.embedder import PictureWordEmbedder
from analyzers.models.picture_embeddings import PictureEmbeddings, PictureVectors
from analyzers.models.profiles import ModelLibrary
from analyzers.picture.action_recognition import ActionRecognition, _window
from analyzers.picture.action_windows import Guess, hand_guesses, windows_for_hands
from analyzers.picture.cut_analysis import CutAnalysis, CutResult, Shot
from analyzers.run import analyze_video
from tests.analyzers.clips import MEDIA
from tests.analyzers.hard_clips import HARD_CLIPS
from tests.analyzers.models.checkpoints_action import LABELS, build_action
from tests.analyzers.models.checkpoints_embedder import build_embedder
from tests.analyzers.picture.stills import texture, view
from tests.analyzers.picture.words import Directions

DANCING, COOKING, SCENERY = "a person dancing", "food cooking in a pan", "a landscape without people"
EMBEDDER, ACTION = "siglip2-base-patch16-256", "vjepa2-vitl-fpc16-256-ssv2"
FPS = 5


def inputs_for(seconds, pictures=None, models=None, ends=None, lacks=()):
    """For a video of `seconds`; `pictures` (one per second) by their cosines with captions."""
    video, frames = view([texture(step % 7, (80, 80)) for step in range(round(seconds * FPS))], FPS)
    edges = [0.0, *(ends or [seconds])]
    shots = tuple(Shot(start, end) for start, end in pairwise(edges))
    results = {CutAnalysis: CutResult((), shots, 0.0, seconds / len(shots))}
    models = dict(models or {})
    if pictures is not None:
        embedder = Directions()
        vectors = np.stack([embedder.captioned(picture) for picture in pictures])
        results[PictureEmbeddings] = PictureVectors(np.arange(len(pictures)) + 0.5, vectors)
        models[PictureWordEmbedder] = embedder
    return Inputs(video, frames, results=results, models=models, lacks=lacks)


def recognised(*args, **more):
    return ActionRecognition().analyze(inputs_for(*args, **more))


def spans(result):
    return [(each.start, each.end, each.label) for each in result.windows]


@pytest.fixture(scope="module")
def models_dir(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    build_embedder(folder / EMBEDDER)
    build_action(folder / ACTION)
    return folder


@pytest.fixture(scope="module")
def recogniser(models_dir):
    return ModelShelf(Device(threads=1), ModelLibrary(models_dir, "cpu")).get(ActionRecogniser)


def test_an_everyday_action_is_told_with_its_score():
    result = recognised(4, [{DANCING: 0.15}] * 4)

    assert result.label == "dancing"
    assert result.score > 0.9
    assert spans(result) == [(0, 4, "dancing")]
    assert result.windows[0].kind == "everyday"
    assert result.headline() == "dancing"


def test_neighbouring_parts_of_one_action_are_one_window():
    result = recognised(16, [{DANCING: 0.15}] * 8 + [{COOKING: 0.15}] * 8)

    assert spans(result) == [(0, 8, "dancing"), (8, 16, "cooking")]


def test_shots_of_a_second_have_everyday_actions_too():
    pictures = [{DANCING: 0.15}, {COOKING: 0.15}, {DANCING: 0.15}]

    assert [label for _, _, label in spans(recognised(3, pictures, ends=[1.0, 2.0, 3.0]))] == [
        "dancing",
        "cooking",
        "dancing",
    ]


def test_a_landscape_is_no_action():
    result = recognised(4, [{SCENERY: 0.15, DANCING: 0.1}] * 4)

    assert (result.label, result.score, result.windows[0].topk) == ("unclear", 0, ())
    assert result.timeline() == []
    assert result.headline() == "no clear action"


def test_what_fits_badly_is_no_action():
    assert recognised(4, [{DANCING: 0.06}] * 4).label == "unclear"


def test_two_actions_alike_are_unclear_but_named_as_guesses():
    result = recognised(4, [{DANCING: 0.15, COOKING: 0.15}] * 4)

    assert result.label == "unclear"
    assert {guess.label for guess in result.windows[0].topk[:2]} == {"dancing", "cooking"}


EVERYDAY = (Guess("dancing", 0.7, "everyday"), Guess("cooking", 0.2, "everyday"))
FAINT = (Guess("dancing", 0.4, "everyday"), Guess("cooking", 0.38, "everyday"))
HANDS = (Guess("Holding [something]", 0.8, "hands"), Guess("Opening [something]", 0.1, "hands"))


@pytest.mark.parametrize(
    ("everyday", "hands", "told"),
    [
        (EVERYDAY, HANDS, "dancing"),
        (FAINT, HANDS, "Holding [something]"),
        ((), HANDS, "Holding [something]"),
        (FAINT, (), "unclear"),
        ((), (), "unclear"),
    ],
    ids=["both clear", "the movement clear", "only movements", "neither clear", "nothing"],
)
def test_a_clear_everyday_action_goes_before_a_clear_movement(everyday, hands, told):
    assert _window((0.0, 4.0), everyday, hands).label == told


def test_movements_are_looked_for_in_parts_longer_than_a_second():
    frames = inputs_for(10).frames

    assert windows_for_hands([(0.0, 1.0), (1.0, 2.5), (2.5, 6.0)], frames, 60) == ([1, 2], 2)


def test_movements_are_looked_for_in_no_more_windows_than_allowed_spread_over_the_video():
    frames = inputs_for(40).frames
    parts = [(4.0 * number, 4.0 * number + 4) for number in range(10)]

    chosen, worth = windows_for_hands(parts, frames, 3)

    assert (len(chosen), worth) == (3, 10)
    assert chosen[0] < 3 < chosen[1] < 7 < chosen[2]


@pytest.mark.integration
def test_a_movement_comes_from_the_pictures_of_its_window(recogniser):
    frames = inputs_for(8).frames

    one, other = hand_guesses([(0.0, 4.0), (4.0, 8.0)], frames, recogniser)

    (alone,) = recogniser.ask([frames.pixels[20:][np.linspace(0, 19, 16).round().astype(int)]])
    assert other[0].label == LABELS[int(alone.argmax())]
    assert other[0].score == pytest.approx(alone.max(), abs=2e-3)
    assert [guess.kind for guess in one] == ["hands"] * 3


@pytest.mark.integration
def test_windows_left_out_make_the_answer_a_lesser_one(recogniser):
    result = recognised(40, [{DANCING: 0.15}] * 40, {ActionRecogniser: recogniser})

    assert result.degraded_because() == "looked for movements of hands in 3 of 10 windows"


@pytest.mark.integration
def test_with_movements_alone_short_shots_are_skipped(recogniser):
    with pytest.raises(Skipped, match="no shot lasts longer than a second"):
        recognised(1.6, models={ActionRecogniser: recogniser}, ends=[0.8, 1.6])


def test_with_neither_network_it_names_the_one_to_fetch():
    with pytest.raises(Unavailable, match="models pull siglip2"):
        recognised(4, lacks=["run: models pull siglip2", "run: models pull vjepa2"])


def outcome_of(path, library, scratch):
    analysis = analyze_video(path, [ActionRecognition], ModelShelf(Device(threads=1), library), scratch=scratch)
    return next(each for each in analysis.outcomes if each.analyzer == "action_recognition")


@pytest.mark.integration
@pytest.mark.parametrize(
    "hard",
    ["an ordinary clip", "a variable frame rate", "one picture", "no sound", "16x16 pixels", "nothing but black"],
)
def test_a_clip_of_any_kind_is_looked_through_from_decode_to_outcome(models_dir, tmp_path, scratch, hard):
    outcome = outcome_of(HARD_CLIPS[hard](tmp_path / "clip.mp4"), ModelLibrary(models_dir, "cpu"), scratch)

    assert outcome.status in (Status.OK, Status.DEGRADED)
    assert outcome.result.windows[0].start == 0
    assert outcome.model.id == "google/siglip2-base-patch16-256"


@pytest.mark.integration
@pytest.mark.parametrize(
    ("present", "missing"), [(EMBEDDER, ACTION), (ACTION, EMBEDDER)], ids=["pictures alone", "movements alone"]
)
def test_with_one_network_the_answer_is_lesser_and_says_what_to_fetch(models_dir, tmp_path, scratch, present, missing):
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / present).symlink_to(models_dir / present)
    clip = HARD_CLIPS["an ordinary clip"](tmp_path / "clip.mp4")

    outcome = outcome_of(clip, ModelLibrary(tmp_path / "models", "cpu"), scratch)

    assert outcome.status == Status.DEGRADED
    assert outcome.reason == f"the weights of {missing} are not here; run: bulk_processor.py models pull {missing}"


@pytest.mark.integration
def test_with_no_network_it_is_unavailable(tmp_path, scratch):
    outcome = outcome_of(HARD_CLIPS["one picture"](tmp_path / "clip.mp4"), ModelLibrary(tmp_path, "cpu"), scratch)

    assert outcome.status == Status.UNAVAILABLE
    assert outcome.reason.endswith(f"models pull {EMBEDDER}")


@pytest.mark.weights
@pytest.mark.timeout(900)
def test_the_real_weights_see_that_a_dress_is_shown(real_library, scratch):
    if not (MEDIA / "vertical_red_dress.mp4").is_file():
        pytest.skip(f"the real clip vertical_red_dress.mp4 is not in {MEDIA}")

    result = outcome_of(MEDIA / "vertical_red_dress.mp4", real_library("embedder"), scratch).result

    guesses = {guess.label for each in result.windows for guess in each.topk}
    assert guesses & {"showing an outfit", "trying on clothes", "showing a product", "shopping"}
