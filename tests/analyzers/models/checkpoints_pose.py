"""How are small YOLO networks for key points made, and saved as their publisher saves them?"""

from pathlib import Path

from tests.analyzers.models.checkpoints_detector import build_yolo


def build_pose(folder: Path, *, name: str = "yolo26n-pose", seed: int = 7) -> Path:
    """Fills `folder`/`name` as a fetched model: a randomly initialised network of that family, and a manifest."""
    return build_yolo(folder, name, seed)
