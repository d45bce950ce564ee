"""How probable is it that someone speaks, 31 times a second?

Silero VAD (MIT), whose weights ship inside its wheel. The package is found but never imported, since importing it
imports torch. On the CPU the publisher's ONNX graph for whole sequences answers in a few calls; on a card the
same network is laid out in torch, all windows in one batch, with the recurrent layer as one cuDNN call.

Network: magnitudes of a 256-point short-time Fourier transform, four convolutions, an LSTM of 128 cells, one output.
"""

import importlib.util
import warnings
from abc import ABC, abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from analyzers.contract import Model, ModelInfo
from analyzers.errors import Unavailable

if TYPE_CHECKING:
    from analyzers.models import ModelSource

Samples = NDArray[np.float32]
#: What the recurrent layer remembers: hidden and cell values, float32 (1, 1, 128) each.
Memory = tuple[Samples, Samples]

#: Samples per second the network was trained on.
RATE = 16_000
#: Samples per answer: 32 ms.
WINDOW = 512
#: Samples before each window that the network sees again.
_CONTEXT = 64
#: Windows per call, about 16 s: it bounds the memory and not the answer, since the state is carried over.
_BLOCK = 512
_CELLS = 128


class VoiceDetector(Model):
    """The probability of speech in each window of a mono track."""

    role: ClassVar[str] = "voice"

    @classmethod
    def load(cls, source: "ModelSource") -> Self:
        """Raises: Unavailable, with the command that mends it."""
        device = source.device
        network = _TorchNetwork(device.kind) if device.kind == "cuda" else _OnnxNetwork(device.threads)
        return cls(network, source.spec(cls).info)

    def __init__(self, network: "_Network", info: ModelInfo) -> None:
        self._network = network
        self.info = info
        self.backend = network.backend

    def speech_probability(self, samples: Samples) -> Samples:
        """Probability 0–1 of speech in every window of 512 samples: float32 (ceil(n / 512),).

        `samples`: float32 (n,) at 16 kHz. The last window is filled up with silence. Safe to call from several threads.
        """
        if samples.ndim != 1:
            raise ValueError(f"speech_probability takes mono samples of shape (n,), not {samples.shape}")
        windows = -(-len(samples) // WINDOW)
        memory: Memory = (np.zeros((1, 1, _CELLS), np.float32), np.zeros((1, 1, _CELLS), np.float32))
        answers = [np.zeros(0, np.float32)]
        for first in range(0, windows, _BLOCK):
            block = _with_context(samples, first, min(_BLOCK, windows - first))
            probability, memory = self._network.run(block, memory)
            answers.append(probability)
        return np.concatenate(answers)


def _with_context(samples: Samples, first: int, count: int) -> Samples:
    """`count` windows from number `first` on, each behind the end of the one before: float32 (count, 576)."""
    start, stop = first * WINDOW - _CONTEXT, (first + count) * WINDOW
    stretch = np.zeros(stop - start, np.float32)
    heard = samples[max(start, 0) : stop]
    offset = max(-start, 0)
    stretch[offset : offset + len(heard)] = heard
    windows = np.lib.stride_tricks.sliding_window_view(stretch, _CONTEXT + WINDOW)[::WINDOW]
    return np.ascontiguousarray(windows)


def _weights(name: str) -> Path:
    """A file of the wheel's data folder. Raises: Unavailable."""
    spec = importlib.util.find_spec("silero_vad")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        path = Path(folder) / "data" / name
        if path.is_file():
            return path
    raise Unavailable(f"the weights {name} of silero-vad are not installed; run: pip install silero-vad==6.2.3")


class _Network(ABC):
    """The same network on one kind of processor."""

    backend: str

    @abstractmethod
    def run(self, block: Samples, memory: Memory) -> tuple[Samples, Memory]:
        """Probabilities (windows,) of `block` (windows, 576), and what to remember for the next block."""


class _OnnxNetwork(_Network):
    backend = "onnxruntime-cpu"

    def __init__(self, threads: int) -> None:
        try:
            import onnxruntime
        except ImportError as error:
            raise Unavailable("onnxruntime is not installed; run: pip install onnxruntime") from error
        options = onnxruntime.SessionOptions()
        options.inter_op_num_threads = 1
        options.intra_op_num_threads = threads
        path = _weights("silero_vad_16k_sequence.onnx")
        self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

    def run(self, block: Samples, memory: Memory) -> tuple[Samples, Memory]:
        hidden, cell = memory
        answer = self._session.run(["speech_probs", "hn", "cn"], {"input": block, "h": hidden, "c": cell})
        return answer[0], (answer[1], answer[2])


class _TorchNetwork(_Network):
    """Runs on any torch device; in float32 its answers equal the ONNX graph's to about 1e-5."""

    def __init__(self, kind: str) -> None:
        import torch

        self._torch = torch
        self._kind = kind
        self.backend = f"torch-{kind}"
        load: Any = torch.jit.load
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # torch.jit is deprecated; the weights come in it
            published = load(str(_weights("silero_vad.jit")), map_location=kind).state_dict()
        self._arrays = {name.removeprefix("_model."): array for name, array in published.items()}
        self._recurrent = torch.nn.LSTM(_CELLS, _CELLS)
        names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        self._recurrent.load_state_dict({f"{name}_l0": self._arrays[f"decoder.rnn.{name}"] for name in names})
        self._recurrent.to(kind).eval()

    def run(self, block: Samples, memory: Memory) -> tuple[Samples, Memory]:
        torch, arrays = self._torch, self._arrays
        with torch.inference_mode():
            remembered = tuple(torch.from_numpy(part).to(self._kind) for part in memory)
            features = self._features(torch.from_numpy(block).to(self._kind))
            heard, (hidden, cell) = self._recurrent(features.unsqueeze(1), remembered)
            last, bias = arrays["decoder.decoder.2.weight"].squeeze(2), arrays["decoder.decoder.2.bias"]
            speech = torch.nn.functional.linear(heard.squeeze(1).relu(), last, bias).sigmoid()
            return speech.squeeze(1).cpu().numpy(), (hidden.cpu().numpy(), cell.cpu().numpy())

    def _features(self, windows: Any) -> Any:
        """What the recurrent layer hears of each window: (windows, 128)."""
        functional, arrays = self._torch.nn.functional, self._arrays
        padded = functional.pad(windows.unsqueeze(1), (0, _CONTEXT), mode="reflect")
        waves = functional.conv1d(padded, arrays["stft.forward_basis_buffer"], stride=128)
        real, imaginary = waves.chunk(2, dim=1)
        values = self._torch.hypot(real, imaginary)
        for layer, stride in enumerate((1, 2, 2, 1)):
            weight = arrays[f"encoder.{layer}.reparam_conv.weight"]
            bias = arrays[f"encoder.{layer}.reparam_conv.bias"]
            values = functional.conv1d(values, weight, bias, stride=stride, padding=1).relu()
        return values.squeeze(2)
