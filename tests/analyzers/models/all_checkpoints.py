"""How does a folder with weights for every model come about, small and randomly initialised, in their real formats?"""

import shutil
from pathlib import Path

import rapidocr

from analyzers.models.profiles import COMPLETE, ModelLibrary
from tests.analyzers.models.checkpoints_action import build_action
from tests.analyzers.models.checkpoints_detector import build_detector
from tests.analyzers.models.checkpoints_embedder import build_embedder
from tests.analyzers.models.checkpoints_face import build_face
from tests.analyzers.models.checkpoints_open_detector import build_open_detector
from tests.analyzers.models.checkpoints_pose import build_pose
from tests.analyzers.models.checkpoints_speech import build_speech
from tests.analyzers.models.checkpoints_tagger import build_tagger
from tests.analyzers.models.checkpoints_vlm import build_vlm


def build_all(models_dir: Path) -> ModelLibrary:
    """The cpu profile with every model there: what it finds is chance, but all of its path is real."""
    library = ModelLibrary(models_dir, "cpu")
    folders = {role: models_dir / spec.name for role, spec in library.specs.items()}
    build_detector(models_dir, name=folders["detector"].name)
    build_pose(models_dir, name=folders["pose"].name)
    build_face(folders["face"])
    build_embedder(folders["embedder"])
    build_open_detector(folders["open_detector"])
    build_action(folders["action"])
    build_vlm(folders["vlm"])
    build_speech(folders["speech"])
    build_tagger(folders["tagger"])
    _build_korean(folders["korean_text"])
    return library


def _build_korean(folder: Path) -> None:
    """The usual recogniser in the Korean one's place: the same format, but it knows no Hangul."""
    folder.mkdir(parents=True)
    shutil.copy(Path(rapidocr.__file__).parent / "models" / "PP-OCRv6_rec_small.onnx", folder / "korean.onnx")
    (folder / COMPLETE).write_text("{}")
