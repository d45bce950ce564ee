"""What did one `add` take in so far, and how is it printed?"""

import json
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any, Self

import click

from mass_processing.cli.output import say
from mass_processing.records import AddedLink, JobStatus

if TYPE_CHECKING:
    from mass_processing.bulk_processor import AddReport
    from mass_processing.intake import RefusedLine

#: Seconds between two words about a long list.
_SAY_EVERY = 2.0
_ENDED = (JobStatus.COMPLETED, JobStatus.FAILED)


@dataclass(slots=True)
class Taken:
    """What went in so far. What a million links would fill the memory with is kept only where it is asked for."""

    #: Whether the videos are printed at the end (`--json`), or followed (`-m`).
    printed: bool = False
    followed: bool = False
    added: int = 0
    known: int = 0
    refused: int = 0
    #: Where it stands (`urls.txt:3`), the line, the reason; printed only.
    refusals: list[tuple[str, "RefusedLine"]] = field(default_factory=list)
    #: The known ones: those that have not ended are followed one by one, the others counted.
    open_ids: list[str] = field(default_factory=list)
    known_ended: list[str] = field(default_factory=list)
    #: One JSON object per line and video, in a file without a name.
    videos: IO[str] | None = None
    _said_at: float = field(default_factory=time.monotonic)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.videos is not None:
            self.videos.close()

    @property
    def exit_code(self) -> int:
        """3 when some went in and some did not, 1 when none did."""
        if not self.refused:
            return 0
        return 3 if self.added or self.known else 1

    @property
    def counts(self) -> str:
        """One sentence."""
        return f"added {self.added:,}, already known {self.known:,}, refused {self.refused:,}"

    def count(self, name: str, report: "AddReport") -> None:
        """One more piece of a list is in."""
        self.added += report.added
        self.known += report.known
        self.refused += len(report.refused)
        for line in report.refused:
            where = f"{name}:{line.line_number}"
            say(f"{where}: refused: {line.reason}")
            if self.printed:
                self.refusals.append((where, line))
        if self.followed:
            for link in report.links:
                if link.outcome != "added":
                    (self.known_ended if link.status in _ENDED else self.open_ids).append(link.video_id)
        if self.printed:
            self._write_down(report.links)
        if time.monotonic() - self._said_at >= _SAY_EVERY:
            self._said_at = time.monotonic()
            say(f"so far: {self.counts}")

    def _write_down(self, links: "Sequence[AddedLink]") -> None:
        self.videos = self.videos or tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115  # closed with us
        for link in links:
            video = {"video_id": link.video_id, "outcome": link.outcome, "status": link.status}
            self.videos.write(json.dumps(video) + "\n")

    def print_document(self, batch: str | None, outcome: dict[str, Any]) -> None:
        """What `--json` prints; the videos, of which there may be a million, come one by one at its end."""
        from analyzers.jsonable import jsonable

        head = {
            "added": self.added,
            "known": self.known,
            "refused": [
                {"source": where.rpartition(":")[0], "line": line.line_number, "text": line.text, "reason": line.reason}
                for where, line in self.refusals
            ],
            "batch": batch,
            **outcome,
        }
        click.echo(
            json.dumps(jsonable(head), ensure_ascii=False, indent=2).removesuffix("\n}") + ',\n  "videos": [', nl=False
        )
        if self.videos is not None:
            self.videos.seek(0)
            for number, video in enumerate(self.videos):
                click.echo((",\n    " if number else "\n    ") + video.rstrip("\n"), nl=False)
        click.echo("\n  ]\n}")
