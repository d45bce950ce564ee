"""How does a person take everything out: into one file, as a Parquet file per view, or as subtitles?"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mass_processing.cli.options import as_json_option, chosen, class_option, of_batch_option, status_option, the_store
from mass_processing.cli.output import clean, print_json, say, stderr
from mass_processing.errors import Refused
from mass_processing.records import JobFilter

if TYPE_CHECKING:
    from mass_processing.store import Store
    from mass_processing.transcripts import SubtitleForm

_SUBTITLES = (".srt", ".vtt")
_folder = click.Path(path_type=Path)


@click.command("export")
@click.option(
    "-o",
    "--output",
    "target",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Ends with .json, .ndjson, .csv or .parquet, which says what is written; .srt or .vtt with one --video.",
)
@click.option("--parquet", metavar="DIR", type=_folder, help="A Parquet file per view: videos, segments, and counts.")
@click.option("--srt", metavar="DIR", type=_folder, help="What is said, a SubRip file per video.")
@click.option("--vtt", metavar="DIR", type=_folder, help="What is said, a WebVTT file per video.")
@click.option("--video", "videos", metavar="VIDEO", multiple=True, help="Only this video; may be given several times.")
@status_option
@class_option
@of_batch_option
@as_json_option
def export_command(
    target: Path | None,
    parquet: Path | None,
    srt: Path | None,
    vtt: Path | None,
    videos: tuple[str, ...],
    status: str | None,
    failure_class: str | None,
    batch: str | None,
    as_json: bool,
) -> None:
    """Write all videos with their analyses to a file, or to a folder of files.

    A file or folder appears when it is whole. A folder must not be there yet, or be empty.
    """
    from mass_processing.transcripts import SubtitleForm

    _check_one_of(target, parquet, srt, vtt)
    which = chosen(videos, status=status, failure_class=failure_class, batch=batch)
    with the_store() as store:
        try:
            if parquet is not None:
                written = _export_views(store, which, parquet)
            elif srt is not None:
                written = _export_transcripts(store, which, srt, SubtitleForm.SRT)
            elif vtt is not None:
                written = _export_transcripts(store, which, vtt, SubtitleForm.VTT)
            elif target is not None and target.suffix.lower() in _SUBTITLES:
                written = _export_transcript(store, videos, target)
            elif target is not None:
                written = _export_file(store, which, target)
        except OSError as error:
            raise click.ClickException(error.strerror or str(error)) from error
    if as_json:
        print_json(written)


def _check_one_of(*targets: Path | None) -> None:
    if sum(target is not None for target in targets) != 1:
        raise click.UsageError("say where to: one of --output FILE, --parquet DIR, --srt DIR, --vtt DIR")


def _export_file(store: "Store", which: JobFilter, target: Path) -> dict[str, Any]:
    from mass_processing.export import check_target, export

    check_target(target)
    written = export(_counted(store.export(which), "videos"), target)
    say(f"wrote {written.rows:,} videos to {clean(written.path)}, {written.size / 1e6:,.1f} MB")
    return {"file": str(written.path), "videos": written.rows, "bytes": written.size}


def _export_views(store: "Store", which: JobFilter, target: Path) -> dict[str, Any]:
    from mass_processing.store.views import View
    from mass_processing.view_files import export_views

    files = export_views(store.views, target, which, lambda rows: _counted(rows, "rows"))
    for file in files:
        say(f"wrote {file.rows:,} rows to {clean(file.path)}, {file.size / 1e6:,.1f} MB")
    if len(files) < len(View):
        say("with a filter only what is about single videos is written")
    return {
        "folder": str(target),
        "files": {file.path.name: {"rows": file.rows, "bytes": file.size} for file in files},
    }


def _export_transcripts(store: "Store", which: JobFilter, target: Path, form: "SubtitleForm") -> dict[str, Any]:
    from mass_processing.transcripts import export_transcripts

    written = export_transcripts(_counted(store.export(which), "videos"), target, form)
    say(f"wrote {written.files:,} transcripts to {clean(target)}; {written.without:,} videos have none")
    return {"folder": str(target), "files": written.files, "without_transcript": written.without}


def _export_transcript(store: "Store", videos: tuple[str, ...], target: Path) -> dict[str, Any]:
    """Of one video, into one file."""
    from mass_processing.cli.options import video_id_of
    from mass_processing.transcripts import SubtitleForm, write_transcript

    if len(videos) != 1:
        raise click.UsageError(f"one --video goes into {target.name}; --srt DIR and --vtt DIR take many")
    video = store.video(video_id_of(videos[0]))
    if video is None:
        raise Refused(f"there is no video {videos[0]}")
    cues = write_transcript(video, target, SubtitleForm(target.suffix.lower().removeprefix(".")))
    say(f"wrote {cues:,} captions to {clean(target)}")
    return {"file": str(target), "captions": cues, "bytes": target.stat().st_size}


def _counted(rows: Iterator[Mapping[str, Any]], what: str) -> Iterator[Mapping[str, Any]]:
    """The same rows; on a terminal their number so far is shown."""
    console = stderr()
    if not console.is_terminal:
        yield from rows
        return
    with console.status("writing") as status:
        for number, row in enumerate(rows, start=1):
            if number % 100 == 0:
                status.update(f"writing, {number:,} {what} so far")
            yield row
