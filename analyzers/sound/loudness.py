"""How loud does a sound seem, and how high are its peaks?

ITU-R BS.1770-4 (K-weighting, gating, true peak) and EBU Tech 3341 and 3342 (momentary, short-term, loudness range), for
one or two channels at 48 kHz. Long sounds are filtered in pieces; memory grows by ten numbers a second.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy.signal import sosfilt

Samples = NDArray[np.float32]
Curve = NDArray[np.float64]

#: Samples per second that the filters below are written for.
RATE = 48_000
#: Samples between two measurements: 100 ms.
HOP = RATE // 10
#: Samples per piece: 10 s.
PIECE = 100 * HOP
#: Hops in a momentary (400 ms) and in a short-term (3 s) measurement.
_MOMENTARY, _SHORT_TERM = 4, 30
#: LUFS under which a measurement never counts, and LU under the mean of the rest for loudness and for its range.
_ABSOLUTE_GATE, _GATE, _RANGE_GATE = -70.0, -10.0, -20.0
#: BS.1770 annex 1, tables 1 and 2: the head as a shelf, then a high pass.
_K_WEIGHTING = np.array(
    [
        [1.53512485958697, -2.69169618940638, 1.19839281085285, 1.0, -1.69065929318241, 0.73248077421585],
        [1.0, -2.0, 1.0, 1.0, -1.99004745483398, 0.99007225036621],
    ]
)
#: BS.1770 annex 2: two of the four phases of the filter that makes four samples of one; the others are their mirror.
_TWO_PHASES = np.array(
    [
        [0.001708984375, 0.010986328125, -0.0196533203125, 0.033203125, -0.0594482421875, 0.1373291015625],
        [0.97216796875, -0.102294921875, 0.047607421875, -0.026611328125, 0.014892578125, -0.00830078125],
        [-0.0291748046875, 0.029296875, -0.0517578125, 0.089111328125, -0.16650390625, 0.465087890625],
        [0.77978515625, -0.2003173828125, 0.1015625, -0.0582275390625, 0.0330810546875, -0.0189208984375],
    ],
    np.float32,
).reshape(2, 12)
_OVERSAMPLING = np.vstack((_TWO_PHASES, _TWO_PHASES[:, ::-1]))


@dataclass(frozen=True, slots=True)
class Loudness:
    """Loudness of a whole sound and over time; LUFS."""

    #: Gated loudness of the whole; None when nothing is louder than −70 LUFS or it is shorter than 0.4 s.
    integrated: float | None
    #: LU between soft and loud passages (10th and 95th percentile); None when shorter than 3 s or silent.
    range: float | None
    #: Float64 (n,): of the 400 ms that begin at i · 0.1 s; −inf in digital silence.
    momentary: Curve
    #: Float64 (n,): of the 3 s that begin at i · 0.1 s; −inf in digital silence.
    short_term: Curve


def measure_loudness(samples: Samples) -> Loudness:
    """Loudness of `samples`, float32 (n,) or (n, 2) at 48 kHz."""
    power = _hop_powers(samples)
    momentary, short_term = _moving_mean(power, _MOMENTARY), _moving_mean(power, _SHORT_TERM)
    counted = _gated(momentary, _GATE)
    return Loudness(
        integrated=float(_lufs(counted.mean())) if len(counted) else None,
        range=_range(_gated(short_term, _RANGE_GATE)),
        momentary=_lufs(momentary),
        short_term=_lufs(short_term),
    )


def true_peak(samples: Samples) -> float:
    """The highest level between the samples, 1.0 = full scale: four-fold oversampling of (n,) or (n, 2) at 48 kHz."""
    taps = _OVERSAMPLING.shape[1]
    highest = 0.0
    for piece in pieces(samples, overlap=taps - 1):
        highest = max(highest, float(np.abs(piece).max()))
        if len(piece) >= taps:
            curves = (np.convolve(channel, phase, "valid") for channel in piece.T for phase in _OVERSAMPLING)
            highest = max(highest, *(float(np.abs(curve).max()) for curve in curves))
    return highest


def pieces(samples: Samples, overlap: int = 0) -> Iterator[Samples]:
    """`samples` as (n, channels) in pieces of 10 s, each with the last `overlap` samples of the one before."""
    columns = samples[:, None] if samples.ndim == 1 else samples
    for start in range(0, len(columns), PIECE):
        yield columns[max(start - overlap, 0) : start + PIECE]


def _hop_powers(samples: Samples) -> Curve:
    """K-weighted power of every whole 100 ms, summed over channels."""
    powers = [np.zeros(0)]
    memory = None
    for piece in pieces(samples):
        if memory is None:
            memory = np.zeros((len(_K_WEIGHTING), 2, piece.shape[1]))
        weighted, memory = sosfilt(_K_WEIGHTING, piece.astype(np.float64), axis=0, zi=memory)
        hops = weighted[: len(weighted) // HOP * HOP].reshape(-1, HOP, piece.shape[1])
        powers.append(np.einsum("hsc,hsc->h", hops, hops) / HOP)
    return np.concatenate(powers)


def _moving_mean(power: Curve, hops: int) -> Curve:
    return sliding_window_view(power, hops).mean(axis=1) if len(power) >= hops else np.zeros(0)


def _gated(power: Curve, gate: float) -> Curve:
    """What is above the absolute gate, and above `gate` LU relative to the mean of that."""
    heard = power[_lufs(power) > _ABSOLUTE_GATE]
    return heard[_lufs(heard) > _lufs(heard.mean()) + gate] if len(heard) else heard


def _range(counted: Curve) -> float | None:
    if not len(counted):
        return None
    soft, loud = np.percentile(_lufs(counted), (10, 95))
    return float(loud - soft)


def _lufs(power: Curve) -> Curve:
    with np.errstate(divide="ignore"):
        return np.asarray(-0.691 + 10 * np.log10(power))
