"""How much of a video is kept for each request, at which size, and in how many bytes?

Every request gets a share of one byte budget. What would outgrow its share goes to a file instead, which has a bound of
its own. Past that a view of "so many pictures per second" is thinned; so is, with no file, one whose few pictures stand
for the whole video.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from av.video import VideoFrame
from av.video.reformatter import Colorspace, Interpolation, VideoReformatter
from numpy.typing import NDArray

from analyzers.container import Turn
from analyzers.growing import GrowingArray
from analyzers.media import Audio, FrameBatch, Frames, VideoInfo

#: Assumed when the container doesn't say.
_USUAL_FPS = 30.0
#: Seconds by which a time stamp may fall short of its sampling instant; Matroska rounds to milliseconds.
_STAMP_ERROR = 0.001
#: Room for containers that understate their duration or frame rate.
_MARGIN = 1.05
#: Pictures per second up to which a view is a sample: fewer of them tell the same. Faster ones follow what happens
#: (motion, captions) and would tell something else.
_SAMPLE_FPS = 1.0
#: FFmpeg's code for "the stream doesn't say" of a colour matrix, and for full range.
_UNSPECIFIED, _FULL_RANGE = 2, 2


@dataclass(frozen=True, slots=True)
class Share:
    """What one request may use."""

    #: Items (pictures or samples) in memory; 0 sends all to a file.
    limit: int
    #: Pictures per second to begin with; None for every picture, and for sound.
    fps: float | None = None
    #: Pictures in memory or file, past which a view with pictures per second is thinned; None where it never is.
    most: int | None = None


def frame_size(request: Frames, width: int, height: int) -> tuple[int, int]:
    """Width and height of the view of a video shown at `width` x `height`."""
    if request.short_side is None or request.short_side >= min(width, height):
        return width, height
    scale = request.short_side / min(width, height)
    return max(1, round(width * scale)), max(1, round(height * scale))


def share_out(
    requests: set[Frames | Audio], video: VideoInfo, budget: int, file_budget: int
) -> Mapping[Frames | Audio, Share]:
    """Splits `budget` bytes of memory among `requests`: small ones get what they need, the large ones equal parts of
    the rest. One that goes to a file may have `file_budget` bytes there.
    """
    wanted = {request: _items_wanted(request, video) * _item_bytes(request, video) for request in requests}
    shares: dict[Frames | Audio, Share] = {}
    while True:
        level = _water_level(list(wanted.values()), budget)
        too_long = [request for request, size in wanted.items() if size > level and _spills(request)]
        if not too_long:
            break
        for request in too_long:
            shares[request] = _share(request, video, 0, file_budget)
            del wanted[request]
    spare = max(0, budget - sum(min(size, level) for size in wanted.values())) // max(1, len(wanted))
    for request, size in wanted.items():
        room = min(size, level) + min(spare, size)
        limit = max(2, int(room // _item_bytes(request, video)))
        shares[request] = _share(request, video, limit, file_budget if _spills(request) else 0)
    return shares


def _share(request: Frames | Audio, video: VideoInfo, limit: int, file_budget: int) -> Share:
    if isinstance(request, Audio) or request.fps is None:
        return Share(limit)
    most = max(limit, 2, file_budget // _item_bytes(request, video))
    return Share(limit, _sampling_rate(request, video, most), most)


def _spills(request: Frames | Audio) -> bool:
    return isinstance(request, Audio) or request.fps is None or request.fps > _SAMPLE_FPS


def _item_bytes(request: Frames | Audio, video: VideoInfo) -> int:
    if isinstance(request, Audio):
        return 4 * request.channels
    width, height = frame_size(request, video.width, video.height)
    return width * height * (1 if request.luma else 3)


def _items_wanted(request: Frames | Audio, video: VideoInfo) -> float:
    """Expected number of items; infinite when the container doesn't say how long it is."""
    if not video.duration:
        return math.inf
    if isinstance(request, Audio):
        return math.ceil(video.duration * request.rate * _MARGIN + request.rate)
    coded = video.fps or _USUAL_FPS
    return math.ceil(video.duration * min(request.fps or coded, coded) * _MARGIN + 2)


def _water_level(sizes: list[float], budget: int) -> float:
    """The size up to which every want can be met, so that what is above it shares the rest equally."""
    rest = float(budget)
    for index, size in enumerate(sorted(sizes)):
        level = rest / (len(sizes) - index)
        if size > level:
            return level
        rest -= size
    return math.inf


