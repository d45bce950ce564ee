"""What do the tests of the picture analyzers share?"""

from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from analyzers.decode import decode
from analyzers.media import FrameBatch, Frames, VideoInfo
from analyzers.models import Device, ModelShelf
from analyzers.models.text_reader import TextReader
from mass_processing.demo.encode import write_clip
from tests.analyzers.clips import MEDIA

View = tuple[VideoInfo, FrameBatch]


@pytest.fixture(scope="session")
def reader() -> TextReader:
    """The real reader, loaded once."""
    return ModelShelf(Device(threads=2)).get(TextReader)


@pytest.fixture
def filmed(tmp_path: Path, scratch: Path) -> Callable[..., View]:
    """Encodes pictures and gives them back as an analyzer gets them."""

    def film(
        pictures: Iterable[NDArray[np.uint8]], request: Frames, *, fps: float = 10, bit_rate: int | None = None
    ) -> View:
        path = write_clip(tmp_path / "clip.mp4", pictures, fps=fps, bit_rate=bit_rate)
        return _view(path, request, scratch)

    return film


@pytest.fixture
def real_clip(scratch: Path) -> Callable[[str, Frames], View]:
    """A view of one of the real clips."""

    def view(name: str, request: Frames) -> View:
        if not (MEDIA / name).is_file():
            pytest.skip(f"the real clip {name} is not in {MEDIA}")
        return _view(MEDIA / name, request, scratch)

    return view


def _view(path: Path, request: Frames, scratch: Path) -> View:
    with decode(path, [request], [], scratch=scratch) as decoded:
        return decoded.video, decoded.frames[request]
