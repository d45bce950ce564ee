"""Which pictures do the tests of Qwen-VL show, and who cuts them into patches there?"""

import numpy as np

from analyzers.models.vision_patches import Patching
from tests.analyzers.picture.stills import texture

#: How Qwen2-VL and Qwen3-VL cut them.
CLIP = Patching(14, 2, 2, (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711))
HALF = Patching(16, 2, 2, (0.5, 0.5, 0.5), (0.5, 0.5, 0.5))


def pictures(count: int, height: int, width: int, seed: int = 0) -> list[np.ndarray]:
    """Different parts of one texture."""
    whole = texture(seed, (max(height, 80) + 4 * count, max(width, 80)))
    return [whole[4 * number : 4 * number + height, :width] for number in range(count)]


def processor_of(patching: Patching):
    """Transformers' own processor for them."""
    from transformers import Qwen2VLVideoProcessor, Qwen3VLVideoProcessor

    return Qwen3VLVideoProcessor(do_sample_frames=False) if patching is HALF else Qwen2VLVideoProcessor()
