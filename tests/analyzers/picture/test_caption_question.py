"""Does every question fit into its tokens, whatever the video is like, and show as much as fits?

The checkpoints are randomly initialised; their tokenizer makes a token of every byte, which is the hardest case.
"""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest

from analyzers.media import FrameBatch
from analyzers.models import Device, ModelShelf
from analyzers.models.profiles import ModelLibrary
from analyzers.models.vision_language import Question, VisionLanguageModel
from analyzers.picture.caption_question import question_about
from analyzers.picture.cut_analysis import Shot
from tests.analyzers.models.checkpoints_vlm import build_vlm

#: What a question costs without its pictures, about, in bytes.
WORDS = 900
KINDS = {"qwen2_vl": "qwen2-vl-2b-instruct", "qwen3_vl": "qwen3-vl-2b-instruct"}
every_kind = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture(scope="module")
def model_with(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., VisionLanguageModel]:
    """`model_with(max_tokens, kind=…)`: a randomly initialised model with so many tokens, pictures of 504 pixels."""
    folder = tmp_path_factory.mktemp("models")

    def model(max_tokens: int, kind: str = "qwen2_vl", max_frames: int = 32) -> VisionLanguageModel:
        if not (folder / KINDS[kind]).exists():
            build_vlm(folder / KINDS[kind], kind)
        more = folder / f"{max_tokens}-{max_frames}.toml"
        more.write_text(
            '[profiles.cpu]\nvlm = { dtype = "float32", input_size = 504, max_new_tokens = 8, max_batch = 1, '
            f"max_frames = {max_frames}, max_tokens = {max_tokens} }}\n"
        )
        library = ModelLibrary(folder, "cpu", {"vlm": KINDS[kind]}, more)
        return ModelShelf(Device(threads=1), library).get(VisionLanguageModel)

    return model


def view(seconds: float, height: int, width: int, fps: float = 2.0) -> FrameBatch:
    """Pictures that take no memory."""
    times = np.arange(0, seconds, 1 / fps)
    return FrameBatch(np.broadcast_to(np.uint8(90), (len(times), height, width, 3)), times, seconds)


def asked(frames: FrameBatch, model: VisionLanguageModel, shots: int = 1) -> Question:
    edges = np.linspace(0, frames.end, shots + 1)
    question = question_about(frames, [Shot(*pair) for pair in pairwise(edges)], model)
    assert question is not None
    return question


HARD = {
    "an ordinary clip": (view(30, 1024, 576), 8),
    "one picture": (view(0.04, 1024, 576), 1),
    "one pixel": (view(4, 1, 1), 1),
    "16x16 pixels": (view(2, 16, 16), 1),
    "a hair": (view(4, 1280, 4), 1),
    "a very wide picture": (view(2, 64, 1280), 1),
    "a square": (view(20, 576, 576), 3),
    "ten minutes": (view(600, 1024, 576), 1),
    "ten minutes of three hundred shots": (view(600, 576, 1024), 300),
}


@pytest.mark.parametrize("hard", HARD)
@pytest.mark.parametrize("max_tokens", [WORDS + 200, 1536, 4096], ids="{} tokens".format)
@every_kind
def test_every_question_fits(model_with, kind, hard, max_tokens):
    model, (frames, shots) = model_with(max_tokens, kind), HARD[hard]

    question = asked(frames, model, shots)

    assert model.tokens(question) + model.max_new_tokens <= max_tokens
    assert 1 <= len(question.moments) <= 16


@pytest.mark.parametrize("hard", HARD)
@every_kind
def test_every_question_is_answered(model_with, kind, hard):
    model, (frames, shots) = model_with(WORDS + 250, kind), HARD[hard]

    [reply] = model.ask([asked(frames, model, shots)])

    assert 0 <= reply.confidence <= 1


def test_with_room_enough_all_moments_are_shown_in_the_usual_size(model_with):
    question = asked(view(30, 1024, 576), model_with(8192))

    assert (len(question.moments), question.longest) == (16, 504)


def test_pictures_shrink_before_they_become_fewer(model_with):
    """16 moments take 16 · 18 · 10 tokens at 504 pixels, 16 · 13 · 7 at 378."""
    question = asked(view(30, 1024, 576), model_with(WORDS + 16 * 13 * 7 + 100))

    assert (len(question.moments), question.longest) == (16, 378)


def test_moments_become_fewer_once_pictures_are_half_as_large(model_with):
    """A moment takes 9 · 5 tokens at 252 pixels."""
    question = asked(view(30, 1024, 576), model_with(WORDS + 6 * 9 * 5 + 30))

    assert question.longest == 252
    assert 3 <= len(question.moments) < 16


def test_no_more_pictures_are_shown_than_the_profile_allows(model_with):
    question = asked(view(30, 1024, 576), model_with(8192, max_frames=6))

    assert sum(len(moment.pictures) for moment in question.moments) == 6


def test_where_not_one_picture_fits_there_is_no_question(model_with):
    assert question_about(view(30, 1024, 576), [Shot(0, 30)], model_with(300)) is None


def test_the_question_tells_the_times_and_what_must_not_be_told(model_with):
    question = asked(view(4, 64, 36), model_with(8192))

    assert "of 4.0 seconds" in question.text
    assert "the moments at 0.2, 1.2, 2.2, 3.2 seconds" in question.text
    for word in ("identity", "age", "gender", "ethnicity", "health", "emotions", "JSON"):
        assert word in question.text
