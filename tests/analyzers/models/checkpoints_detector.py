"""How are small YOLO networks for masks made, and saved as their publisher saves them?

They are randomly initialised: they find boxes in any picture, but never what is on it.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from analyzers.models.offline import go_offline

#: Channels of the smallest published size (n) are a quarter of the table's; an eighth is the least its layers can do.
WIDTH = 0.125


def build_detector(folder: Path, *, name: str = "yolo26n-seg", seed: int = 7) -> Path:
    """Fills `folder`/`name` as a fetched model: a randomly initialised network of that family, and a manifest."""
    return build_yolo(folder, name, seed)


@contextmanager
def offline() -> Iterator[None]:
    """While a library is imported; afterwards the environment is what it was, for the other tests of this process."""
    before = dict(os.environ)
    go_offline()
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def predictor(weights: Path, at_least: float) -> Callable[[np.ndarray], Any]:
    """What ultralytics' own predictor says of RGB pictures, with the published way to choose among boxes."""
    from ultralytics import YOLO

    model = YOLO(str(weights))
    end_to_end = {"nms": False} if weights.stem.startswith("yolo26") else {}

    def predict(picture: np.ndarray) -> Any:
        bgr = np.ascontiguousarray(picture[..., ::-1])
        (answer,) = model.predict(bgr, conf=at_least, iou=0.7, imgsz=640, device="cpu", verbose=False, **end_to_end)
        return answer

    return predict


def build_yolo(folder: Path, name: str, seed: int) -> Path:
    """The weights file of a randomly initialised network of the family of `name`, in `folder`/`name`, by YOLO.save."""
    import torch

    with offline():
        from ultralytics import YOLO
        from ultralytics.utils import ROOT

    home = folder / name
    home.mkdir(parents=True)
    family = f"{name[:6]}{name[7:]}"  # yolo26n-seg is size n of yolo26-seg
    table = yaml.safe_load((ROOT / "cfg" / "models" / name[4:6] / f"{family}.yaml").read_text())
    table["scales"]["n"][1] = WIDTH
    if "pose" in name:
        table["nc"] = 1
    paper = home / f"{name}.yaml"
    paper.write_text(yaml.safe_dump(table))
    torch.manual_seed(seed)
    model = YOLO(str(paper), verbose=False)
    paper.unlink()
    _enliven(model.model, seed)
    names = yaml.safe_load((ROOT / "cfg" / "datasets" / "coco.yaml").read_text())["names"]
    model.model.names = {number: names[number] for number in range(table["nc"])}
    if "pose" in name:
        model.model.kpt_shape = [17, 3]
    weights = home / f"{name}.pt"
    model.save(str(weights))
    (home / "manifest.json").write_text("{}")
    return weights


def noise(seed: int, size: tuple[int, int]) -> np.ndarray:
    """A picture of coloured blobs, uint8 (height, width, 3)."""
    import cv2

    chance = np.random.default_rng(seed)
    layers = [
        cv2.resize(chance.uniform(0, 255, (max(1, size[0] // step), max(1, size[1] // step), 3)), size[::-1])
        for step in (80, 24, 6)
    ]
    return np.clip(sum(layers) / 3 * 1.6 - 77, 0, 255).astype(np.uint8)


def _enliven(network, seed: int) -> None:
    """Makes what the network says depend on the picture: untrained ones say the same of all."""
    import torch

    pictures = np.stack([noise(seed + number, (384, 640)) for number in range(4)])
    images = torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 255
    norms = [part for part in network.modules() if isinstance(part, torch.nn.BatchNorm2d)]
    for norm in norms:
        norm.momentum = None  # the plain average of what it sees
        norm.reset_running_stats()
    with torch.no_grad():
        network.train()(images)
        for norm in norms:
            norm.running_var.clamp_(min=0.05)
        _spread(network.eval(), images)


def _spread(network, images) -> None:
    """Gives the scores of every class a spread of one around a logit that few places on a picture reach."""
    head = network.model[-1]
    last = [level[-1] for branch in ("cv3", "one2one_cv3") for level in getattr(head, branch, None) or ()]
    heard = {}
    hooks = [layer.register_forward_hook(lambda layer, _, answer: heard.update({layer: answer})) for layer in last]
    network(images)
    for layer, hook in zip(last, hooks, strict=True):
        hook.remove()
        logits = heard[layer] - layer.bias[:, None, None]
        spread, middle = logits.std((0, 2, 3)), logits.mean((0, 2, 3))
        layer.weight.data /= spread[:, None, None, None]
        layer.bias.data = (-5.0 if head.nc == 1 else -7.0) - middle / spread
