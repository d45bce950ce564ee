"""Which options and arguments do several commands share?"""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from mass_processing.records import DEFAULT_PRIORITY, URGENT_PRIORITY, FailureClass, JobFilter, JobStatus

if TYPE_CHECKING:
    from mass_processing.bulk_processor import BulkProcessor
    from mass_processing.store import Store

F = TypeVar("F", bound=Callable[..., Any])

as_json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
priority_option = click.option(
    "-p",
    "--priority",
    type=click.IntRange(1, URGENT_PRIORITY),
    default=DEFAULT_PRIORITY,
    show_default=True,
    help="1 to 10; 10 is urgent.",
)
batch_option = click.option("-b", "--batch", metavar="LABEL", help="A label to ask for these videos by.")
monitor_option = click.option("-m", "--monitor", is_flag=True, help="Follow the progress to the end.")
class_option = click.option(
    "--class",
    "failure_class",
    type=click.Choice([each.value for each in FailureClass]),
    help="Only failures of this class.",
)
status_option = click.option(
    "--status", type=click.Choice([each.value for each in JobStatus]), help="Only videos in this state."
)
of_batch_option = click.option("-b", "--batch", metavar="LABEL", help="Only videos of this batch.")


@contextmanager
def the_store() -> "Iterator[Store]":
    """The store that the settings name, closed afterwards. Raises: BackendAway."""
    from mass_processing.settings import settings
    from mass_processing.store import open_store

    store = open_store(settings())
    try:
        yield store
    finally:
        store.close()


@contextmanager
def the_processor() -> "Iterator[BulkProcessor]":
    """The processor of the environment's settings, closed afterwards."""
    from mass_processing.bulk_processor import BulkProcessor

    with BulkProcessor() as processor:
        yield processor


def video_id_of(text: str) -> str:
    """The id of a video named in any form: the full id, the bare TikTok id, a link, or a local file's path.

    Raises: Refused.
    """
    from mass_processing.settings import settings
    from mass_processing.urls import canonical_link, file_link, tiktok_id_of

    text = text.strip()
    if text.partition(":")[0] in ("tiktok", "url", "file") and "://" not in text:
        return text
    if post := tiktok_id_of(text):
        return f"tiktok:{post}"
    if os.path.isfile(text):  # unlike Path.is_file it takes text of any length
        return file_link(Path(text)).video_id
    return canonical_link(text, settings()).video_id


def chosen(
    videos: Sequence[str] = (),
    *,
    status: str | None = None,
    failure_class: str | None = None,
    batch: str | None = None,
    ytdlp_before: str | None = None,
) -> JobFilter:
    """The filter that arguments and options mean. Raises: Refused for a text that names no video."""
    return JobFilter(
        video_ids=tuple(dict.fromkeys(video_id_of(video) for video in videos)),
        status=JobStatus(status) if status else None,
        failure_class=FailureClass(failure_class) if failure_class else None,
        batch=batch,
        ytdlp_before=ytdlp_before,
    )
