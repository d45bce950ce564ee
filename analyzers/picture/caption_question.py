"""What is the model asked about a video, and with how many pictures of which size?

As many moments (`telling_moments`) as the profile allows, in its size, while pictures, words and answer together stay
within its tokens; else the pictures shrink to a half of their size first, then they become fewer, and at last smaller
still.
"""

from collections.abc import Iterator, Sequence

from analyzers.media import FrameBatch
from analyzers.models.vision_language import Moment, Question, VisionLanguageModel
from analyzers.picture.cut_analysis import Shot
from analyzers.picture.telling_moments import telling_moments

#: Sizes that are tried with all moments, as shares of the usual one; the last is tried with fewer moments too.
_SIZES = (1.0, 0.75, 0.5)
#: How fast they become fewer.
_FEWER = 0.75

_TEXT = """\
These pictures are from one video of {seconds:.1f} seconds. They show, in order, the moments at {times} seconds.
Answer in English with one JSON object and nothing else:
{{"caption": "one or two sentences: what is shown and what happens",
"subjects": ["the main things and people, a few words each"],
"actions": [{{"action": "what is done", "start": seconds, "end": seconds}}],
"setting": "where it takes place, in a few words"}}
Describe only what can be seen. Call people "a person" or "people": say nothing about anyone's identity, age, gender, \
ethnicity, health or emotions."""


def question_about(frames: FrameBatch, shots: Sequence[Shot], model: VisionLanguageModel) -> Question | None:
    """The question with most to see that fits into the tokens of `model`; None when not one picture does."""
    for count, longest in _less_and_less(model):
        moments = telling_moments(frames, shots, count)
        question = Question(_text(moments, frames.end), moments, longest)
        if model.fits(question):
            return question
    return None


def _less_and_less(model: VisionLanguageModel) -> Iterator[tuple[int, int]]:
    """Numbers of moments and sizes to try, one after the other."""
    count = max(model.max_frames // model.patching.temporal, 1)
    yield from ((count, round(share * model.input_size)) for share in _SIZES)
    small = round(_SIZES[-1] * model.input_size)
    while count > 1:
        count = max(int(count * _FEWER), 1)
        yield count, small
    yield 1, model.patching.token_side


def _text(moments: Sequence[Moment], seconds: float) -> str:
    return _TEXT.format(seconds=seconds, times=", ".join(f"{moment.time:.1f}" for moment in moments))
