"""Are the patches of pictures those of transformers' own processors for Qwen-VL?"""

import numpy as np
import pytest
import torch

from analyzers.models.vision_patches import Patching, grid_for, patches_of, size_for
from tests.analyzers.models.qwen_pictures import CLIP, HALF, pictures, processor_of


def theirs(patching: Patching, seen: list[np.ndarray], pixels: int) -> tuple[torch.Tensor, tuple[int, ...]]:
    """Patches and grid by transformers' processor, which scales to `pixels` at most."""
    video = torch.from_numpy(np.stack(seen)).permute(0, 3, 1, 2)
    steps = len(seen) + len(seen) % 2
    size = {"shortest_edge": 1, "longest_edge": pixels * (steps if patching is HALF else 1)}
    done = processor_of(patching)(
        [video], size=size, return_tensors="pt", cap_pixels_per_frame=False, do_sample_frames=False
    )
    return done["pixel_values_videos"], tuple(done["video_grid_thw"][0].tolist())


@pytest.mark.parametrize("patching", [CLIP, HALF], ids=["Qwen2-VL", "Qwen3-VL"])
@pytest.mark.parametrize("count", [2, 4])
def test_patches_of_pictures_that_need_no_scaling_are_those_of_transformers(patching, count):
    height, width = 3 * patching.token_side, 5 * patching.token_side
    seen = pictures(count, height, width)
    expected, grid = theirs(patching, seen, height * width)

    patches = patches_of(seen, (height, width), patching, "cpu")

    assert grid_for(count, (height, width), patching) == grid
    torch.testing.assert_close(patches, expected, atol=1e-5, rtol=0)


@pytest.mark.parametrize("patching", [CLIP, HALF], ids=["Qwen2-VL", "Qwen3-VL"])
def test_an_odd_picture_is_doubled_as_transformers_does(patching):
    height, width = 2 * patching.token_side, 2 * patching.token_side
    seen = pictures(4, height, width)[:3]
    expected, _ = theirs(CLIP, seen, height * width) if patching is CLIP else (None, None)
    if expected is None:  # their Qwen3-VL processor rounds an odd count to even before it scales; give it the pair
        expected, _ = theirs(HALF, [*seen, seen[-1]], height * width)

    torch.testing.assert_close(patches_of(seen, (height, width), patching, "cpu"), expected, atol=1e-5, rtol=0)


@pytest.mark.parametrize("patching", [CLIP, HALF], ids=["Qwen2-VL", "Qwen3-VL"])
def test_patches_of_pictures_that_shrink_are_within_one_grey_level_of_those_of_transformers(patching):
    seen = pictures(2, 336, 224)
    size = size_for(336, 224, 6 * patching.token_side, patching.token_side)
    expected, grid = theirs(patching, seen, round(1.05 * size[0] * size[1]))
    assert grid == grid_for(2, size, patching), "the test should ask both for the same size"

    difference = (patches_of(seen, size, patching, "cpu") - expected).abs() * 255 * min(patching.std)

    assert difference.max() <= 1.01
    assert difference.mean() < 0.25  # they round between the two directions of scaling as well


def test_a_last_picture_without_a_partner_counts_as_a_step_of_time():
    assert grid_for(3, (56, 28), CLIP) == (2, 4, 2)


@pytest.mark.parametrize(
    ("height", "width", "expected"),
    [
        (1024, 576, (504, 280)),
        (576, 1024, (280, 504)),
        (1, 1, (28, 28)),
        (16, 16, (28, 28)),
        (1280, 4, (504, 28)),
        (100, 100, (112, 112)),
    ],
    ids=["upright", "across", "one pixel", "tiny", "a hair", "small: never scaled up by more than rounding"],
)
def test_pictures_keep_their_aspect_in_whole_tokens(height, width, expected):
    assert size_for(height, width, 504, 28) == expected


@pytest.mark.parametrize("side", [28, 32])
def test_the_longer_side_is_never_longer_than_asked_for(side):
    sizes = [size_for(height, width, 504, side) for height in range(1, 1200, 37) for width in range(1, 1200, 41)]

    assert max(map(max, sizes)) <= 504
    assert min(map(min, sizes)) >= side
