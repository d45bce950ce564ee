"""Does the dashboard do in a browser what a person expects?"""

import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from mass_processing.records import FailureClass, JobFilter, JobStatus, Stage
from mass_processing.results import segment_rows
from mass_processing.settings import PROJECT
from mass_processing.store import Store
from tests.dashboard.seed import (
    all_workers,
    analysis,
    claimed,
    completed,
    downloaded,
    failed,
    link,
    outcome,
    pending,
    segment,
)

CLIP = PROJECT.parent / "shared/media/nasa_talk.mp4"
#: The page polls every three seconds.
SOON = 10_000
OUTCOMES = {
    "cut_analysis": outcome(segment(4.0, 4.0, "cut"), segment(8.0, 8.0, "cut")),
    "text_overlay": outcome(segment(2.0, 6.0, "text", "<b>Webb</b> telescope", 0.9)),
}


@pytest.fixture
def clip() -> Path:
    if not CLIP.exists():
        pytest.skip("the shared test clips are not beside the repository")
    return CLIP


def test_new_counts_appear_without_a_reload(page: Page, store: Store) -> None:
    page.goto("/")
    expect(page.locator(".tile.is-pending b")).to_have_text("0")

    pending(store, 1, 2, 3)

    expect(page.locator(".tile.is-pending b")).to_have_text("3", timeout=SOON)


def test_links_are_added_and_the_bad_one_stays_in_the_box(page: Page, store: Store) -> None:
    page.goto("/")
    page.get_by_label("One per line").fill(f"{link(1).url}\nhttps://evil.example/a.mp4")
    page.get_by_label("Priority").select_option("8")
    page.get_by_role("button", name="Add", exact=True).click()

    expect(page.locator("#add [role=status]")).to_have_text("1 added, 0 already known, 1 refused.")
    expect(page.get_by_label("One per line")).to_have_value("https://evil.example/a.mp4")
    (job,) = store.jobs()
    assert job.priority == 8


def test_the_form_works_without_scripts(browser: Browser, dashboard: str, store: Store) -> None:
    with browser.new_context(base_url=dashboard, java_script_enabled=False) as context:
        page = context.new_page()
        page.goto("/")
        page.get_by_label("One per line").fill(link(1).url)
        page.get_by_role("button", name="Add", exact=True).click()

        expect(page.locator("#add [role=status]")).to_have_text("1 added, 0 already known.")


def test_chosen_failures_are_requeued(page: Page, store: Store) -> None:
    failed(store, 1, FailureClass.TRANSIENT)
    failed(store, 2, FailureClass.TRANSIENT)
    page.goto("/jobs?status=failed")
    expect(page.get_by_role("button", name="Requeue chosen")).to_be_disabled()

    page.get_by_label(f"Choose {link(1).video_id}").check()
    page.get_by_role("button", name="Requeue chosen").click()

    expect(page.locator(".done")).to_have_text("1 video wait again.")
    assert [job.video_id for job in store.jobs(JobFilter(status=JobStatus.PENDING))] == [link(1).video_id]


def test_a_choice_survives_the_refresh(page: Page, store: Store) -> None:
    pending(store, 1)
    page.goto("/jobs")
    box = page.get_by_label(f"Choose {link(1).video_id}")
    box.check()

    pending(store, 2)
    page.wait_for_timeout(4000)

    expect(box).to_be_checked()


def test_a_declined_question_changes_nothing(page: Page, store: Store) -> None:
    pending(store, 1)
    page.on("dialog", lambda dialog: dialog.dismiss())
    page.goto("/jobs")

    page.get_by_label(f"Choose {link(1).video_id}").check()
    page.get_by_role("button", name="Cancel chosen").click()

    expect(page.get_by_role("button", name="Cancel chosen")).to_be_enabled()
    assert store.stats().jobs["pending"] == 1


def test_a_click_on_a_segment_seeks_the_player(page: Page, store: Store, clip: Path) -> None:
    page.goto(f"/videos/{completed(store, path=clip, outcomes=OUTCOMES)}")

    page.locator("rect[data-seek='8.0']").click()

    expect(page.locator("#player")).to_have_js_property("currentTime", 8)


def test_the_timeline_works_with_the_keyboard(page: Page, store: Store, clip: Path) -> None:
    page.goto(f"/videos/{completed(store, path=clip, outcomes=OUTCOMES)}")
    page.locator("rect[data-seek='4.0']").focus()

    page.keyboard.press("ArrowRight")
    expect(page.locator("rect[data-seek='8.0']")).to_be_focused()
    expect(page.locator("#inspector")).to_have_text("cut, 0:08.0")
    page.keyboard.press("ArrowDown")
    expect(page.locator("rect[data-seek='2.0']")).to_be_focused()
    page.keyboard.press("Enter")

    expect(page.locator("#player")).to_have_js_property("currentTime", 2)


