"""Does qwen2_vl_temporal tell what its model says, and honestly something less where it says nothing?

The checkpoints are randomly initialised; where a test needs a sensible answer, the network is steered to write one.
"""

import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from analyzers.contract import Outcome, Status
from analyzers.models import Device, ModelShelf
from analyzers.models.profiles import ModelLibrary
from analyzers.models.vision_language import VisionLanguageModel
from analyzers.picture.qwen2_vl_temporal import QwenTemporal, QwenTemporalResult
from analyzers.run import analyze_video
from mass_processing.demo.encode import write_clip
from tests.analyzers.clips import MEDIA
from tests.analyzers.hard_clips import HARD_CLIPS, steadily, usual_sound
from tests.analyzers.models.checkpoints_vlm import build_vlm, byte_tokenizer
from tests.analyzers.picture.scenes import look, world

KINDS = {"qwen2_vl": "qwen2-vl-2b-instruct", "qwen3_vl": "qwen3-vl-2b-instruct"}
PROFILE = """
[profiles.cpu]
vlm = {{ dtype = "float32", input_size = 112, max_frames = 8, max_new_tokens = {new}, max_tokens = 2000 }}
"""
ANSWER = {
    "caption": "A young woman turns around in a park.",
    "subjects": ["young woman", "trees"],
    "actions": [{"action": "she turns around", "start": 0.5, "end": 99}, {"action": "waves", "start": 50, "end": 60}],
    "setting": "a park",
}


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three seconds, two shots, with sound."""
    scenes = [world(seed, 40, span=3.0) for seed in (3, 8)]
    pictures = (look(scenes[int(time >= 1.6)], (128, 72), x=0.1 * time) for time in steadily(3, 10))
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    return write_clip(path, pictures, fps=10, sound=usual_sound(3))


@pytest.fixture(scope="module")
def models_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    for kind, name in KINDS.items():
        build_vlm(folder / name, kind)
    for new in (40, 300):
        (folder / f"{new}.toml").write_text(PROFILE.format(new=new))
    return folder


@pytest.fixture
def random_shelf(models_dir: Path) -> Callable[..., ModelShelf]:
    """`random_shelf(kind, new=40)`: a shelf with a randomly initialised network, which nobody else uses.

    It writes so many `new` tokens at most.
    """

    def shelf(kind: str = "qwen2_vl", new: int = 40) -> ModelShelf:
        library = ModelLibrary(models_dir, "cpu", {"vlm": KINDS[kind]}, models_dir / f"{new}.toml")
        return ModelShelf(Device(threads=1), library)

    return shelf


@pytest.fixture
def steered_shelf(random_shelf) -> Callable[..., ModelShelf]:
    """`steered_shelf(text, kind)`: the same, but the network is steered to write `text`."""

    def shelf(text: str, kind: str = "qwen2_vl") -> ModelShelf:
        shelf = random_shelf(kind, new=300)
        steps = iter([*byte_tokenizer().encode(text).ids, 258])

        def steer(module, inputs, logits):
            likeliest = torch.full_like(logits, 0.0)
            likeliest[..., next(steps)] = 8.0
            return likeliest

        shelf.get(VisionLanguageModel).network.lm_head.register_forward_hook(steer)
        return shelf

    return shelf


def outcome_of(clip: Path, shelf: ModelShelf, scratch: Path) -> Outcome:
    [outcome] = (
        each
        for each in analyze_video(clip, [QwenTemporal], shelf, scratch=scratch).outcomes
        if each.analyzer == "qwen2_vl_temporal"
    )
    return outcome


def told(outcome: Outcome) -> QwenTemporalResult:
    assert isinstance(outcome.result, QwenTemporalResult), outcome.reason
    return outcome.result


@pytest.mark.parametrize("kind", KINDS)
def test_what_the_model_says_is_told_neutrally_with_times_inside_the_video(steered_shelf, clip, scratch, kind):
    outcome = outcome_of(clip, steered_shelf(json.dumps(ANSWER), kind), scratch)

    result = told(outcome)
    assert (outcome.status, outcome.reason) == (Status.OK, "")
    assert result.caption == "A person turns around in a park."
    assert result.subjects == ("person", "trees")
    assert result.setting == "a park"
    assert [(each.what, each.start, each.end) for each in result.actions] == [
        ("the person turns around", 0.5, 3.0),
        ("waves", None, None),
    ]
    assert result.shots == ()


def test_the_timeline_has_the_actions_whose_times_are_known(steered_shelf, clip, scratch):
    [segment] = told(outcome_of(clip, steered_shelf(json.dumps(ANSWER)), scratch)).timeline()

    assert (segment.start, segment.end, segment.label, segment.text) == (0.5, 3.0, "action", "the person turns around")


def test_confidence_is_the_mean_probability_of_the_tokens(steered_shelf, clip, scratch):
    """Each token is steered to stand 8 above 263 others: e⁸ / (e⁸ + 263)."""
    result = told(outcome_of(clip, steered_shelf(json.dumps(ANSWER)), scratch))

    assert result.confidence == pytest.approx(np.exp(8) / (np.exp(8) + 263), abs=1e-4)


def test_the_outcome_names_the_weights_that_answered(steered_shelf, clip, scratch):
    outcome = outcome_of(clip, steered_shelf(json.dumps(ANSWER)), scratch)

    assert outcome.model.id == "Qwen/Qwen2-VL-2B-Instruct"
    assert outcome.backend == "torch-cpu"


def test_the_model_saw_both_shots(steered_shelf, clip, scratch):
    moments = told(outcome_of(clip, steered_shelf(json.dumps(ANSWER)), scratch)).moments

    assert any(time < 1.6 for time in moments)
    assert any(time > 1.6 for time in moments)


def test_prose_is_a_lesser_answer(steered_shelf, clip, scratch):
    outcome = outcome_of(clip, steered_shelf("The video shows a man in a park."), scratch)

    assert outcome.status is Status.DEGRADED
    assert outcome.reason == ("Qwen/Qwen2-VL-2B-Instruct answered in prose: subjects, actions and setting are missing")
    assert told(outcome).caption == "The video shows a person in a park."


def test_an_answer_that_was_cut_off_says_so(steered_shelf, clip, scratch):
    long = json.dumps({**ANSWER, "subjects": [f"tree number {number} of many" for number in range(40)]})

    outcome = outcome_of(clip, steered_shelf(long), scratch)

    assert outcome.status is Status.DEGRADED
    assert "cut off after 300 tokens" in outcome.reason
    assert told(outcome).caption == "A person turns around in a park."


@pytest.mark.parametrize("kind", KINDS)
def test_gibberish_of_a_randomly_initialised_network_becomes_the_measured_caption(random_shelf, clip, scratch, kind):
    outcome = outcome_of(clip, random_shelf(kind), scratch)

    assert outcome.status is Status.DEGRADED
    assert "gave no answer that could be read" in outcome.reason
    assert told(outcome).caption.startswith("A 3.0 s vertical clip of 2 shots; the camera ")
    assert told(outcome).confidence is None


def test_without_weights_the_measured_caption_says_how_to_get_them(clip, scratch, tmp_path):
    shelf = ModelShelf(Device(threads=1), ModelLibrary(tmp_path / "none"))

    outcome = outcome_of(clip, shelf, scratch)

    assert outcome.status is Status.DEGRADED
    assert outcome.reason == (
        "written from what other analyzers measured: the weights of qwen2-vl-2b-instruct are not here; "
        "run: bulk_processor.py models pull qwen2-vl-2b-instruct"
    )
    assert told(outcome).caption.startswith("A 3.0 s vertical clip of 2 shots; the camera ")


def test_the_measured_caption_has_a_sentence_for_each_shot(clip, scratch, tmp_path):
    result = told(outcome_of(clip, ModelShelf(Device(threads=1), ModelLibrary(tmp_path / "none")), scratch))

    first, second = result.timeline()
    assert (first.label, first.start, first.end) == ("shot", 0.0, pytest.approx(1.6))
    assert second.text.startswith("Shot 2 of 2, 1.4 s; ")


def test_a_question_that_does_not_fit_is_named(models_dir, clip, scratch, tmp_path):
    (tmp_path / "small.toml").write_text(PROFILE.format(new=40).replace("max_tokens = 2000", "max_tokens = 400"))
    library = ModelLibrary(models_dir, "cpu", more=tmp_path / "small.toml")

    outcome = outcome_of(clip, ModelShelf(Device(threads=1), library), scratch)

    assert outcome.status is Status.DEGRADED
    assert outcome.reason.endswith("the question does not fit into the model's 400 tokens (max_tokens)")


@pytest.mark.integration  # encodes or decodes whole clips
@pytest.mark.parametrize(
    "hard",
    ["one picture", "16x16 pixels", "a very wide picture", "a very high picture", "no sound", "nothing but black"],
)
def test_hard_clips_have_a_caption(random_shelf, tmp_path, scratch, hard):
    outcome = outcome_of(HARD_CLIPS[hard](tmp_path / "clip.mp4"), random_shelf(), scratch)

    assert outcome.status is Status.DEGRADED
    assert told(outcome).caption


def test_a_long_caption_is_shortened_in_the_headline():
    result = QwenTemporalResult("word " * 100, (), (), "", (), None, (), 0, "")

    assert len(result.headline()) <= 160
    assert result.headline().endswith("word…")


# --- real weights ---


@pytest.fixture(scope="module")
def red_dress() -> Path:
    path = MEDIA / "vertical_red_dress.mp4"
    if not path.is_file():
        pytest.skip(f"the real clip vertical_red_dress.mp4 is not in {MEDIA}")
    return path


@pytest.mark.weights
@pytest.mark.timeout(900)
def test_a_real_model_sees_a_red_dress_in_a_shop(real_shelf, red_dress, scratch):
    outcome = outcome_of(red_dress, real_shelf("vlm"), scratch)

    result = told(outcome)
    assert result.confidence is not None, outcome.reason
    everything = " ".join([result.caption, *result.subjects, *(each.what for each in result.actions), result.setting])
    assert "red" in everything.lower()
    assert "dress" in everything.lower()
    telling = {"woman", "girl", "she", "her", "young", "lady", "female", "women", "smiling", "asian", "beautiful"}
    assert not telling & set(re.findall(r"\w+", everything.lower()))
