"""Do Qwen-VL's pictures, tokens and answers equal those of transformers' own way, alone and in company?

The checkpoints are randomly initialised: what they answer is gibberish, but it is exactly repeatable gibberish.
"""

import json
from collections.abc import Callable

import numpy as np
import pytest
import torch

from analyzers.errors import Unavailable
from analyzers.models import Device, ModelShelf
from analyzers.models.chat_tokens import ChatTokens
from analyzers.models.profiles import ModelLibrary
from analyzers.models.vision_language import Moment, Question, VisionLanguageModel
from analyzers.models.vision_patches import grid_for, tokens_of
from tests.analyzers.models.checkpoints_vlm import MARKS, build_vlm, byte_tokenizer
from tests.analyzers.models.qwen_pictures import CLIP, HALF, pictures, processor_of

KINDS = {"qwen2_vl": "qwen2-vl-2b-instruct", "qwen2_5_vl": "qwen2.5-vl", "qwen3_vl": "qwen3-vl-2b-instruct"}
every_kind = pytest.mark.parametrize("kind", KINDS)
#: The kinds whose positions in time are whole steps.
both_kinds = pytest.mark.parametrize("kind", ["qwen2_vl", "qwen3_vl"])
PROFILE = """
[models."qwen2.5-vl"]
id = "Qwen/Qwen2.5-VL"
revision = "main"
licence = "other"
roles = ["vlm"]
source = "hub"

[profiles.cpu]
vlm = { dtype = "float32", input_size = 112, max_batch = 4, max_frames = 8, max_new_tokens = 12, max_tokens = 600 }
"""


@pytest.fixture(scope="module")
def shelf_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], ModelShelf]:
    folder = tmp_path_factory.mktemp("models")
    more = folder / "models.toml"
    more.write_text(PROFILE)

    def shelf(kind: str) -> ModelShelf:
        if not (folder / KINDS[kind]).exists():
            build_vlm(folder / KINDS[kind], kind)
        return ModelShelf(Device(threads=1), ModelLibrary(folder, "cpu", {"vlm": KINDS[kind]}, more))

    return shelf


@pytest.fixture(scope="module")
def random_model(shelf_of) -> Callable[[str], VisionLanguageModel]:
    """The randomly initialised network of a kind, loaded once."""
    loaded: dict[str, VisionLanguageModel] = {}

    def model(kind: str) -> VisionLanguageModel:
        if kind not in loaded:
            loaded[kind] = shelf_of(kind).get(VisionLanguageModel)
        return loaded[kind]

    return model


def question(moments: int, height: int, width: int, text: str = "What happens?", seed: int = 0) -> Question:
    seen = pictures(2 * moments, height, width, seed)
    pairs = [Moment(float(number), tuple(seen[2 * number : 2 * number + 2])) for number in range(moments)]
    return Question(text, tuple(pairs), longest=112)


MIXED = [
    question(2, 90, 60, "hello"),
    question(1, 40, 200, "and what is this, please?", seed=1),
    Question("no pictures here"),
    question(3, 1, 1, "x", seed=2),
]


def transformers_way(kind: str, model: VisionLanguageModel, asked: Question) -> tuple[dict, list[int]]:
    """Inputs by transformers' processor, and what its generate answers to them."""
    from transformers import PreTrainedTokenizerFast, Qwen2VLImageProcessor, Qwen2VLProcessor, Qwen3VLProcessor
    from transformers.video_utils import VideoMetadata

    tokenizer = PreTrainedTokenizerFast(tokenizer_object=byte_tokenizer(), pad_token=MARKS[0], eos_token=MARKS[2])
    seen = [picture for moment in asked.moments for picture in moment.pictures]
    video = torch.from_numpy(np.stack(seen)).permute(0, 3, 1, 2)
    kinds = {"qwen2_vl": Qwen2VLProcessor, "qwen3_vl": Qwen3VLProcessor}
    processor = kinds[kind](
        Qwen2VLImageProcessor(), tokenizer, processor_of(HALF if kind == "qwen3_vl" else CLIP), chat_template=None
    )
    video_mark = "<|video_pad|>" if kind == "qwen3_vl" else "<|vision_start|><|video_pad|><|vision_end|>"
    system = "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n" if kind == "qwen2_vl" else ""
    text = f"{system}<|im_start|>user\n{video_mark}{asked.text}<|im_end|>\n<|im_start|>assistant\n"
    metadata = VideoMetadata(total_num_frames=len(seen), fps=2.0, frames_indices=list(range(len(seen))))
    given = processor(
        text=[text],
        videos=[video],
        videos_kwargs={
            "do_resize": False,
            "do_sample_frames": False,
            "cap_pixels_per_frame": False,
            "video_metadata": [metadata],
        },
        return_tensors="pt",
    )
    written = model.network.generate(**given, do_sample=False, max_new_tokens=12, eos_token_id=258, pad_token_id=256)
    return given, written[0, given["input_ids"].shape[1] :].tolist()


