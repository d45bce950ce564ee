"""What does Whisper write for a stretch of sound?

The decoder, step by step with a cache, for a batch of windows at once. At temperature 0 the likeliest token is taken;
above, one is drawn, from a chance that each window has to itself: what it becomes never depends on its neighbours.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from analyzers.models.whisper_vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Draft:
    """The text tokens of one window."""

    tokens: tuple[int, ...]
    #: Probability 0–1 of each token.
    probabilities: tuple[float, ...]
    #: Mean logarithm of the probability of its tokens, the one that ends it included.
    mean_logarithm: float


def write(
    network: Any, states: Any, prompts: Sequence[Sequence[int]], temperatures: Sequence[float], vocabulary: Vocabulary
) -> list[Draft]:
    """What the decoder of `network` writes for `states` (n, positions, width), after `prompts` of one length."""
    import torch

    pen = _Pen(temperatures, vocabulary, network.config.vocab_size, states.device)
    seen = torch.tensor(prompts, device=states.device)
    cache = _cache()
    for step in range(network.config.max_target_positions - len(prompts[0]) - 1):  # one is kept for the end
        logits = _next_logits(network, seen, states, cache)
        seen = pen.put_down(logits, first=step == 0)
        if pen.all_ended():
            break
    return pen.drafts()


class _Pen:
    """Chooses the next token of every window, and remembers what was chosen."""

    def __init__(self, temperatures: Sequence[float], vocabulary: Vocabulary, size: int, device: Any) -> None:
        import torch

        self._torch, self._end, self._size = torch, vocabulary.end, size
        never = torch.zeros(size, dtype=torch.bool, device=device)
        # Everything after the end of text steers the model: languages, tasks, times.
        never[vocabulary.end + 1 :] = True
        never[list(vocabulary.unwanted)] = True
        never_first = never.clone()
        never_first[list(vocabulary.unwanted_first)] = True
        self._never, self._never_first = never, never_first
        self._temperatures = temperatures
        self._chances = {row: torch.Generator().manual_seed(round(1000 * t)) for row, t in enumerate(temperatures) if t}
        self._ended = torch.zeros(len(temperatures), dtype=torch.bool, device=device)
        self._chosen: list[Any] = []
        self._logarithms: list[Any] = []

    def put_down(self, logits: Any, *, first: bool) -> Any:
        """The next token of each window, (n, 1), after `logits` (n, tokens)."""
        torch = self._torch
        allowed = logits.float().masked_fill(self._never_first if first else self._never, -torch.inf)
        token = self._drawn(allowed).argmax(dim=-1, keepdim=True)
        token = token.masked_fill(self._ended[:, None], self._end)
        self._chosen.append(token)
        self._logarithms.append(allowed.log_softmax(dim=-1).gather(1, token))
        self._ended = self._ended | (token[:, 0] == self._end)
        return token

    def _drawn(self, logits: Any) -> Any:
        """`logits` whose maximum is a draw at each window's temperature (Gumbel's trick)."""
        torch = self._torch
        drawn = logits.clone()
        for row, chance in self._chances.items():
            uniform = torch.rand(self._size, generator=chance, dtype=torch.float32).clamp(min=1e-20).to(logits.device)
            drawn[row] = logits[row] / self._temperatures[row] - (-uniform.log()).log()
        return drawn

    def all_ended(self) -> bool:
        return bool(self._ended.all())

    def drafts(self) -> list[Draft]:
        torch = self._torch
        tokens = torch.cat(self._chosen, dim=1).tolist()
        logarithms = torch.cat(self._logarithms, dim=1).tolist()
        return [self._draft(row, values) for row, values in zip(tokens, logarithms, strict=True)]

    def _draft(self, tokens: list[int], logarithms: list[float]) -> Draft:
        length = tokens.index(self._end) if self._end in tokens else len(tokens)
        counted = logarithms[: length + 1]
        probabilities = self._torch.tensor(logarithms[:length], dtype=self._torch.float32).exp().tolist()
        return Draft(tuple(tokens[:length]), tuple(probabilities), sum(counted) / len(counted))


def _cache() -> Any:
    from transformers import DynamicCache, EncoderDecoderCache

    return EncoderDecoderCache(DynamicCache(), DynamicCache())


def _next_logits(network: Any, seen: Any, states: Any, cache: Any) -> Any:
    """What may come after `seen`, and after what is in `cache`: (n, tokens)."""
    decoded = network.model.decoder(
        input_ids=seen, encoder_hidden_states=states, past_key_values=cache, use_cache=True
    ).last_hidden_state
    return network.proj_out(decoded[:, -1])
