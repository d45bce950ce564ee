"""Which files does a model consist of, and how do they all get here?

Files come beside their places and take them together, at the end: a pull that fails leaves what was there before. The
manifest is written last; without it a folder counts as not there.
"""

import fcntl
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from analyzers.errors import HostAway, NoRoom, NotPublished, UnsafeFile
from analyzers.models.download import (
    PAUSES,
    Gained,
    RemoteFile,
    away,
    digest_of,
    host_of,
    open_client,
    part_of,
    receive,
    refusal,
    room_needed,
)
from analyzers.models.manifest import FetchedFile, Manifest, State, state_of, sync_folder
from analyzers.models.profiles import COMPLETE, Weights

if TYPE_CHECKING:
    import httpx2

#: Formats that hold numbers and text and nothing that runs.
_SAFE = frozenset({".safetensors", ".onnx", ".json", ".txt", ".model", ".tiktoken", ".jinja"})
#: Pickles run code when they are read, but by a loader that admits tensors alone (weights_only). These roles have one.
_PICKLE, _READ_WITH_WEIGHTS_ONLY = ".pt", frozenset({"detector", "pose"})
#: Bytes that a pull leaves free.
_SPARE = 200_000_000
#: Seconds for the list of a repository's files.
_LISTING = 30.0


@dataclass(frozen=True, slots=True)
class Plan:
    """All that has to be here for one model."""

    weights: Weights
    #: The commit that the revision is now; the revision itself for plain addresses.
    revision: str
    files: tuple[RemoteFile, ...]

    @property
    def size(self) -> int:
        """Bytes; what is published in profiles.toml where the host doesn't say."""
        sizes = [file.size for file in self.files]
        return self.weights.size if None in sizes else sum(size for size in sizes if size)


def plan(weights: Weights, *, endpoint: str | None = None) -> Plan:
    """Asks what there is to fetch. `endpoint`: another hub than HF_ENDPOINT names. Raises: FetchFailed."""
    if weights.source == "hub":
        revision, files = _on_hub(weights, endpoint)
    else:
        revision, files = weights.info.revision, tuple(_at_address(weights, url) for url in weights.files)
    for file in files:
        _check_name(weights, file.name)
    return Plan(weights, revision, files)


def pull(
    plan: Plan,
    models_dir: Path,
    gained: Gained,
    *,
    again: bool = False,
    waiting: Callable[[], None] = lambda: None,
    pauses: Sequence[float] = PAUSES,
) -> Manifest:
    """Fetches what is missing into `models_dir`, going on where an earlier pull ended.

    `again` looks at every byte of what seems to be here too. `waiting` is called when another pull is at it already.
    `pauses` are the seconds before each new attempt after one that brought nothing. Raises: FetchFailed.
    """
    folder = models_dir / plan.weights.name
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder, waiting), room_needed(folder):
        before = Manifest.read(folder)
        if before and not again and state_of(plan.weights, models_dir) is State.HERE:
            gained(plan.size)
            return before
        known = _known(plan, before)
        kept = {file.name: known[file.name] for file in plan.files if _is_whole(folder, known.get(file.name))}
        _check_room(plan, folder, kept)
        with open_client() as client:
            files = tuple(kept.get(file.name) or _received(client, file, folder, gained, pauses) for file in plan.files)
        gained(sum(file.bytes for file in kept.values()))
        info = plan.weights.info
        manifest = Manifest(info.id, info.revision, plan.revision, info.licence, plan.weights.files, files)
        _put_in_place(manifest, before, folder)
    return manifest


def _on_hub(weights: Weights, endpoint: str | None) -> tuple[str, tuple[RemoteFile, ...]]:
    from huggingface_hub import constants, hf_hub_url
    from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]  # documented to be there

    info = weights.info
    listing = _listing(weights, endpoint or constants.ENDPOINT)
    commit = listing.sha or info.revision
    published = {each.rfilename: each for each in listing.siblings or ()}
    headers = build_hf_headers()
    return commit, tuple(
        RemoteFile(
            name=name,
            url=hf_hub_url(info.id, name, revision=commit, endpoint=endpoint),
            size=published[name].size,
            sha256=weights.sha256.get(name) or _sha256_on_hub(published[name]),
            headers=headers,
        )
        for name in _selected(weights, tuple(published))
    )