def asked_at_two_a_second(kind: str) -> Question:
    """Six pictures of whole tokens, half a second apart."""
    side = 32 if kind == "qwen3_vl" else 28
    seen = pictures(6, 2 * side, 3 * side)
    moments = [Moment(number + 0.25, tuple(seen[2 * number : 2 * number + 2])) for number in range(3)]
    return Question("What happens?", tuple(moments), longest=112)


@both_kinds
def test_a_question_takes_the_tokens_that_transformers_gives_it(random_model, kind):
    model, asked = random_model(kind), asked_at_two_a_second(kind)

    given, _ = transformers_way(kind, model, asked)

    assert model.tokens(asked) == given["input_ids"].shape[1]


@both_kinds
def test_the_answer_is_the_one_that_transformers_own_way_gives(random_model, kind, tmp_path):
    model, asked = random_model(kind), asked_at_two_a_second(kind)
    byte_tokenizer().save(str(tmp_path / "tokenizer.json"))
    chat = ChatTokens(tmp_path)

    _, numbers = transformers_way(kind, model, asked)

    [reply] = model.ask([asked])
    expected = numbers[: numbers.index(258)] if 258 in numbers else numbers
    assert reply.text == chat.words(expected)


@every_kind
def test_questions_in_company_are_answered_as_alone(random_model, kind):
    model = random_model(kind)

    alone = [model.ask([asked])[0] for asked in MIXED]
    together = model.ask(MIXED)

    assert [reply.text for reply in together] == [reply.text for reply in alone]
    assert [reply.confidence for reply in together] == pytest.approx([reply.confidence for reply in alone], abs=1e-3)


@every_kind
def test_the_pictures_make_a_difference(random_model, kind):
    model = random_model(kind)

    one, other = model.ask([question(2, 90, 60, seed=0), question(2, 90, 60, seed=5)])

    assert (one.text, one.confidence) != (other.text, other.confidence)


@every_kind
def test_the_order_of_the_moments_makes_a_difference(random_model, kind):
    asked = question(3, 90, 60)
    backwards = Question(asked.text, asked.moments[::-1], asked.longest)

    one, other = random_model(kind).ask([asked, backwards])

    assert (one.text, one.confidence) != (other.text, other.confidence)


def test_a_slower_pace_makes_a_difference_where_positions_are_told_in_seconds(random_model):
    asked = question(3, 90, 60)
    slower = Question(asked.text, tuple(Moment(4 * each.time, each.pictures) for each in asked.moments), asked.longest)

    one, other = random_model("qwen2_5_vl").ask([asked, slower])

    assert (one.text, one.confidence) != (other.text, other.confidence)


@every_kind
def test_how_sure_it_is_is_a_probability(random_model, kind):
    assert all(0 < reply.confidence < 1 for reply in random_model(kind).ask(MIXED))


@pytest.fixture
def steered(shelf_of) -> Callable[..., tuple[VisionLanguageModel, list[int]]]:
    """A randomly initialised network whose end mark is likely from one step on and else impossible; and its steps."""

    def model(ends_at: int) -> tuple[VisionLanguageModel, list[int]]:
        loaded, steps = shelf_of("qwen2_vl").get(VisionLanguageModel), []

        def steer(module, inputs, logits):
            steps.append(len(logits))
            logits = logits.clone()
            logits[..., 256:] = -1e4
            if len(steps) >= ends_at:
                logits[..., 258] = 1e4
            return logits

        loaded.network.lm_head.register_forward_hook(steer)
        return loaded, steps

    return model


def test_an_answer_without_end_is_cut_off_at_the_most_new_tokens(steered):
    model, steps = steered(ends_at=1000)

    [reply] = model.ask([MIXED[0]])

    assert not reply.finished
    assert len(steps) == 12


def test_an_answer_ends_at_the_mark(steered):
    model, steps = steered(ends_at=4)

    [reply] = model.ask([MIXED[2]])

    assert reply.finished
    assert len(steps) == 4


def test_the_mark_does_not_count_for_how_sure_the_answer_is(steered):
    """The mark is certain here: with it, the mean over it and one token of a random network would be over a half."""
    model, _ = steered(ends_at=2)

    [reply] = model.ask([MIXED[2]])

    assert 0 < reply.confidence < 0.5


def test_an_empty_answer_is_not_sure_of_anything(steered):
    model, _ = steered(ends_at=1)

    [reply] = model.ask([MIXED[0]])

    assert (reply.text, reply.confidence, reply.finished) == ("", 0.0, True)


