"""What is in a YOLO weights file, read without running any of it?

Ultralytics publishes pickled modules. Every class such a file names is replaced by a stand-in that only keeps what is
stored in it, so no object of the file comes to life: what is taken out are arrays of numbers, the class names, and the
table of layers, which must name layers of the families YOLO11 and YOLO26 and nothing else. A file that names anything
that ultralytics doesn't write is refused.
"""

import re
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

#: What published files of all versions name; no more than a courtesy, for nothing named comes to life.
_KNOWN = re.compile(r"(torch\.nn|ultralytics|numpy)(\.\w+)+|builtins\.getattr|pathlib\.(_local\.)?(Posix|Windows)Path")
#: The layers of YOLO11 and YOLO26 for masks and key points.
_LAYERS = frozenset(
    {"Conv", "C3k2", "SPPF", "C2PSA", "Concat", "nn.Upsample", "Segment", "Segment26", "Pose", "Pose26"}
)
#: Entries of the table of layers that are Python code when they are used.
_CODE = ("activation",)
#: The list of allowed names is one of the whole process.
_one_at_a_time = threading.Lock()


class NotACheckpoint(Exception):
    """The file is no YOLO checkpoint, or one that names what it shouldn't."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A network on paper."""

    #: The table of layers, as ultralytics builds networks from.
    layers: Mapping[str, Any]
    #: What each class is called, in the order of the network's scores.
    names: tuple[str, ...]
    #: The learnt numbers, by the names of the network's state.
    state: Mapping[str, Any]


def read_checkpoint(path: Path) -> Checkpoint:
    """What the weights file at `path` holds. Raises: NotACheckpoint, FileNotFoundError."""
    network = _network_in(_unpickled(path), path)
    layers, names = network.get("yaml"), network.get("names")
    if not isinstance(layers, dict) or not isinstance(names, dict):
        raise NotACheckpoint(f"{path.name} holds a network without a table of layers or class names")
    _check(layers, path)
    state = {name: array.float() if array.is_floating_point() else array for name, array in _arrays(network)}
    return Checkpoint(layers, tuple(str(names[number]) for number in sorted(names)), state)


class _StandIn:
    """Something of the file: it keeps what was stored in it and does nothing."""

    def __init__(self, *_: object) -> None:
        pass

    def __setstate__(self, state: object) -> None:
        if isinstance(state, dict):
            self.__dict__.update(state)


def _unpickled(path: Path) -> Any:
    """The file with a stand-in for every object in it. Raises: NotACheckpoint."""
    import torch

    try:
        # The names are asked for under the lock too: those that are allowed just then would be missing among them.
        with _one_at_a_time:
            named = torch.serialization.get_unsafe_globals_in_checkpoint(path)
            strange = sorted(name for name in named if not _KNOWN.fullmatch(name))
            if strange:
                raise NotACheckpoint(f"{path.name} is refused: it names {', '.join(strange)}")
            with torch.serialization.safe_globals([(_StandIn, name) for name in named]):
                return torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise
    except (UnpicklingError, RuntimeError, EOFError, ValueError, OSError, LookupError, TypeError) as error:
        told = (str(error) or type(error).__name__).splitlines()[0]  # torch goes on about what to trust
        raise NotACheckpoint(f"{path.name} can't be read as a checkpoint: {told}") from error


def _network_in(stored: Any, path: Path) -> dict[str, Any]:
    """The attributes of the network; its running average where the training kept one, as ultralytics does."""
    network = (stored.get("ema") or stored.get("model")) if isinstance(stored, dict) else None
    if not isinstance(network, _StandIn):
        raise NotACheckpoint(f"{path.name} holds no network")
    return vars(network)


def _check(layers: dict[str, Any], path: Path) -> None:
    """Raises: NotACheckpoint when building the network would do more than stack known layers."""
    try:
        used = {row[2] for row in (*layers["backbone"], *layers["head"])}
    except (KeyError, IndexError, TypeError) as error:
        raise NotACheckpoint(f"{path.name} has a table of layers that can't be read: {error}") from error
    strange = sorted(str(name) for name in used - _LAYERS) + [entry for entry in _CODE if layers.get(entry)]
    if strange:
        raise NotACheckpoint(f"{path.name} is refused: its table of layers names {', '.join(strange)}")


def _arrays(part: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Parameters and buffers of `part` and of what it is made of, by their full names."""
    for kind in ("_parameters", "_buffers"):
        for name, array in part.get(kind, {}).items():
            if array is not None:
                yield prefix + name, array
    for name, inner in part.get("_modules", {}).items():
        if isinstance(inner, _StandIn):
            yield from _arrays(vars(inner), f"{prefix}{name}.")
