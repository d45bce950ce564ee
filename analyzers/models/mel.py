"""How does sound become what networks of hearing were trained on?

Mel spectra in torch, on the network's own device: Whisper's (Radford et al. 2022; filters after Slaney's Auditory
Toolbox) and Kaldi's filter banks (Povey et al. 2011), which the Audio Spectrogram Transformer hears. All sounds are at
16 kHz with 25 ms per spectrum, 100 spectra per second. Numbers are those of the published feature extractors.
"""

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]
Curve = NDArray[np.float64]

#: Samples per second, per spectrum, and from one spectrum to the next.
RATE, FRAME, HOP = 16_000, 400, 160
#: Kaldi pads a spectrum's samples to this power of two, takes off this share of the sample before, and floors power.
_PADDED, _PREEMPHASIS, _FLOOR = 512, 0.97, 1.1920929e-07
#: Whisper: the least power, and the range of powers of ten under the loudest that is kept.
_LEAST_POWER, _RANGE = 1e-10, 8.0


def whisper_spectra(sounds: Sequence[Samples], bands: int, frames: int, device: Any) -> Any:
    """Log mel spectra of `sounds`, each filled up with silence to `frames` spectra: float32 (n, bands, frames)."""
    import torch

    heard = torch.from_numpy(_filled_up(sounds, frames * HOP)).to(device)
    window = torch.hann_window(FRAME, dtype=torch.float32, device=device)
    waves = torch.stft(heard, FRAME, HOP, window=window, return_complex=True)[..., :-1]
    power = torch.from_numpy(_slaney_bands(bands)).to(device) @ waves.abs().square()
    logarithm = power.clamp(min=_LEAST_POWER).log10()
    loudest = logarithm.amax(dim=(1, 2), keepdim=True)
    return (torch.maximum(logarithm, loudest - _RANGE) + 4) / 4


def kaldi_spectra(sounds: Sequence[Samples], bands: int, frames: int, device: Any) -> Any:
    """Log filter banks of `sounds`, followed by zeros up to `frames` spectra: float32 (n, frames, bands)."""
    import torch

    heard = torch.from_numpy(_filled_up(sounds, FRAME + (frames - 1) * HOP)).to(device)
    pieces = heard.unfold(1, FRAME, HOP)
    pieces = pieces - pieces.mean(dim=2, keepdim=True)
    before = torch.cat((pieces[..., :1], pieces[..., :-1]), dim=2)
    window = torch.hann_window(FRAME, periodic=False, dtype=torch.float32, device=device)
    waves = torch.fft.rfft((pieces - _PREEMPHASIS * before) * window, _PADDED)
    power = waves.abs().square() @ torch.from_numpy(_kaldi_bands(bands)).to(device).T
    whole = torch.tensor([max(0, 1 + (len(sound) - FRAME) // HOP) for sound in sounds], device=device)
    counted = torch.arange(frames, device=device) < whole[:, None]
    return power.clamp(min=_FLOOR).log() * counted[..., None]


def _filled_up(sounds: Sequence[Samples], length: int) -> Samples:
    """`sounds` of `length` samples each, with silence at the end or cut there."""
    filled = np.zeros((len(sounds), length), np.float32)
    for row, sound in zip(filled, sounds, strict=True):
        row[: len(sound)] = sound[:length]
    return filled


@lru_cache(maxsize=4)
def _slaney_bands(bands: int) -> Samples:
    """Triangles of equal area, evenly spaced in mel (linear up to 1 kHz, logarithmic above): (bands, 201)."""
    edges = np.linspace(0.0, 15 + 27 * math.log(RATE / 2 / 1000) / math.log(6.4), bands + 2)
    hertz = np.where(edges < 15, edges * 200 / 3, 1000 * np.exp((edges - 15) * math.log(6.4) / 27))
    triangles = _triangles(hertz, np.linspace(0, RATE / 2, 1 + FRAME // 2))
    return (triangles * (2 / (hertz[2:] - hertz[:-2]))[:, None]).astype(np.float32)


@lru_cache(maxsize=4)
def _kaldi_bands(bands: int) -> Samples:
    """Triangles of equal height from 20 Hz up, straight in mel: (bands, 257)."""

    def mel(hertz: Curve) -> Curve:
        return np.asarray(1127 * np.log1p(hertz / 700))

    lowest, highest = mel(np.array([20.0, RATE / 2]))
    frequencies = mel(np.linspace(0, RATE / 2, 1 + _PADDED // 2))
    return _triangles(np.linspace(lowest, highest, bands + 2), frequencies).astype(np.float32)


def _triangles(edges: Curve, frequencies: Curve) -> Curve:
    """One triangle per three neighbouring `edges`, at `frequencies`: (len(edges) − 2, len(frequencies))."""
    left, middle, right = (part[:, None] for part in (edges[:-2], edges[1:-1], edges[2:]))
    rising, falling = (frequencies - left) / (middle - left), (right - frequencies) / (right - middle)
    return np.maximum(0.0, np.minimum(rising, falling))
