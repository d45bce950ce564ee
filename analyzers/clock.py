"""When is each picture shown, and when does the last one end?

Times are presentation stamps relative to the first picture. Broken stamps are mended in the mildest way: a missing one
continues the usual interval, a repeated one drops the picture, a clock that starts anew or leaps is taken to go on.
"""

from fractions import Fraction
from statistics import median

from av.video import VideoFrame, VideoStream

from analyzers.container import track_seconds

#: Pictures per second, where nothing says it.
_USUAL_FPS = 25.0
#: Seconds backwards from which stamps have started anew, rather than been repeated or disordered.
_RESTART = 1.0
#: Seconds forwards that are believed only when the track is long enough by its header, and never.
_LEAP, _LONGEST_LEAP = 10.0, 600.0
#: How many usual intervals a single picture may last by its own word, where the track doesn't say how long it is.
_LONG = 10


class PictureClock:
    """The times of one track's pictures, in the order they are shown."""

    def __init__(self, track: VideoStream) -> None:
        self._track = track
        rate = float(track.average_rate or track.guessed_rate or 0) or _USUAL_FPS
        self._usual = min(1 / rate, _LEAP)
        #: Seconds of the file's own clock at which the first picture is shown.
        self.zero = 0.0
        #: Pictures so far.
        self.count = 0
        #: Coded pictures that the file really held; counted by the reader.
        self.packets = 0
        self._last = 0.0
        self._last_duration = 0.0
        self._intervals: list[float] = []
        #: Seconds added to the stamps since they last started anew.
        self._shift = 0.0

    def relative(self, stamp: int | None, time_base: Fraction | None) -> float | None:
        """A stamp of any track in seconds since the first picture; None for none."""
        return None if stamp is None or time_base is None else float(stamp * time_base) - self.zero

    def time_of(self, frame: VideoFrame) -> float | None:
        """Seconds at which `frame` is shown, later than the one before; None for a repeated picture."""
        time = self._stamp(frame)
        if self.count:
            if time is None:
                time = self._last + self._usual
            elif time <= self._last - _RESTART or self._leaps_too_far(time):
                self._shift += self._last + self._usual - time
                time = self._last + self._usual
            if time <= self._last:
                return None
            self._intervals.append(time - self._last)
        self.count += 1
        self._last = time or 0.0
        self._last_duration = float((frame.duration or 0) * (self._track.time_base or 0))
        return self._last

    def end(self) -> float:
        """Seconds where the last picture ends.

        By the track's header when the file is whole; else by the picture itself; else the usual interval.
        """
        usual = median(self._intervals) if self._intervals else self._usual
        by_header = self.relative(self._header_end(), self._track.time_base)
        whole = 0 < self._track.frames <= self.packets and not self._shift
        if whole and by_header is not None and by_header > self._last:
            return by_header
        if 0 < self._last_duration <= _LONG * usual:
            return self._last + self._last_duration
        return self._last + usual

    def missing(self) -> int:
        """Coded pictures that the header promises and the file doesn't hold; 0 where it makes no promise.

        One may be missing: AVI counts a picture that it doesn't store.
        """
        missing = self._track.frames - self.packets
        return missing if missing > 1 else 0

    def _stamp(self, frame: VideoFrame) -> float | None:
        stamp = frame.pts if frame.pts is not None else frame.dts
        if stamp is None or self._track.time_base is None:
            return None
        if self.count == 0:
            self.zero = float(stamp * self._track.time_base)
        return float(stamp * self._track.time_base) - self.zero + self._shift

    def _leaps_too_far(self, time: float) -> bool:
        """Whether a broken stamp is likelier than a picture that stays up until `time`."""
        leap = time - self._last
        return leap > _LONGEST_LEAP or (leap > _LEAP and time > track_seconds(self._track) + 1)

    def _header_end(self) -> int | None:
        if self._track.duration is None:
            return None
        return (self._track.start_time or 0) + self._track.duration
