"""How does a YOLO weights file become a network, and how do pictures go in and rows come out?

The network is ultralytics' own (AGPL-3.0), built from the table of layers in the file and filled with its numbers.
Pictures are scaled to fit and padded to the network's stride, as in ultralytics' `LetterBox` with `auto`. YOLO26 has an
end-to-end head, whose rows are final; of the rows of others (YOLO11), overlapping ones are thrown out here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from analyzers.contract import Model
from analyzers.errors import Unavailable
from analyzers.models.pixels import planes
from analyzers.models.yolo_checkpoint import Checkpoint, NotACheckpoint, read_checkpoint

if TYPE_CHECKING:
    from analyzers.models import ModelSource

#: Grey that the networks were trained to see around a picture.
_PADDING = 114 / 255
#: Two boxes of one class that overlap by more than this are one, where the head doesn't see to that itself; the
#: publisher's default.
_SAME_BOX = 0.7
#: Rows of one picture at most, as the end-to-end heads give.
_MOST = 300


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a picture lies in what the network sees, in pixels of that."""

    left: int
    top: int
    width: int
    height: int


def build(checkpoint: Checkpoint, task: str) -> Any:
    """The network of `checkpoint` for `task` ("segment" or "pose"), ready to answer. Raises: NotACheckpoint."""
    threads = cv2.getNumThreads()
    from ultralytics.nn.tasks import PoseModel, SegmentationModel

    cv2.setNumThreads(threads)  # the import sets it for the whole process
    layers = {**checkpoint.layers, "nc": len(checkpoint.names)}
    last = layers["head"][-1][2]
    if not last.lower().startswith(task):
        raise NotACheckpoint(f"a network that ends in {last} can't {task}")
    make = SegmentationModel if task == "segment" else PoseModel
    network: Any = make(layers, ch=layers.get("channels", 3), verbose=False)
    head = network.model[-1]
    if hasattr(head, "one2one_cv2"):
        head.end2end = True
    head.fuse()  # drops what only training needs, so that the file need not have it
    missing = network.load_state_dict(checkpoint.state, strict=False).missing_keys
    if missing:
        raise NotACheckpoint(f"lacks {len(missing)} arrays of its network, such as {missing[0]}")
    return network.fuse(verbose=False)


def load(model: type[Model], source: "ModelSource", task: str) -> tuple[Any, tuple[str, ...]]:
    """The network of `model`'s weights file for `task`, and the names of its classes.

    Raises: Unavailable when the file is missing, broken or refused.
    """
    spec = source.spec(model)
    file = source.folder(model) / PurePosixPath(spec.files[0]).name
    again = f"run: bulk_processor.py models pull {spec.name}"
    try:
        checkpoint = read_checkpoint(file)
        return build(checkpoint, task), checkpoint.names
    except FileNotFoundError as error:
        raise Unavailable(f"{file} is missing; {again}") from error
    except (NotACheckpoint, RuntimeError) as error:  # torch says RuntimeError of arrays of another shape
        raise Unavailable(f"{file} can't be used: {error}; {again}") from error


def letterboxed(network: Any, pictures: Sequence[NDArray[np.uint8]], side: int) -> tuple[Any, Placement]:
    """Pictures of one size on the network's device, their longer side `side`, padded to its stride; and where they lie.

    Scaled linearly and without smoothing, for that is what the networks were trained on.
    """
    import torch

    weight = next(network.parameters())
    images = planes(pictures, weight.device, weight.dtype)
    height, width = images.shape[-2:]
    scale = side / max(height, width)
    new_height, new_width = max(1, round(height * scale)), max(1, round(width * scale))
    if (new_height, new_width) != (height, width):
        images = torch.nn.functional.interpolate(images, (new_height, new_width), mode="bilinear", align_corners=False)
    stride = int(network.stride.max())
    across, down = -new_width % stride, -new_height % stride
    padding = (across // 2, across - across // 2, down // 2, down - down // 2)
    padded = torch.nn.functional.pad(images, padding, value=_PADDING)
    return padded, Placement(across // 2, down // 2, new_width, new_height)


def rows(network: Any, images: Any, at_least: float) -> tuple[list[Any], Any]:
    """What `network` finds on each of `images`, best first: x1, y1, x2, y2, score, class, and more of its own; float32.

    Boxes in pixels of `images`, scores `at_least` so high. And the mask prototypes, where it makes masks.
    """
    head = network.model[-1]
    if head.stride.device != images.device:  # a copy that runs on the processor: what is no parameter stayed behind
        network.to(images.device)
        head.shape = None
    found, _ = network(images)
    found, prototypes = found if isinstance(found, tuple) else (found, None)
    found = found.float()
    if not head.end2end:
        return [_without_doubles(each, head.nc, at_least) for each in found.transpose(1, 2)], prototypes
    return [each[each[:, 4] >= at_least] for each in found], prototypes


def _without_doubles(candidates: Any, classes: int, at_least: float) -> Any:
    """The rows of x, y, w, h, a score for each class, and more, as rows of one class each without doubles."""
    import torch
    from ultralytics.utils.nms import TorchNMS

    scores, labels = candidates[:, 4 : 4 + classes].max(1)
    kept = scores >= at_least
    candidates, scores, labels = candidates[kept], scores[kept], labels[kept].to(candidates.dtype)
    middle, half = candidates[:, :2], candidates[:, 2:4] / 2
    boxes = torch.cat((middle - half, middle + half), 1)
    apart = labels[:, None] * (boxes.max() - boxes.min() + 1 if len(boxes) else 1)  # boxes of two classes never meet
    best = TorchNMS.nms((boxes + apart).cpu(), scores.cpu(), _SAME_BOX)[:_MOST].to(boxes.device)
    joined = torch.cat((boxes, scores[:, None], labels[:, None], candidates[:, 4 + classes :]), 1)
    return joined[best]


def undone(points: Any, placement: Placement) -> Any:
    """Points (…, 2) in pixels of what the network saw as places on the picture, 0–1, cut off at its edges."""
    import torch

    start = torch.tensor([placement.left, placement.top], dtype=points.dtype, device=points.device)
    size = torch.tensor([placement.width, placement.height], dtype=points.dtype, device=points.device)
    return ((points - start) / size).clamp(0, 1)
