"""Does the decoder write what transformers would, and chance only what its own window decides?"""

import math

import pytest

from analyzers.models.whisper_vocabulary import Vocabulary
from analyzers.models.whisper_writing import write
from tests.analyzers.models.checkpoints_speech import build_speech

pytestmark = pytest.mark.integration  # loads a model


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A randomly initialised Whisper, its vocabulary, and made-up states of its encoder for four windows."""
    import torch
    from transformers import WhisperForConditionalGeneration

    folder = build_speech(tmp_path_factory.mktemp("speech"))
    network = WhisperForConditionalGeneration.from_pretrained(folder).eval()
    states = torch.randn(4, 1500, 32, generator=torch.Generator().manual_seed(2))
    return network, Vocabulary.read(folder), states


def written(model, rows, temperatures):
    import torch

    network, vocabulary, states = model
    prompts = [vocabulary.prompt("de")] * len(rows)
    with torch.inference_mode():
        return write(network, states[list(rows)], prompts, temperatures, vocabulary)


def test_the_likeliest_tokens_are_those_that_transformers_generates(model) -> None:
    from transformers.modeling_outputs import BaseModelOutput

    network, vocabulary, states = model
    steering = set(range(vocabulary.end + 1, network.config.vocab_size))
    theirs = network.generate(
        encoder_outputs=BaseModelOutput(last_hidden_state=states),
        language="de",
        task="transcribe",
        suppress_tokens=sorted({*vocabulary.unwanted, *steering}),
        max_new_tokens=network.config.max_target_positions - 5,
        do_sample=False,
    )
    expected = [[token for token in row if token < vocabulary.end] for row in theirs.tolist()]

    drafts = written(model, range(4), [0.0] * 4)

    assert [list(draft.tokens) for draft in drafts] == expected


def test_a_draw_does_not_depend_on_the_windows_beside_it(model) -> None:
    together = written(model, range(4), [0.0, 0.4, 1.0, 0.4])

    alone = [written(model, [row], [t])[0] for row, t in enumerate([0.0, 0.4, 1.0, 0.4])]

    assert [draft.tokens for draft in together] == [draft.tokens for draft in alone]


def test_a_higher_temperature_writes_something_else(model) -> None:
    calm, wild = written(model, [0], [0.0])[0], written(model, [0], [1.0])[0]

    assert calm.tokens != wild.tokens
    assert calm.mean_logarithm > wild.mean_logarithm


def test_no_unwanted_token_is_written_and_no_text_begins_with_one_that_may_not(model) -> None:
    _, vocabulary, _ = model

    drafts = written(model, range(4), [1.0] * 4)

    assert all(not {*draft.tokens} & {*vocabulary.unwanted} for draft in drafts)
    assert all(draft.tokens[0] not in vocabulary.unwanted_first for draft in drafts)
    assert all(max(draft.tokens) < vocabulary.end for draft in drafts)


def test_the_mean_logarithm_is_that_of_the_probabilities(model) -> None:
    draft = written(model, [1], [0.0])[0]

    reached_the_end = len(draft.tokens) < 40 - 5
    logarithms = sum(map(math.log, draft.probabilities))
    if reached_the_end:
        assert draft.mean_logarithm < logarithms / (len(draft.tokens) + 1)
    else:
        assert draft.mean_logarithm == pytest.approx(logarithms / len(draft.tokens), rel=1e-4)
