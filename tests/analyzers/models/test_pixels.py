"""Do pictures become tensors as the networks' own tools make them?"""

import numpy as np
import pytest
import torch
from torchvision.transforms.v2 import functional

from analyzers.models.pixels import letterboxed, normalised, planes, resized


@pytest.fixture
def pictures() -> list[np.ndarray]:
    random = np.random.default_rng(3)
    return [random.integers(0, 256, (90, 50, 3), np.uint8) for _ in range(2)]


def test_bytes_become_planes_from_0_to_1(pictures):
    tensor = planes(pictures, "cpu", torch.float32)

    assert tensor.shape == (2, 3, 90, 50)
    assert tensor[1, 2, 10, 20].item() == pytest.approx(pictures[1][10, 20, 2] / 255)


@pytest.mark.parametrize("size", [(45, 25), (180, 100), (64, 64)], ids=["smaller", "larger", "another shape"])
def test_resizing_equals_torchvisions(pictures, size):
    tensor = planes(pictures, "cpu", torch.float32)
    expected = functional.resize(tensor, list(size), interpolation=functional.InterpolationMode.BICUBIC, antialias=True)

    torch.testing.assert_close(resized(tensor, *size), expected.clamp(0, 1), atol=1e-5, rtol=0)


def test_resizing_to_its_own_size_changes_nothing(pictures):
    tensor = planes(pictures, "cpu", torch.float32)

    assert resized(tensor, 90, 50) is tensor


def test_normalising_takes_the_mean_off_each_channel(pictures):
    tensor = planes(pictures, "cpu", torch.float32)

    out = normalised(tensor, (0.1, 0.2, 0.3), (0.5, 0.25, 1.0))

    torch.testing.assert_close(out[:, 1], (tensor[:, 1] - 0.2) / 0.25)


@pytest.mark.parametrize(("height", "width"), [(90, 50), (50, 90), (30, 300)], ids=["portrait", "landscape", "a strip"])
def test_a_point_is_found_again_after_letterboxing(height, width):
    picture = np.zeros((height, width, 3), np.uint8)
    picture[: height // 2] = 255

    out, scale, left, top = letterboxed(planes([picture], "cpu", torch.float32), 64, 0.5)

    assert out.shape == (1, 3, 64, 64)
    assert scale == pytest.approx(64 / max(height, width))
    inside = out[0, 0, top : top + round(height * scale), left : left + round(width * scale)]
    assert inside[0].min() > 0.9
    assert (out[0, 0].sum() - inside.sum()).item() == pytest.approx(0.5 * (64 * 64 - inside.numel()), rel=1e-4)
