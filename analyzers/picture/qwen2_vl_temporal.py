"""What is shown, what happens when, and where, in words?

A vision-language model sees the moments that tell most (`telling_moments`: each shot at least once, the first three
seconds more densely) and answers a fixed question (`caption_question`); the answer is read kindly (`caption_answer`)
and told neutrally (`neutral_words`): nobody's identity, age, gender, ethnicity, health or emotion. Model: Qwen2-VL
Instruct 2B (Wang et al., 2024; Apache-2.0), or another Qwen-VL named by MODEL_CHOICE. Without its weights, or when its
answer can't be read, the caption is put together from what other analyzers measured (`measured_caption`), and says so.
Known limits: a model may describe what isn't there, and its times are true to a second or two at best; what happens
between two moments is not seen; names that it gives to people are not recognised as names.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from analyzers.contract import Analyzer, Inputs, Needs, Result, Segment
from analyzers.media import DETAILED
from analyzers.models.vision_language import Question, Reply, VisionLanguageModel
from analyzers.picture.caption_answer import Action, Description, read_answer
from analyzers.picture.caption_question import question_about
from analyzers.picture.cut_analysis import CutAnalysis, Shot
from analyzers.picture.measured_caption import (
    READ,
    ShotSentence,
    place_seen,
    tell_shots,
    tell_video,
    things_seen,
)

#: Characters of the caption in the headline.
_HEADLINE = 160


@dataclass(frozen=True, slots=True)
class QwenTemporalResult(Result):
    """A video in words."""

    #: One or a few sentences, never empty.
    caption: str
    #: The main things and people, a few words each; empty when none were named.
    subjects: tuple[str, ...]
    #: What is done, by start; empty when no actions were named.
    actions: tuple[Action, ...]
    #: Where it takes place; empty when that wasn't said.
    setting: str
    #: A sentence for each shot, where the caption was put together from measurements; empty where a model wrote it.
    shots: tuple[ShotSentence, ...]
    #: Mean probability 0–1 of the answer's tokens; None where no model wrote it.
    confidence: float | None
    #: Seconds of the moments that the model saw; empty where it saw none.
    moments: tuple[float, ...]
    #: Tokens of the question, pictures included; 0 where nothing was asked.
    tokens: int
    #: Why it is not the whole answer of a model; empty when it is.
    limits: str

    def headline(self) -> str:
        if len(self.caption) <= _HEADLINE:
            return self.caption
        return self.caption[: _HEADLINE - 1].rsplit(" ", 1)[0] + "…"

    def timeline(self) -> Sequence[Segment]:
        done = [
            Segment(each.start, each.end, "action", self.confidence, each.what)
            for each in self.actions
            if each.start is not None and each.end is not None
        ]
        told = [Segment(each.start, each.end, "shot", text=each.text) for each in self.shots]
        return sorted([*done, *told], key=lambda segment: segment.start)

    def degraded_because(self) -> str:
        return self.limits


class QwenTemporal(Analyzer[QwenTemporalResult]):
    """Asks a vision-language model what happens in a video."""

    name: ClassVar[str] = "qwen2_vl_temporal"
    version: ClassVar[str] = "1"
    summary: ClassVar[str] = "A caption in words, with subjects, actions and their times, and the setting."
    kind: ClassVar[str] = "picture"
    needs: ClassVar[Needs] = Needs(frames=DETAILED, may_read=READ, may_use=(VisionLanguageModel,))

    def analyze(self, inputs: Inputs) -> QwenTemporalResult:
        model = inputs.find_model(VisionLanguageModel)
        if model is None:
            return _measured(inputs, inputs.lacks[0] if inputs.lacks else "the weights of the model are not here")
        cuts = inputs.find(CutAnalysis)
        shots = cuts.shots if cuts is not None else (Shot(0.0, inputs.frames.end),)
        question = question_about(inputs.frames, shots, model)
        if question is None:
            return _measured(
                inputs, f"the question does not fit into the model's {model.max_tokens} tokens (max_tokens)"
            )
        [reply] = model.ask([question])
        told = read_answer(reply.text, inputs.video.duration, finished=reply.finished)
        if told is None:
            return _measured(inputs, f"{model.info.id} gave no answer that could be read", question, model)
        return _described(told, reply, question, model)


def _described(told: Description, reply: Reply, question: Question, model: VisionLanguageModel) -> QwenTemporalResult:
    return QwenTemporalResult(
        caption=told.caption,
        subjects=told.subjects,
        actions=told.actions,
        setting=told.setting,
        shots=(),
        confidence=reply.confidence,
        moments=tuple(moment.time for moment in question.moments),
        tokens=model.tokens(question),
        limits=_limits(told, reply, model),
    )


def _limits(told: Description, reply: Reply, model: VisionLanguageModel) -> str:
    if told.prose:
        return f"{model.info.id} answered in prose: subjects, actions and setting are missing"
    if not reply.finished and not told.setting:
        return f"the answer was cut off after {model.max_new_tokens} tokens: what comes after them is missing"
    return ""


def _measured(
    inputs: Inputs, why: str, question: Question | None = None, model: VisionLanguageModel | None = None
) -> QwenTemporalResult:
    """The lesser answer, `why` it is one, and what the model was asked in vain."""
    return QwenTemporalResult(
        caption=tell_video(inputs),
        subjects=things_seen(inputs),
        actions=(),
        setting=place_seen(inputs),
        shots=tell_shots(inputs),
        confidence=None,
        moments=tuple(moment.time for moment in question.moments) if question else (),
        tokens=model.tokens(question) if model and question else 0,
        limits=f"written from what other analyzers measured: {why}",
    )