def test_the_playhead_and_the_text_follow_the_player(page: Page, store: Store, clip: Path) -> None:
    page.goto(f"/videos/{completed(store, path=clip, outcomes=OUTCOMES)}")
    line = page.get_by_role("button", name="<b>Webb</b> telescope")
    expect(line).not_to_have_attribute("aria-current", "true")

    page.evaluate("document.getElementById('player').currentTime = 5")

    expect(line).to_have_attribute("aria-current", "true")
    at = page.locator("#playhead").evaluate("e => parseFloat(e.style.left)")
    assert at == pytest.approx(50, abs=1.5)


def test_a_deep_link_opens_at_its_time(page: Page, store: Store, clip: Path) -> None:
    page.goto(f"/videos/{completed(store, path=clip, outcomes=OUTCOMES)}?t=6.5")

    expect(page.locator("#player")).to_have_js_property("currentTime", 6.5)


def test_the_player_really_plays(page: Page, store: Store, clip: Path) -> None:
    page.goto(f"/videos/{completed(store, path=clip, outcomes=OUTCOMES)}")
    page.locator("h1").click()

    page.keyboard.press("k")

    expect(page.locator("#player")).to_have_js_property("paused", False)
    expect(page.locator("#playhead")).to_have_attribute("style", re.compile(r"left: [1-9]"))


def test_an_open_page_shows_the_result_when_the_video_is_done(page: Page, store: Store) -> None:
    video_id = downloaded(store)
    page.goto(f"/videos/{video_id}")
    expect(page.locator(".working")).to_be_visible()

    job = claimed(store, Stage.GPU)
    document = analysis(job, OUTCOMES)
    store.finish_analysis(job, analysis=document, segments=segment_rows(document))

    expect(page.get_by_role("heading", name="Timeline")).to_be_visible(timeout=SOON)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/", "/jobs", "/failures", "/workers", f"/videos/{link(1).video_id}"])
def test_nothing_is_wider_than_a_phone(browser: Browser, dashboard: str, store: Store, path: str, scheme: str) -> None:
    completed(store, 1, outcomes=OUTCOMES, description="word " * 80 + "x" * 300)
    failed(store, 2, FailureClass.PERMANENT, "a long reason " * 20, batch="a-very-long-batch-label-without-any-space")
    all_workers(store)
    size = {"width": 360, "height": 780}
    with browser.new_context(base_url=dashboard, viewport=size, color_scheme=scheme) as context:
        page = context.new_page()
        page.goto(path)

        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_background(browser: Browser, dashboard: str, store: Store, scheme: str) -> None:
    """WCAG 2.2 asks for a contrast of 4.5 to 1 for text of this size."""
    failed(store, 1, FailureClass.PERMANENT)
    all_workers(store)
    with browser.new_context(base_url=dashboard, color_scheme=scheme) as context:
        page = context.new_page()
        page.goto("/")
        texts = page.evaluate(COLORS)

    poor = [text["what"] for text in texts if contrast(text["color"], text["under"]) < 4.5]
    assert texts
    assert poor == []


#: What is written, in which colour, on which backgrounds: its own first.
COLORS = """() => [...document.querySelectorAll('.tile b, .label, .chip, td, th, h2, .quiet, nav a')].map(e => {
    const under = [];
    for (let at = e; at; at = at.parentElement) under.push(getComputedStyle(at).backgroundColor);
    return {what: `${e.className} ${e.textContent.trim().slice(0, 30)}`, color: getComputedStyle(e).color, under};
})"""


def contrast(text: str, under: list[str]) -> float:
    """By WCAG's formula; translucent backgrounds let through what lies below them."""
    below = (1.0, 1.0, 1.0)
    for color in reversed(under):
        *top, alpha = channels(color)
        below = tuple(alpha * over + (1 - alpha) * low for over, low in zip(top, below, strict=True))
    lighter, darker = sorted((luminance(channels(text)[:3]), luminance(below)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(color: Sequence[float]) -> float:
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in color)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def channels(color: str) -> list[float]:
    """Red, green, blue and alpha, 0-1, of `rgb(r, g, b)`, `rgba(r, g, b, a)` or `color(srgb r g b / a)`."""
    numbers = [float(part) for part in re.findall(r"[\d.]+", color.removeprefix("color(srgb"))]
    parts = numbers[:3] if color.startswith("color") else [number / 255 for number in numbers[:3]]
    return [*parts, numbers[3] if len(numbers) > 3 else 1.0]
