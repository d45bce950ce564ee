"""Is every token placed where the attention of the network follows the sound?"""

import numpy as np
import pytest

from analyzers.models.whisper_timing import follow_sound, token_starts
from analyzers.models.whisper_vocabulary import Vocabulary
from tests.analyzers.models.checkpoints_speech import build_speech

pytestmark = pytest.mark.integration  # loads a model


def diagonal(starts: list[int], positions: int) -> np.ndarray:
    """Attention of tokens that each look at the sound from their start to the next one's."""
    attention = np.full((len(starts), positions), -0.2, np.float32)
    for row, (first, last) in enumerate(zip(starts, [*starts[1:], positions], strict=True)):
        attention[row, first:last] = 1.0
    return attention


def test_tokens_begin_where_the_attention_moves_on() -> None:
    starts = [0, 10, 35, 36, 90, 140]

    found = token_starts(diagonal(starts, 150))

    assert found.tolist() == [start / 50 for start in starts]


def test_a_faint_and_noisy_attention_is_followed_too() -> None:
    starts = [0, 20, 45, 80, 130]
    noise = np.random.default_rng(0).normal(scale=0.3, size=(5, 180)).astype(np.float32)

    found = token_starts(diagonal(starts, 180) + noise)

    np.testing.assert_allclose(found, [start / 50 for start in starts], atol=0.1)


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (40, 1), (7, 5), (60, 900)])
def test_the_path_is_the_one_that_transformers_finds(shape) -> None:
    from transformers.models.whisper.generation_whisper import _dynamic_time_warping

    attention = np.random.default_rng(3).normal(size=shape).astype(np.float32)
    rows, columns = _dynamic_time_warping(-attention.astype(np.float64))
    jumps = np.pad(np.diff(rows), (1, 0), constant_values=1).astype(bool)

    np.testing.assert_array_equal(token_starts(attention), columns[jumps] / 50)


def test_attention_is_what_the_network_looks_at(tmp_path) -> None:
    """Beside the steps of the publisher's `find_alignment`, on attention that transformers gives away itself."""
    import torch
    from transformers import WhisperForConditionalGeneration
    from transformers.models.whisper.generation_whisper import _median_filter

    build_speech(tmp_path)
    vocabulary = Vocabulary.read(tmp_path)
    fast = WhisperForConditionalGeneration.from_pretrained(tmp_path)
    slow = WhisperForConditionalGeneration.from_pretrained(tmp_path, attn_implementation="eager")
    states = torch.randn(2, 1500, 32, generator=torch.Generator().manual_seed(1))
    texts, prompts, lengths = [[30, 40, 50, 60, 70], [90, 80]], [vocabulary.prompt("es")] * 2, [1500, 321]

    with torch.inference_mode():
        ours = follow_sound(fast, states, texts, prompts, lengths, vocabulary)
        for row in range(2):
            tokens = torch.tensor([[*prompts[row], *texts[row], vocabulary.end]])
            decoded = slow.model.decoder(tokens, encoder_hidden_states=states[row : row + 1], output_attentions=True)
            heads = [decoded.cross_attentions[layer][0, head] for layer, head in vocabulary.listening_heads]
            cropped = torch.stack(heads)[..., : lengths[row]]
            cropped = cropped / cropped.sum(dim=-1, keepdim=True)  # as if the rest had never been there
            deviation, mean = torch.std_mean(cropped, dim=-2, keepdim=True, correction=0)
            filtered = _median_filter(((cropped - mean) / deviation)[None], 7)[0]
            expected = filtered.mean(dim=0)[len(prompts[row]) - 1 : -1]

            assert ours[row].shape == (len(texts[row]) + 1, lengths[row])
            np.testing.assert_allclose(ours[row], expected.numpy(), atol=1e-3)
