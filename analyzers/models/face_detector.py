"""Where are faces in a picture, and how squarely do they look at the camera?

YuNet (Wu, Peng & Yu, "YuNet: a tiny millisecond-level face detector", 2023; MIT): boxes and five points of each face,
on onnxruntime. It finds faces; whose they are is never asked. Decoded as OpenCV's FaceDetectorYN does it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from analyzers.contract import Model, ModelInfo
from analyzers.errors import Unavailable
from analyzers.models import Device, ModelSource

Floats = NDArray[np.float32]
#: x1, y1, x2, y2, normalised 0–1.
Box = tuple[float, float, float, float]

#: Pixels between the places of each grid that the network answers for.
_STRIDES = (8, 16, 32)
#: Score from which a box is a face, and IoU from which two boxes are one. The publisher's demo takes 0.9 for single
#: pictures; here a face must be seen in several (`picture/face_tracks.py`), so that weaker sightings can count.
_FACE, _SAME = 0.7, 0.3
#: Boxes looked at per picture, best first.
_MOST = 500


@dataclass(frozen=True, slots=True)
class SeenFace:
    """One face in one picture."""

    #: From the forehead to the chin; may reach out of the picture.
    box: Box
    #: Confidence 0–1.
    score: float
    #: 1 seen from the front, 0 from the side.
    frontal: float


class FaceDetector(Model):
    """Finds faces; safe to call from several threads."""

    role: ClassVar[str] = "face"

    def __init__(self, session: Any, side: int, info: ModelInfo) -> None:
        self.info = info
        self._session = session
        entry = session.get_inputs()[0]
        self._input = str(entry.name)
        self._outputs = [str(output.name) for output in session.get_outputs()]
        # The published graph takes one size; one with free sides takes what the profile says.
        height, width = (length if isinstance(length, int) else side for length in entry.shape[2:])
        self._height, self._width = height, width
        on_card = "CUDAExecutionProvider" in session.get_providers()
        self.backend = "onnxruntime-cuda" if on_card else "onnxruntime-cpu"

    @classmethod
    def load(cls, source: ModelSource) -> Self:
        """Raises: Unavailable, with the command that mends it."""
        folder, spec = source.folder(cls), source.spec(cls)
        try:
            import onnxruntime
        except ImportError as error:
            raise Unavailable("onnxruntime is not installed; run: pip install -r requirements.txt") from error
        file = next(iter(sorted(folder.glob("*.onnx"))), None)
        if file is None:
            raise Unavailable(f"no network is in {folder}; run: bulk_processor.py models pull {spec.name}")
        return cls(_session(onnxruntime, file, source.device), spec.input_size, spec.info)

    def find(self, picture: NDArray[np.uint8]) -> list[SeenFace]:
        """The faces of `picture`, uint8 (h, w, 3) RGB, best first."""
        seen, scale = self._fitted(picture)
        answers = self._session.run(self._outputs, {self._input: seen})
        found = decoded(dict(zip(self._outputs, answers, strict=True)), self._width)
        height, width = picture.shape[:2]
        size = np.array([width, height, width, height], np.float32) * scale
        return [
            SeenFace(
                box=_box(row[:4] / size),
                score=round(float(min(row[14], 1.0)), 3),
                frontal=round(frontality(row[4:14].reshape(5, 2)), 3),
            )
            for row in found
        ]

    def _fitted(self, picture: NDArray[np.uint8]) -> tuple[Floats, float]:
        """`picture` as the network sees it, float32 (1, 3, h, w) B, G, R of 0–255, and by how much it was scaled."""
        height, width = picture.shape[:2]
        scale = min(self._width / width, self._height / height)
        size = max(1, round(width * scale)), max(1, round(height * scale))
        shown = cv2.resize(picture, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
        planes = np.zeros((1, 3, self._height, self._width), np.float32)
        planes[0, :, : size[1], : size[0]] = shown[:, :, ::-1].transpose(2, 0, 1)
        return planes, scale


def decoded(answers: Mapping[str, NDArray[Any]], width: int) -> Floats:
    """The network's answers as faces, best first: float32 (n, 15), in pixels of what the network saw.

    Columns: x1, y1, x2, y2; x and y of the right eye, left eye, nose, right and left corner of the mouth; score.
    `answers` are cls_8 (1, n, 1), obj_8 (1, n, 1), bbox_8 (1, n, 4), kps_8 (1, n, 10), and so on for 16 and 32.
    """
    rows = np.concatenate([_grid_rows(answers, stride, width // stride) for stride in _STRIDES])
    rows = rows[rows[:, 14] >= _FACE]
    rows = rows[np.argsort(-rows[:, 14], kind="stable")][:_MOST]
    if not len(rows):
        return rows
    # In whole pixels, as OpenCV does.
    boxes = np.column_stack([rows[:, :2], rows[:, 2:4] - rows[:, :2]]).astype(np.int32)
    kept = cv2.dnn.NMSBoxes(boxes.tolist(), rows[:, 14].tolist(), _FACE, _SAME)
    return rows[np.asarray(kept, dtype=np.int64).ravel()]


def frontality(points: Floats) -> float:
    """1 where the nose is halfway between the eyes, 0 where it is beyond one: (5, 2) points as in `decoded`."""
    right, left, nose = points[0], points[1], points[2]
    across = left - right
    length = float(across @ across)
    if length < 1e-6:
        return 0.0
    along = float((nose - right) @ across) / length
    return max(0.0, 1 - 2 * abs(along - 0.5))


def _grid_rows(answers: Mapping[str, NDArray[Any]], stride: int, columns: int) -> Floats:
    """What every place of one grid says: float32 (places, 15)."""
    likely, there = (np.clip(answers[f"{name}_{stride}"].reshape(-1), 0, 1) for name in ("cls", "obj"))
    box, points = answers[f"bbox_{stride}"].reshape(-1, 4), answers[f"kps_{stride}"].reshape(-1, 5, 2)
    place = np.arange(len(likely))
    corner = np.column_stack([place % columns, place // columns]).astype(np.float32)
    middle = (corner + box[:, :2]) * stride
    # Unlikely boxes may be of any size; they are dropped, and must not overflow before that.
    half = np.exp(np.minimum(box[:, 2:], 20)) * stride / 2
    ends = (points + corner[:, None]) * stride
    score = np.sqrt(likely * there)
    return np.column_stack([middle - half, middle + half, ends.reshape(-1, 10), score]).astype(np.float32)


def _box(corners: Sequence[float] | Floats) -> Box:
    x1, y1, x2, y2 = (round(float(corner), 4) for corner in corners)
    return x1, y1, x2, y2


def _session(onnxruntime: Any, file: Path, device: Device) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = device.threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    # Other models share these cores: a thread that waits must sleep, not spin.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    providers = ["CPUExecutionProvider"]
    if device.kind == "cuda" and "CUDAExecutionProvider" in onnxruntime.get_available_providers():
        providers.insert(0, "CUDAExecutionProvider")
    return onnxruntime.InferenceSession(str(file), options, providers=providers)
