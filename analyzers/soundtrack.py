"""How does a sound track become arrays that are aligned with the pictures?

Sample 0 is at time 0, the first picture: sound that starts late is padded with silence, sound that starts early is cut.
Channels are mixed here and not by FFmpeg, whose mono of two equal channels is 3 dB louder than either.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from numpy.typing import NDArray

from analyzers.growing import GrowingArray
from analyzers.media import Audio, AudioTrack
from analyzers.views import Share

#: Seconds by which time stamps may disagree with the number of samples before a gap is believed.
_JITTER = 0.05
#: Seconds backwards from which time stamps have started anew, rather than overlapped.
_RESTART = 1.0
#: How loud each channel is in (left, right); the rest follows ITU-R BS.775 (centre and surround at −3 dB, no LFE).
_LEFT = {"FL": 1.0, "FC": 0.7071, "BL": 0.7071, "SL": 0.7071, "FLC": 0.7071, "BC": 0.5}
_RIGHT = {"FR": 1.0, "FC": 0.7071, "BR": 0.7071, "SR": 0.7071, "FRC": 0.7071, "BC": 0.5}


class SoundTracks:
    """All sound requests of one video, filled in one pass."""

    def __init__(self, requests: Iterable[Audio], shares: Mapping[Audio, Share], longest: float, scratch: Path) -> None:
        """`longest` seconds: no gap is filled beyond it, since a broken time stamp would ask for hours of silence."""
        self._samples = {
            request: GrowingArray((request.channels,), np.float32, shares[request].limit, scratch)
            for request in requests
        }
        self._longest = longest
        self._resamplers: dict[int, AudioResampler] = {}
        self._format: tuple[str, str, int] | None = None
        #: Seconds where the next sample belongs, by counting samples; None before the first.
        self._expected: float | None = None
        #: Seconds added to the time stamps since they last started anew.
        self._shift = 0.0
        #: Samples before time 0 that are still to be dropped.
        self._to_cut = dict.fromkeys(self._samples, 0)

    @property
    def heard(self) -> bool:
        """Whether there was any sound at all."""
        return self._expected is not None

    def add(self, frame: AudioFrame, time: float | None) -> None:
        """Appends `frame`, whose first sample is at `time` seconds (None: right after the last one)."""
        if frame.samples == 0 or frame.sample_rate <= 0:
            return
        form = (frame.format.name, frame.layout.name, frame.sample_rate)
        if form != self._format:
            self._flush()
            self._format = form
        if self._placed(time):
            self._expected = (self._expected or 0.0) + frame.samples / frame.sample_rate
            self._resample(frame)

    def finish(self, end: float) -> Mapping[Audio, AudioTrack]:
        """The sound up to `end` seconds; call `heard` first."""
        self._flush()
        return {
            request: AudioTrack(_shaped(samples.finish()[: max(0, round(end * request.rate))]), request.rate)
            for request, samples in self._samples.items()
        }

    @property
    def end(self) -> float:
        """Seconds where the sound ends."""
        return self._expected or 0.0

    def close(self) -> None:
        for samples in self._samples.values():
            samples.close()

    def _placed(self, time: float | None) -> bool:
        """Moves to `time` where it leaves a gap; False when that stretch was heard already."""
        if self._expected is None:
            self._expected = 0.0
            self._start(0.0 if time is None else time)
            return True
        if time is None:
            return True
        ahead = time + self._shift - self._expected
        if ahead <= -_RESTART or time + self._shift > self._longest:
            self._shift -= ahead
            return True
        if ahead > _JITTER:
            self._flush()
            self._silence(ahead)
        return ahead >= -_JITTER

    def _start(self, time: float) -> None:
        """Sets the first sample at `time`: silence before it, or `time` seconds of it to be cut."""
        time = min(time, self._longest)
        if time > 0:
            self._silence(time)
        else:
            self._expected = time
        self._to_cut = {request: max(0, round(-time * request.rate)) for request in self._samples}

    def _silence(self, seconds: float) -> None:
        """Appends silence up to `seconds` past the expected time, counted from time 0 so that rounding can't add up."""
        self._expected = (self._expected or 0.0) + seconds
        for request, samples in self._samples.items():
            missing = round(self._expected * request.rate) - len(samples)
            for begin in range(0, missing, request.rate):
                samples.append(np.zeros((min(request.rate, missing - begin), request.channels), np.float32))

    def _resample(self, frame: AudioFrame) -> None:
        for rate in {request.rate for request in self._samples}:
            if rate not in self._resamplers:
                self._resamplers[rate] = AudioResampler(format="fltp", rate=rate)
            for piece in self._resamplers[rate].resample(frame):
                self._keep(piece, rate)

    def _flush(self) -> None:
        """Takes what the resamplers still hold and forgets them; the next frame starts new ones."""
        for rate, resampler in self._resamplers.items():
            for piece in resampler.resample(None):
                if piece is not None:
                    self._keep(piece, rate)
        self._resamplers.clear()

    def _keep(self, piece: AudioFrame, rate: int) -> None:
        # Decoders overshoot a little on loud sound and wildly on damaged sound; players cut both off.
        planes = np.clip(np.nan_to_num(np.asarray(piece.to_ndarray(), np.float32)), -1, 1)
        names = [channel.name for channel in piece.layout.channels]
        for request, samples in self._samples.items():
            if request.rate == rate:
                mixed = _mixed(planes, names, request.channels)
                cut = min(self._to_cut[request], len(mixed))
                self._to_cut[request] -= cut
                samples.append(mixed[cut:])


def _mixed(planes: NDArray[np.float32], names: list[str], channels: int) -> NDArray[np.float32]:
    """`planes` (coded channels, n) as (n, channels)."""
    if channels == 1:
        mean: NDArray[np.float32] = planes.mean(axis=0, dtype=np.float32)
        return mean[:, np.newaxis]
    if len(planes) == 1:
        return np.repeat(planes.T, 2, axis=1)
    if len(planes) == 2:
        return planes.T
    return np.stack([_weighted(planes, names, side) for side in (_LEFT, _RIGHT)], axis=1)


def _weighted(planes: NDArray[np.float32], names: list[str], side: Mapping[str, float]) -> NDArray[np.float32]:
    """One side of a surround mix, scaled so that it can't clip; all channels alike when their names are unknown."""
    weights = np.array([side.get(name, 0.0) for name in names], np.float32)
    if not weights.any():
        weights = np.ones(len(planes), np.float32)
    mixed: NDArray[np.float32] = (weights / weights.sum()) @ planes
    return mixed


def _shaped(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """(n, 1) as (n,)."""
    return samples[:, 0] if samples.shape[1] == 1 else samples
