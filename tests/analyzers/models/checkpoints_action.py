"""How is a tiny, randomly initialised V-JEPA 2 with a classifier made, in the form in which the real one is published?

Seeded random weights and a few of Something-Something's labels. What it recognises means nothing, but every part of the
way is the real one.
"""

from pathlib import Path

import torch

#: Pixels of its square pictures; the real one has 256.
SIDE = 64
LABELS = (
    "Pouring [something] into [something]",
    "Pushing [something] from left to right",
    "Holding [something]",
    "Opening [something]",
    "Folding [something]",
)


def build_action(folder: Path, seed: int = 0) -> Path:
    """A randomly initialised checkpoint in `folder`, complete."""
    from transformers import VJEPA2Config, VJEPA2ForVideoClassification

    config = VJEPA2Config(
        crop_size=SIDE,
        frames_per_clip=16,
        hidden_size=48,
        num_attention_heads=4,
        num_hidden_layers=2,
        num_pooler_layers=1,
        pred_hidden_size=48,
        pred_num_attention_heads=4,
        pred_num_hidden_layers=1,
        mlp_ratio=2.0,
        id2label=dict(enumerate(LABELS)),
        label2id={label: number for number, label in enumerate(LABELS)},
    )
    torch.manual_seed(seed)
    network = VJEPA2ForVideoClassification(config).eval()
    with torch.no_grad():
        for weights in network.parameters():  # far enough from zero for pictures to make a difference
            if weights.ndim > 1:
                weights.normal_(0, 0.2)
    network.save_pretrained(folder)
    (folder / "manifest.json").write_text("{}")
    return folder
