"""Which network looks at pictures of a video in order and answers in words, and how is it asked?

Qwen2-VL (Wang et al., 2024) through transformers; Qwen2.5-VL or Qwen3-VL where MODEL_CHOICE names one: config.json says
which it is. Pictures come in moments: `temporal` neighbouring ones that the network joins into one step of time.
Answers are greedy, of bounded length, for several videos at once: rows are filled up at their left, and pictures of any
sizes go along in one list of patches. Licences are in profiles.toml (Apache-2.0 for those named there).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from analyzers.errors import Unavailable
from analyzers.models.chat_tokens import ChatTokens
from analyzers.models.torch_model import TorchModel
from analyzers.models.vision_patches import Grid, Patching, grid_for, patches_of, size_for, tokens_of

if TYPE_CHECKING:
    from analyzers.models import ModelSource

#: What the rotary positions call a token: of text, of a video.
_TEXT, _VIDEO = 0, 2
#: Mean and deviation of the colours that CLIP was trained on.
_CLIP = ((0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711))
_HALF = ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))


@dataclass(frozen=True, slots=True)
class Moment:
    """What is seen at one time: one picture, or neighbours of one shot."""

    #: Seconds: the mean of its pictures' times.
    time: float
    #: (h, w, 3) uint8 RGB each, of one size.
    pictures: tuple[NDArray[np.uint8], ...]


@dataclass(frozen=True, slots=True)
class Question:
    """Moments of one video, in order, and what is asked about them."""

    text: str
    #: Empty for a question about nothing but its words.
    moments: tuple[Moment, ...] = ()
    #: Pixels of the longer side of a picture, at most.
    longest: int = 0


@dataclass(frozen=True, slots=True)
class Reply:
    """What the network wrote."""

    text: str
    #: Mean probability of its tokens, 0–1; 0 for an empty reply.
    confidence: float
    #: Whether it came to its end by itself; False when it was cut off.
    finished: bool


@dataclass(frozen=True, slots=True)
class _Family:
    """What publications of one model_type have in common."""

    #: The class in transformers.
    network: str
    colours: tuple[tuple[float, float, float], tuple[float, float, float]]
    #: What the system says where nobody says otherwise.
    system: str
    #: Whether each moment is a block of its own after its time in words; else all are one block.
    timed: bool
    #: Whether positions in time are told in seconds.
    paced: bool = False


_FAMILIES = {
    "qwen2_vl": _Family("Qwen2VLForConditionalGeneration", _CLIP, "You are a helpful assistant.", timed=False),
    "qwen2_5_vl": _Family(
        "Qwen2_5_VLForConditionalGeneration", _CLIP, "You are a helpful assistant.", timed=False, paced=True
    ),
    "qwen3_vl": _Family("Qwen3VLForConditionalGeneration", _HALF, "", timed=True),
}


@dataclass(frozen=True, slots=True)
class _Row:
    """One question as the network gets it."""

    tokens: list[int]
    #: Height and width of its pictures, and their grid; None without pictures.
    size: tuple[int, int] | None
    grid: Grid | None


class VisionLanguageModel(TorchModel[Question, Reply]):
    """Qwen-VL; questions of all lengths, with pictures of all sizes or none, go together."""

    role: ClassVar[str] = "vlm"
    lane: ClassVar[str] = "language"
    max_batch: ClassVar[int] = 4

    def __init__(self, network: Any, source: "ModelSource", tokens: ChatTokens) -> None:
        super().__init__(network, source)
        options, vision = self.spec.options, network.config.vision_config
        self._family = _FAMILIES[network.config.model_type]
        self._tokens = tokens
        self.patching = Patching(
            vision.patch_size, vision.spatial_merge_size, vision.temporal_patch_size, *self._family.colours
        )
        #: Pictures of one video at most, and pixels of their longer side.
        self.max_frames: int = options.get("max_frames", 16)
        self.input_size = self.spec.input_size
        #: Tokens of an answer at most; and of a question with its pictures and the answer together.
        self.max_new_tokens: int = options.get("max_new_tokens", 256)
        self.max_tokens: int = options.get("max_tokens", 4096)

    @classmethod
    def load(cls, source: "ModelSource") -> Self:
        import transformers

        folder = source.folder(cls)
        kind = json.loads((folder / "config.json").read_text()).get("model_type")
        if kind not in _FAMILIES:
            raise Unavailable(
                f"{source.spec(cls).name} is a {kind}, which this version can't run; "
                f"choose one of {', '.join(_FAMILIES)} with MODEL_CHOICE=vlm=…"
            )
        network, loading = getattr(transformers, _FAMILIES[kind].network).from_pretrained(
            folder, local_files_only=True, use_safetensors=True, dtype="auto", output_loading_info=True
        )
        if missing := sorted(loading["missing_keys"]):
            raise Unavailable(f"the weights in {folder} lack {missing[0]} and {len(missing) - 1} more")
        # The publishers' file asks for samples; what is asked for here is the likeliest answer.
        network.generation_config = _generation()
        return cls(network, source, _tokens_in(folder))

    def tokens(self, question: Question) -> int:
        """How many tokens `question` takes, its pictures included; nothing is computed for that."""
        return len(self._row(question).tokens)

    def fits(self, question: Question) -> bool:
        """Whether `question` leaves room for an answer."""
        return self.tokens(question) + self.max_new_tokens <= self.max_tokens

    def forward(self, network: Any, items: Sequence[Question]) -> list[Reply]:
        device = next(network.parameters()).device
        rows = [self._row(item) for item in items]
        given = _inputs(rows, self._tokens, device)
        given |= self._pictures(rows, items, device)
        watch = _Watch()
        written = network.generate(**given, generation_config=self._greedy(), logits_processor=[watch])
        answers = written[:, given["input_ids"].shape[1] :].tolist()
        return [self._reply(*each) for each in zip(answers, watch.probabilities(), strict=True)]

    def _row(self, question: Question) -> _Row:
        if not question.moments:
            return _Row(self._tokens.prompt(self._family.system, question.text, ()), None, None)
        height, width = question.moments[0].pictures[0].shape[:2]
        size = size_for(height, width, question.longest, self.patching.token_side)
        grid = grid_for(len(question.moments) * self.patching.temporal, size, self.patching)
        tokens, moments = tokens_of(grid, self.patching.merge), len(question.moments)
        video = [("", tokens)]
        if self._family.timed:
            video = [(f"<{moment.time:.1f} seconds>", tokens // moments) for moment in question.moments]
        return _Row(self._tokens.prompt(self._family.system, question.text, video), size, grid)

    def _pictures(self, rows: Sequence[_Row], items: Sequence[Question], device: Any) -> dict[str, Any]:
        """The patches of all videos, one after the other; nothing when no question has pictures."""
        import torch

        patches, grids, paces = [], [], []
        for row, item in zip(rows, items, strict=True):
            if row.size is not None:
                temporal = self.patching.temporal
                pictures = [picture for moment in item.moments for picture in _filled(moment.pictures, temporal)]
                patches.append(patches_of(pictures, row.size, self.patching, device))
                grids.append(row.grid)
                paces.append(_pace(item.moments))
        if not patches:
            return {}
        given = {"pixel_values_videos": torch.cat(patches), "video_grid_thw": torch.tensor(grids, device=device)}
        if self._family.paced:
            given["second_per_grid_ts"] = torch.tensor(paces, dtype=torch.float32, device=device)
        return given

    def _greedy(self) -> Any:
        return _generation(
            do_sample=False,
            max_new_tokens=self.max_new_tokens,
            eos_token_id=list(self._tokens.ends),
            pad_token_id=self._tokens.padding,
        )

    def _reply(self, numbers: Sequence[int], sure: Sequence[float]) -> Reply:
        ends = [place for place, number in enumerate(numbers) if number in self._tokens.ends]
        said = numbers[: ends[0]] if ends else numbers
        confidence = float(np.mean(sure[: len(said)])) if said else 0.0
        return Reply(self._tokens.words(said), round(confidence, 4), finished=bool(ends))


def _generation(**settings: Any) -> Any:
    import transformers

    config: Any = transformers.GenerationConfig  # has no types
    return config(**settings)


class _Watch:
    """Looks on while tokens are chosen, and remembers the probability of the likeliest, which is the one chosen."""

    def __init__(self) -> None:
        self._steps: list[Any] = []

    def __call__(self, _: Any, scores: Any) -> Any:
        self._steps.append(scores.float().softmax(-1).amax(-1))
        return scores

    def probabilities(self) -> list[list[float]]:
        """0–1, of the tokens of each row."""
        import torch

        rows: list[list[float]] = torch.stack(self._steps, dim=1).tolist()
        return rows


def _tokens_in(folder: Path) -> ChatTokens:
    try:
        return ChatTokens(folder)
    except Exception as error:  # the tokenizers library raises plain Exception
        raise Unavailable(f"the tokenizer in {folder} can't be used: {error}") from error


def _inputs(rows: Sequence[_Row], tokens: ChatTokens, device: Any) -> dict[str, Any]:
    """Tokens, mask and kinds of tokens, filled up at the left: (rows, longest row)."""
    import torch

    longest = max(len(row.tokens) for row in rows)
    missing = [longest - len(row.tokens) for row in rows]
    numbers = torch.tensor([[tokens.padding] * gap + row.tokens for gap, row in zip(missing, rows, strict=True)])
    mask = torch.tensor([[0] * gap + [1] * len(row.tokens) for gap, row in zip(missing, rows, strict=True)])
    kinds = torch.where(numbers == tokens.video, _VIDEO, _TEXT)
    given = {"input_ids": numbers, "attention_mask": mask, "mm_token_type_ids": kinds}
    return {name: tensor.to(device) for name, tensor in given.items()}


def _filled(pictures: tuple[NDArray[np.uint8], ...], count: int) -> tuple[NDArray[np.uint8], ...]:
    """`count` of `pictures`, the last one repeated where they are fewer."""
    return (*pictures, *[pictures[-1]] * count)[:count]


def _pace(moments: Sequence[Moment]) -> float:
    """Seconds from one moment to the next, on average."""
    return (moments[-1].time - moments[0].time) / (len(moments) - 1) if len(moments) > 1 else 1.0
