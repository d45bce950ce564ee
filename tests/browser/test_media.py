"""Does the page of a video play something once its file is gone, or is none that a browser plays?"""

import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from playwright.sync_api import Page, expect

from analyzers.preview import make_preview
from mass_processing.demo.encode import write_clip
from mass_processing.media import Media
from mass_processing.media.names import poster_key, preview_key
from mass_processing.settings import Settings
from mass_processing.store import Store
from tests.dashboard.seed import completed, link

PICTURES = [np.full((90, 160, 3), (200, 30 + 2 * n, 40), np.uint8) for n in range(100)]
TONE = np.sin(np.arange(4 * 48_000) / 20).astype(np.float32)


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return write_clip(tmp_path / "clip.mp4", PICTURES, fps=25, sound=TONE)


@pytest.fixture
def kept(clip: Path, backend_settings: Settings, tmp_path: Path) -> Iterator[None]:
    """Poster and preview, where the dashboard looks for them."""
    made = tmp_path / "made"
    made.mkdir()
    make_preview(clip, made)
    media = Media(backend_settings)
    media.keep_pages(link().video_id, made)
    yield
    for key in (poster_key(link().video_id), preview_key(link().video_id)):
        media.place.delete(key, before=4e9)


@pytest.mark.usefixtures("kept")
def test_the_preview_plays_where_the_file_is_gone(page: Page, store: Store) -> None:
    page.goto(f"/videos/{completed(store, path=Path('/nowhere/gone.mp4'))}")
    expect(page.locator("#player")).to_have_js_property("videoWidth", 160)
    poster = page.evaluate("fetch(document.getElementById('player').poster).then(answer => answer.status)")
    assert poster == 200

    page.locator("h1").click()
    page.keyboard.press("k")

    expect(page.locator("#playhead")).to_have_attribute("style", re.compile(r"left: [1-9]"))
    expect(page.locator("#player")).to_have_js_property("paused", False)
    expect(page.locator("#unplayable")).to_be_hidden()


@pytest.mark.usefixtures("kept")
def test_the_preview_plays_where_the_file_is_hevc(page: Page, store: Store, tmp_path: Path) -> None:
    page.goto(f"/videos/{completed(store, path=hevc(tmp_path / 'hevc.mp4'))}")

    expect(page.locator("#player")).to_have_js_property("videoWidth", 160)
    assert str(page.locator("#player").evaluate("player => player.currentSrc")).endswith("/preview.mp4")
    expect(page.locator("#unplayable")).to_be_hidden()


def test_it_is_said_where_nothing_can_be_played(page: Page, store: Store, tmp_path: Path) -> None:
    page.goto(f"/videos/{completed(store, path=hevc(tmp_path / 'hevc.mp4'))}")

    expect(page.locator("#unplayable")).to_be_visible()


def hevc(path: Path) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx265", rate=25)
        stream.codec_context.width, stream.codec_context.height, stream.codec_context.pix_fmt = 160, 90, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 25)
        for number, picture in enumerate(PICTURES[:25]):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path