def _listing(weights: Weights, endpoint: str) -> Any:
    """The hub's list of a repository's files. Raises: FetchFailed."""
    import httpx2
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, OfflineModeIsEnabled

    info = weights.info
    what = f"{info.id} at revision {info.revision}"
    try:
        return HfApi(endpoint=endpoint).model_info(
            info.id, revision=info.revision, files_metadata=True, timeout=_LISTING
        )
    except OfflineModeIsEnabled as error:
        raise HostAway("HF_HUB_OFFLINE or TRANSFORMERS_OFFLINE is set; unset it to fetch models") from error
    except HfHubHTTPError as error:
        raise refusal(error.response.status_code, what, host_of(endpoint)) from error
    except HFValidationError as error:
        raise NotPublished(f"{info.id!r} can't be the id of a model: {error}") from error
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise away(host_of(endpoint) or endpoint, error) from error
    except ValueError as error:  # an error page with status 200, as hotels and proxies send them
        raise HostAway(f"{host_of(endpoint)} does not answer as a hub of models does (HF_ENDPOINT)") from error


def _sha256_on_hub(file: Any) -> str:
    return file.lfs.sha256 if file.lfs else ""


def _selected(weights: Weights, names: tuple[str, ...]) -> list[str]:
    """The files that the patterns mean; one without a slash looks at the top folder alone. Raises: NotPublished."""
    chosen: dict[str, None] = {}
    for pattern in weights.files:
        fitting = [n for n in names if n.count("/") == pattern.count("/") and fnmatchcase(n, pattern)]
        if not fitting:
            info = weights.info
            raise NotPublished(f"{info.id} has no {pattern} at revision {info.revision}; it has {', '.join(names)}")
        chosen.update(dict.fromkeys(fitting))
    return list(chosen)


def _at_address(weights: Weights, url: str) -> RemoteFile:
    name = PurePosixPath(url.partition("?")[0]).name
    return RemoteFile(name, url, sha256=weights.sha256.get(name, ""))


def _check_name(weights: Weights, name: str) -> None:
    """Raises: UnsafeFile."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or not path.name or name in (COMPLETE, f"{COMPLETE}.new"):
        raise UnsafeFile(f"{weights.name}: {name!r} can't be the name of a model's file")
    if path.suffix in _SAFE:
        return
    if path.suffix == _PICKLE and _READ_WITH_WEIGHTS_ONLY.issuperset(weights.roles):
        return
    raise UnsafeFile(
        f"{weights.name}: {name} is not of a format that is safe to read ({', '.join(sorted(_SAFE))}); "
        "take a publication that has it as .safetensors or .onnx"
    )


@contextmanager
def _alone(folder: Path, waiting: Callable[[], None]) -> Iterator[None]:
    """While one pull is in here, others of the same model wait; the kernel frees the lock of one that was killed."""
    with (folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waiting()
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _known(plan: Plan, before: Manifest | None) -> dict[str, FetchedFile]:
    """What the files have to be, as far as it is known before they come."""
    known = {file.name: FetchedFile(file.name, file.size or 0, file.sha256) for file in plan.files if file.sha256}
    if before and before.revision == plan.revision:
        known = {file.name: file for file in before.files} | known
    return known


def _is_whole(folder: Path, file: FetchedFile | None) -> bool:
    """Whether the file is in its place already, byte for byte."""
    if file is None or not (path := folder / file.name).is_file():
        return False
    return file.bytes in (0, path.stat().st_size) and digest_of(path) == file.sha256


def _check_room(plan: Plan, folder: Path, kept: dict[str, FetchedFile]) -> None:
    """Raises: NoRoom, before anything comes."""
    here = sum(part.stat().st_size for file in plan.files if (part := part_of(folder / file.name)).is_file())
    needed = plan.size - sum(file.bytes for file in kept.values()) - here
    free = shutil.disk_usage(folder).free
    if needed > 0 and free < needed + _SPARE:
        raise NoRoom(
            f"{plan.weights.name} needs {needed / 1e9:.2f} GB more, and {folder} has {free / 1e9:.2f} GB free; "
            "make room, or move MODELS_DIR"
        )


def _received(
    client: "httpx2.Client", file: RemoteFile, folder: Path, gained: Gained, pauses: Sequence[float]
) -> FetchedFile:
    target = folder / file.name
    digest = receive(client, file, target, gained, pauses)
    return FetchedFile(file.name, part_of(target).stat().st_size, digest)


def _put_in_place(manifest: Manifest, before: Manifest | None, folder: Path) -> None:
    """Everything is here: the new files take their places, the manifest follows, and what nobody needs goes."""
    (folder / COMPLETE).unlink(missing_ok=True)
    for file in manifest.files:
        target = folder / file.name
        if part_of(target).is_file():
            part_of(target).replace(target)
            sync_folder(target.parent)
    manifest.write(folder)
    names = {file.name for file in manifest.files}
    for old in before.files if before else ():
        if old.name not in names:
            (folder / old.name).unlink(missing_ok=True)
    for leftover in (*folder.rglob("*.part"), *folder.rglob("*.part.tag")):
        leftover.unlink(missing_ok=True)
