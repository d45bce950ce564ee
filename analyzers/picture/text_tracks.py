"""Which lines in successive pictures are one text, and from when to when does it stand there?

Readings of one text jitter by a letter, so lines belong together by edit distance (Levenshtein) and by place; a text
that grows word by word stays one. What a track says is what most of its pictures say.
"""

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from analyzers.picture.text_reading import Box, Line, overlap

#: Letters per letter of tolerated difference: shorter texts must be equal.
_LETTERS_PER_ERROR = 5
#: Confidence from which a digit that differs is a change, not a misreading.
_SURE = 0.9
#: Share of the picture's longer side that a text may move between two pictures and still be the same.
_MOVES = 0.25
#: Pictures that a text may be missed in and still go on.
_MISSES = 1
#: Confidence a track needs, and one seen in a single picture.
_CREDIBLE, _CREDIBLE_ONCE = 0.65, 0.85


@dataclass(frozen=True, slots=True)
class Track:
    """One text over the pictures it stands in."""

    #: Indices of the first and the last picture.
    first: int
    last: int
    text: str
    #: Mean confidence of the readings that say `text`, 0–1.
    score: float
    #: Median place and height in pixels of the sampled picture.
    box: Box
    height: float


class _Growing:
    """A track that may go on."""

    def __init__(self, index: int, line: Line) -> None:
        self.first = self.last = index
        self.lines = [line]

    def add(self, index: int, line: Line) -> None:
        self.last = index
        self.lines.append(line)

    def finished(self) -> Track:
        said: dict[str, list[Line]] = defaultdict(list)
        for line in self.lines:
            said[plain(line.text)].append(line)
        whole = {text: lines for text, lines in said.items() if not _grew(text, said)}
        best = max(whole.items(), key=lambda item: (sum(line.score for line in item[1]), len(item[0])))[1]
        edges = zip(*(line.box for line in self.lines), strict=True)
        x1, y1, x2, y2 = (median(edge) for edge in edges)
        return Track(
            first=self.first,
            last=self.last,
            text=_spelled([line.text for line in best]),
            score=sum(line.score for line in best) / len(best),
            box=(x1, y1, x2, y2),
            height=median(line.height for line in self.lines),
        )


def _grew(text: str, said: Mapping[str, Sequence[Line]]) -> bool:
    """Whether `text` is the beginning of what was read about as often."""
    return any(
        each != text and each.startswith(text) and 2 * len(lines) >= len(said[text]) for each, lines in said.items()
    )


def _spelled(texts: Sequence[str]) -> str:
    """Of readings with the same letters a common one with the most gaps between words, for a gap is overlooked more
    easily than invented.
    """
    counts = Counter(texts)
    common = [text for text, count in counts.items() if 3 * count >= max(counts.values())]
    return max(common, key=lambda text: (text.count(" "), counts[text]))


def follow(pictures: Sequence[Sequence[Line]], long_side: int) -> list[Track]:
    """The tracks in `pictures` (the lines of each, boxes within `long_side` pixels), sorted by first, then from top."""
    ended: list[_Growing] = []
    open_tracks: list[_Growing] = []
    for index, lines in enumerate(pictures):
        still = [track for track in open_tracks if index - track.last <= 1 + _MISSES]
        ended += [track for track in open_tracks if index - track.last > 1 + _MISSES]
        open_tracks = _continued(still, index, lines, _MOVES * long_side)
    tracks = [track.finished() for track in (*ended, *open_tracks)]
    credible = [track for track in tracks if _credible(track) or _is_counting(track, tracks)]
    return sorted(credible, key=lambda track: (track.first, track.box[1], track.box[0]))


def _continued(tracks: list[_Growing], index: int, lines: Sequence[Line], reach: float) -> list[_Growing]:
    """`tracks` with the lines of picture `index`; a line that continues none begins one."""
    free = list(tracks)
    begun: list[_Growing] = []
    for line in lines:
        followers = [track for track in free if _continues(track.lines[-1], line, reach)]
        if followers:
            nearest = min(followers, key=lambda track: _distance(track.lines[-1].box, line.box))
            nearest.add(index, line)
            free.remove(nearest)
        else:
            begun.append(_Growing(index, line))
    return tracks + begun