def _sampling_rate(request: Frames, video: VideoInfo, most: int) -> float | None:
    """The asked-for rate, or what fits into `most` pictures: every k-th, for motion needs equal steps."""
    if not video.duration or _items_wanted(request, video) <= most:
        return request.fps
    coded = video.fps or _USUAL_FPS
    return coded / math.ceil(coded * video.duration * _MARGIN / most)


class View:
    """The pictures of one request, filled while the video is decoded."""

    def __init__(self, request: Frames, share: Share, video: VideoInfo, turn: Turn, scratch: Path) -> None:
        self._width, self._height = turn.size(*frame_size(request, video.width, video.height))
        shown = turn.size(self._width, self._height)
        item_shape = (shown[1], shown[0]) if request.luma else (shown[1], shown[0], 3)
        self._pixels: GrowingArray[np.uint8] = GrowingArray(item_shape, np.uint8, share.limit, scratch)
        self._times: list[float] = []
        self._request = request
        self._fps, self._most = share.fps, share.most
        self._turn = turn
        self._reformatter = VideoReformatter()

    def offer(self, frame: VideoFrame, time: float) -> None:
        """Keeps `frame`, shown at `time`, if the view samples it."""
        if not self._due(time):
            return
        if self._most is not None and len(self._times) >= self._most:
            self._thin()
            if not self._due(time):
                return
        self._pixels.append(self._turn.apply(self._converted(frame))[np.newaxis])
        self._times.append(time)

    def finish(self, end: float) -> FrameBatch:
        """The view as analyzers get it."""
        times = np.array(self._times, np.float64)
        times.flags.writeable = False
        return FrameBatch(self._pixels.finish(), times, end)

    def close(self) -> None:
        self._pixels.close()

    def _due(self, time: float) -> bool:
        """Whether `time` reaches the next multiple of 1 / fps after the last picture kept."""
        if self._fps is None or not self._times:
            return True
        return self._slot(time) > self._slot(self._times[-1])

    def _slot(self, time: float) -> int:
        return math.floor((time + _STAMP_ERROR) * (self._fps or 0))

    def _thin(self) -> None:
        """Halves the sampling rate and what was kept so far."""
        assert self._fps is not None
        self._fps /= 2
        self._pixels.halve()
        self._times = self._times[::2]

    def _converted(self, frame: VideoFrame) -> NDArray[np.uint8]:
        """`frame` at the view's size, (h, w) full-range luma or (h, w, 3) RGB, not yet turned."""
        same_size = (frame.width, frame.height) == (self._width, self._height)
        if self._request.luma and same_size and _has_byte_luma(frame):
            luma = _plane(frame)
            return luma if _full_range(frame) else _EXPANDED[luma]
        converted = self._reformatter.reformat(
            frame,
            self._width,
            self._height,
            "gray" if self._request.luma else "rgb24",
            src_colorspace=_assumed_matrix(frame),
            dst_color_range="JPEG",
            interpolation=_interpolation(frame, self._width),
            threads=1,
        )
        return _plane(converted) if self._request.luma else converted.to_ndarray()  # type: ignore[return-value]  # uint8


def _interpolation(frame: VideoFrame, width: int) -> Interpolation:
    """Area averaging for strong reductions (no aliasing, cheapest of the good ones), else what keeps letters crisp."""
    return Interpolation.AREA if frame.width >= 2 * width else Interpolation.BICUBIC


def _assumed_matrix(frame: VideoFrame) -> Colorspace | None:
    """BT.709 for untagged pictures larger than standard definition, as players do."""
    untagged = frame.colorspace == _UNSPECIFIED
    return Colorspace.ITU709 if untagged and (frame.width >= 1280 or frame.height > 576) else None


def _has_byte_luma(frame: VideoFrame) -> bool:
    """Whether plane 0 is luma, one byte per pixel."""
    return frame.format.name.startswith(("yuv4", "yuvj4", "nv12", "nv21")) and frame.format.components[0].bits == 8


def _full_range(frame: VideoFrame) -> bool:
    return frame.color_range == _FULL_RANGE or frame.format.name.startswith("yuvj")


def _plane(frame: VideoFrame) -> NDArray[np.uint8]:
    """Plane 0 without the padding at the end of its lines."""
    plane: Any = frame.planes[0]  # a buffer, which its type stub doesn't say
    lines: NDArray[np.uint8] = np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)
    return lines[:, : plane.width]


#: Limited-range luma (16 black, 235 white; BT.601 and BT.709) as full range.
_EXPANDED = np.clip(np.rint((np.arange(256) - 16) * (255 / 219)), 0, 255).astype(np.uint8)
