"""How is a tiny, randomly initialised OWLv2 made, in the form in which the real one is published?

Seeded random weights, and byte pairs of a few words as CLIP's vocab.json and merges.txt. What it finds means nothing,
but every part of the way is the real one.
"""

import json
from pathlib import Path

import torch

#: Pixels of its square picture and of a patch; the real one has 960 and 16.
SIDE, PATCH = 96, 16
#: Byte pairs in the order in which they are joined.
_MERGES = ("p h", "o t", "ph ot", "phot o</w>", "o f</w>", "b u", "bu s</w>", "d r", "dr e", "s s</w>", "dre ss</w>")


def build_open_detector(folder: Path, seed: int = 0) -> Path:
    """A randomly initialised checkpoint in `folder`, complete."""
    from transformers import Owlv2Config, Owlv2ForObjectDetection

    folder.mkdir(parents=True, exist_ok=True)
    vocabulary = clip_like_vocabulary()
    begin, end = vocabulary["<|startoftext|>"], vocabulary["<|endoftext|>"]
    tower = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4}
    config = Owlv2Config(
        text_config={**tower, "vocab_size": len(vocabulary), "bos_token_id": begin, "eos_token_id": end},
        vision_config={**tower, "image_size": SIDE, "patch_size": PATCH},
        projection_dim=32,
    )
    torch.manual_seed(seed)
    network = Owlv2ForObjectDetection(config).eval()
    with torch.no_grad():
        for weights in network.parameters():  # far enough from zero for pictures and words to make a difference
            if weights.ndim > 1:
                weights.normal_(0, 0.2)
        network.class_head.logit_shift.bias.fill_(-2.6)  # some patches find nothing
    network.save_pretrained(folder)
    (folder / "vocab.json").write_text(json.dumps(vocabulary))
    (folder / "merges.txt").write_text("\n".join(["#version: 0.2", *_MERGES, ""]))
    marks = {
        "bos_token": "<|startoftext|>",
        "eos_token": "<|endoftext|>",
        "unk_token": "<|endoftext|>",
        "pad_token": "!",
    }
    (folder / "tokenizer_config.json").write_text(json.dumps({**marks, "model_max_length": 16}))
    (folder / "manifest.json").write_text("{}")
    return folder


def clip_like_vocabulary() -> dict[str, int]:
    """Bytes, bytes that end a word, the pairs they are joined to, and the two marks, which have the highest numbers."""
    from tokenizers import pre_tokenizers

    letters = sorted(pre_tokenizers.ByteLevel.alphabet())  # "!" comes first, and pads, as in CLIP
    joined = [pair.replace(" ", "") for pair in _MERGES]
    tokens = [*letters, *(f"{letter}</w>" for letter in letters), *joined, "<|startoftext|>", "<|endoftext|>"]
    return {token: number for number, token in enumerate(tokens)}