@pytest.mark.parametrize(("kind", "confidence"), [("qwen2_vl", 0.1335), ("qwen3_vl", 0.1507)])
def test_the_seeded_network_answers_as_it_did(random_model, kind, confidence):
    """Golden values of the randomly initialised checkpoints: pictures, positions and tokens all in one number."""
    [reply] = random_model(kind).ask([MIXED[0]])

    assert reply.confidence == pytest.approx(confidence, rel=1e-3)


# --- budget and loading ---


def test_the_tokens_of_a_question_are_those_of_its_pictures_and_words(random_model):
    model = random_model("qwen2_vl")
    asked = question(2, 112, 56, "abc")
    words = model.tokens(Question("abc"))

    pictures_alone = tokens_of(grid_for(4, (112, 56), CLIP), 2)

    assert pictures_alone == 2 * 8
    assert model.tokens(asked) == words + pictures_alone + len(("<|vision_start|>", "<|vision_end|>"))


def test_a_question_fits_when_it_leaves_room_for_an_answer(random_model):
    model = random_model("qwen2_vl")
    empty = model.tokens(Question(""))

    assert model.fits(Question("a" * (600 - 12 - empty)))
    assert not model.fits(Question("a" * (600 - 12 - empty + 1)))


def test_the_same_class_loads_all_kinds_by_their_config(random_model):
    networks = [type(random_model(kind).network).__name__ for kind in KINDS]

    assert networks == [
        "Qwen2VLForConditionalGeneration",
        "Qwen2_5_VLForConditionalGeneration",
        "Qwen3VLForConditionalGeneration",
    ]


def test_the_weights_are_named_with_their_licence(random_model):
    info = random_model("qwen2_vl").info

    assert (info.id, info.licence) == ("Qwen/Qwen2-VL-2B-Instruct", "Apache-2.0")


def test_without_weights_it_says_how_to_fetch_them(tmp_path):
    with pytest.raises(Unavailable, match=r"bulk_processor.py models pull qwen2-vl-2b-instruct"):
        ModelShelf(Device(), ModelLibrary(tmp_path)).get(VisionLanguageModel)


def test_a_model_of_another_kind_is_named(tmp_path):
    folder = tmp_path / "qwen2-vl-2b-instruct"
    folder.mkdir()
    (folder / "manifest.json").write_text("{}")
    (folder / "config.json").write_text(json.dumps({"model_type": "llava"}))

    with pytest.raises(Unavailable, match="is a llava, which this version can't run"):
        ModelShelf(Device(), ModelLibrary(tmp_path)).get(VisionLanguageModel)


def test_the_older_flat_layout_of_the_published_config_is_understood(random_model, tmp_path):
    """As Qwen2-VL was published: the text's settings beside the vision's, `rope_scaling` of type "mrope"."""
    folder = build_vlm(tmp_path / "qwen2-vl-2b-instruct")
    config = json.loads((folder / "config.json").read_text())
    text = config.pop("text_config")
    rope = text.pop("rope_parameters")
    flat = {**text, **config, "rope_theta": rope["rope_theta"], "model_type": "qwen2_vl"}
    flat["rope_scaling"] = {"type": "mrope", "mrope_section": rope["mrope_section"]}
    flat["vision_config"].pop("model_type")
    (folder / "config.json").write_text(json.dumps(flat))
    (tmp_path / "models.toml").write_text(PROFILE)
    library = ModelLibrary(tmp_path, "cpu", more=tmp_path / "models.toml")

    old = ModelShelf(Device(threads=1), library).get(VisionLanguageModel)

    assert old.ask([MIXED[0]]) == random_model("qwen2_vl").ask([MIXED[0]])


def test_weights_with_a_hole_are_refused(tmp_path):
    from safetensors.torch import load_file, save_file

    weights = build_vlm(tmp_path / "qwen2-vl-2b-instruct") / "model.safetensors"
    kept = {name: tensor for name, tensor in load_file(weights).items() if "visual.merger" not in name}
    save_file(kept, weights, metadata={"format": "pt"})

    with pytest.raises(Unavailable, match=r"lack .*visual.merger.* and \d+ more"):
        ModelShelf(Device(), ModelLibrary(tmp_path)).get(VisionLanguageModel)


def test_a_broken_tokenizer_is_named(tmp_path):
    folder = build_vlm(tmp_path / "qwen2-vl-2b-instruct")
    (folder / "tokenizer.json").write_text("{}")

    with pytest.raises(Unavailable, match=r"the tokenizer in .* can't be used"):
        ModelShelf(Device(), ModelLibrary(tmp_path)).get(VisionLanguageModel)
