"""When was each token of a transcript said?

Some heads of the decoder's cross-attention look at the sound of the token they are about to write. Their attention over
the whole text is taken again in one pass, and the cheapest monotone path through it (dynamic time warping) says when
each token begins: the method of Whisper's publisher (`whisper/timing.py`, MIT).
"""

from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analyzers.models.whisper_vocabulary import Vocabulary

Curve = NDArray[np.float64]
Matrix = NDArray[np.float32]

#: Positions of the encoder per second of sound.
POSITIONS = 50


def follow_sound(
    network: Any,
    states: Any,
    texts: Sequence[Sequence[int]],
    prompts: Sequence[Sequence[int]],
    lengths: Sequence[int],
    vocabulary: Vocabulary,
) -> list[Matrix]:
    """How much each token of `texts` looks at each of the first `lengths` positions of `states` (n, positions, width).

    One matrix (tokens + 1, length) per text; the last row is the end of the text.
    """
    import torch

    rows = [[*prompt, *text, vocabulary.end] for prompt, text in zip(prompts, texts, strict=True)]
    longest = max(map(len, rows))
    padded = torch.tensor([row + [vocabulary.end] * (longest - len(row)) for row in rows], device=states.device)
    heads = vocabulary.listening_heads or _usual_heads(network.config)
    scores = _scores(network, padded, states, heads)
    width = network.config.median_filter_width
    matrices = []
    for row, prompt, length, seen in zip(rows, prompts, lengths, scores, strict=True):
        attention = seen[:, : len(row), :length].softmax(dim=-1)
        deviation, mean = torch.std_mean(attention, dim=-2, keepdim=True, correction=0)
        clear = _median((attention - mean) / deviation.clamp(min=1e-9), width).mean(dim=0)
        matrices.append(clear[len(prompt) - 1 : -1].cpu().numpy())
    return matrices


def token_starts(attention: Matrix) -> Curve:
    """Seconds at which each row of `attention` (tokens + 1, positions) begins: float64 (tokens + 1,), never falling."""
    tokens, positions = _cheapest_path(-attention.astype(np.float64))
    begins = np.diff(tokens, prepend=-1) > 0
    return positions[begins] / POSITIONS


def _usual_heads(config: Any) -> list[tuple[int, int]]:
    """All heads of the upper half of the layers, as the publisher does where none were chosen."""
    layers = range(config.decoder_layers // 2, config.decoder_layers)
    return [(layer, head) for layer in layers for head in range(config.decoder_attention_heads)]


def _scores(network: Any, tokens: Any, states: Any, heads: Sequence[tuple[int, int]]) -> Any:
    """Scores of attention before the softmax, of `heads`: float32 (n, heads, tokens, positions).

    The fast kernels of attention don't give them: they are multiplied again, for these heads alone.
    """
    import torch

    layers = network.model.decoder.layers
    queries: dict[int, Any] = {}

    def keep(layer: int) -> Any:
        return lambda *call: queries.__setitem__(layer, call[-1])

    with ExitStack() as hooks:
        for layer in {layer for layer, _ in heads}:
            hook = layers[layer].encoder_attn.q_proj.register_forward_hook(keep(layer))
            hooks.callback(hook.remove)
        network.model.decoder(input_ids=tokens, encoder_hidden_states=states, use_cache=False)
    scores = []
    for layer, head in heads:
        listening = layers[layer].encoder_attn
        mine = slice(head * listening.head_dim, (head + 1) * listening.head_dim)
        keys = torch.nn.functional.linear(states, listening.k_proj.weight[mine])
        asked = queries[layer][..., mine] * listening.scaling
        scores.append((asked @ keys.transpose(1, 2)).float())
    return torch.stack(scores, dim=1)


def _median(values: Any, width: int) -> Any:
    """`values` (heads, tokens, positions) with the median of `width` neighbours in time, mirrored at the ends."""
    import torch

    half = width // 2
    if values.shape[-1] <= half:
        return values
    mirrored = torch.nn.functional.pad(values, (half, half), mode="reflect")
    return mirrored.unfold(-1, width, 1).median(dim=-1).values


def _cheapest_path(cost: Curve) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The cheapest way through `cost` (rows, columns) from the first to the last corner, as rows and columns.

    Sums are built diagonal by diagonal, for all cells of one at once.
    """
    rows, columns = cost.shape
    # A diagonal is stored by row: total[d][i] is the cell (i, d - i), with an edge of infinite cost around.
    total = np.full((rows + columns + 1, rows + 1), np.inf, np.float32)
    came = np.zeros((rows + columns + 1, rows + 1), np.int8)
    total[0, 0] = 0
    for diagonal in range(2, rows + columns + 1):
        row = np.arange(max(1, diagonal - columns), min(rows, diagonal - 1) + 1)
        both, down, along = total[diagonal - 2, row - 1], total[diagonal - 1, row - 1], total[diagonal - 1, row]
        step = np.where((both < down) & (both < along), 0, np.where((down < both) & (down < along), 1, 2))
        total[diagonal, row] = cost[row - 1, diagonal - row - 1] + np.choose(step, (both, down, along))
        came[diagonal, row] = step
    return _walked_back(came, rows, columns)


def _walked_back(came: NDArray[np.int8], rows: int, columns: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    path = []
    row, column = rows, columns
    while row > 0 or column > 0:
        path.append((row - 1, column - 1))
        step = 1 if column == 0 else 2 if row == 0 else came[row + column, row]
        row, column = row - (step < 2), column - (step != 1)
    walked = np.array(path[::-1], np.int64)
    return walked[:, 0], walked[:, 1]