def _continues(before: Line, now: Line, reach: float) -> bool:
    one, other = plain(before.text), plain(now.text)
    if overlap(before.box, now.box) >= 0.3:
        return same_text(before, now) or (min(len(one), len(other)) >= 3 and other.startswith(one))
    return len(one) > _LETTERS_PER_ERROR and same_text(before, now) and _distance(before.box, now.box) < reach


def same_text(before: Line, now: Line) -> bool:
    """Whether two readings are one text, allowing for misread letters."""
    one, other = plain(before.text), plain(now.text)
    if one == other:
        return True
    numbers = _digits(one), _digits(other)
    if min(before.score, now.score) >= _SURE and all(numbers) and numbers[0] != numbers[1]:
        return False
    return edit_distance(one, other) <= min(len(one), len(other)) // _LETTERS_PER_ERROR


def plain(text: str) -> str:
    """`text` as it is compared: letters and digits alone, case and width folded."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(each for each in folded if each.isalnum())


def edit_distance(one: str, other: str) -> int:
    """Insertions, deletions and substitutions that turn one text into the other (Levenshtein 1966)."""
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, start=1):
        previous, row[0] = row[0], i
        for j, wanted in enumerate(other, start=1):
            previous, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, previous + (letter != wanted))
    return row[-1]


def _credible(track: Track) -> bool:
    """A lone letter of an alphabet is no text: crossed or round things in the scene read as X or O, and for one picture
    as 1 or 0.
    """
    letters = plain(track.text)
    once = track.last == track.first
    if len(letters) <= 1 and not _is_word(letters) and (once or not letters.isdigit()):
        return False
    return track.score >= (_CREDIBLE_ONCE if once or len(letters) <= 1 else _CREDIBLE)


def _is_counting(track: Track, tracks: Iterable[Track]) -> bool:
    """Whether `track` is a digit seen once where another number stands right before or after it."""
    if not plain(track.text).isdigit() or track.score < _CREDIBLE_ONCE:
        return False
    return any(
        plain(other.text).isdigit()
        and plain(other.text) != plain(track.text)
        and other.score >= _CREDIBLE_ONCE
        and (other.last + 1 == track.first or track.last + 1 == other.first)
        and overlap(other.box, track.box) >= 0.3
        for other in tracks
    )


def _is_word(letter: str) -> bool:
    """Whether one letter is a word: an ideograph, unless it is the single stroke that any bar is read as."""
    return letter not in ("", "一") and unicodedata.name(letter, "").startswith("CJK")


def joined(tracks: Iterable[Track]) -> list[tuple[Track, ...]]:
    """Lines that come and go together, one below or beside the other, as one text each, in reading order."""
    texts: list[list[Track]] = []
    for track in tracks:
        home = next((text for text in texts if any(_belong(each, track) for each in text)), None)
        if home is None:
            texts.append([track])
        else:
            home.append(track)
    return [tuple(sorted(text, key=_reading_order)) for text in texts]


def _belong(one: Track, other: Track) -> bool:
    shared = min(one.last, other.last) - max(one.first, other.first) + 1
    if max(abs(one.first - other.first), abs(one.last - other.last)) > 1 or shared <= 0:
        return False
    if overlap(one.box, other.box) > 0.5:
        return False
    small, large = sorted((one.height, other.height))
    if large > 1.5 * small:
        return False
    across = max(one.box[0], other.box[0]) - min(one.box[2], other.box[2])
    down = max(one.box[1], other.box[1]) - min(one.box[3], other.box[3])
    below = across < 0 and down < 0.8 * small
    beside = down < -0.5 * small and across < 1.2 * small
    return below or beside


def _reading_order(track: Track) -> tuple[float, float]:
    # Lines of one row differ by less than half a line; a row is named by its middle.
    return round((track.box[1] + track.box[3]) / max(track.height, 1.0)), track.box[0]


def _digits(text: str) -> str:
    return "".join(each for each in text if each.isdigit())


def _distance(one: Box, other: Box) -> float:
    """Pixels between the centres."""
    dx = (one[0] + one[2] - other[0] - other[2]) / 2
    dy = (one[1] + one[3] - other[1] - other[3]) / 2
    return float((dx * dx + dy * dy) ** 0.5)
