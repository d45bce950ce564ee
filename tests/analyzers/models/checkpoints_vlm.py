"""How is a tiny, randomly initialised Qwen-VL made, in the form in which the real ones are published?

The real architectures with seeded random weights, and a tokenizer that knows single bytes and Qwen's marks: what they
answer is gibberish, but every part of the way from pictures to words is the real one.
"""

import json
from pathlib import Path

import torch

#: Qwen's marks, in the order of their published numbers.
MARKS = (
    "<|endoftext|>",
    "<|im_start|>",
    "<|im_end|>",
    "<|vision_start|>",
    "<|vision_end|>",
    "<|vision_pad|>",
    "<|image_pad|>",
    "<|video_pad|>",
)
#: Bytes, then marks.
VOCABULARY = 256 + len(MARKS)
_IDS = {mark: 256 + place for place, mark in enumerate(MARKS)}
#: What both architectures share.
_TEXT = {
    "vocab_size": VOCABULARY,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 8192,
}
_CHAT = {
    "image_token_id": _IDS["<|image_pad|>"],
    "video_token_id": _IDS["<|video_pad|>"],
    "vision_start_token_id": _IDS["<|vision_start|>"],
    "vision_end_token_id": _IDS["<|vision_end|>"],
}


def build_vlm(folder: Path, kind: str = "qwen2_vl", seed: int = 0) -> Path:
    """A randomly initialised checkpoint of `kind` ("qwen2_vl", "qwen2_5_vl" or "qwen3_vl") in `folder`, complete."""
    torch.manual_seed(seed)
    network = _NETWORKS[kind]().eval()
    with torch.no_grad():
        for weights in network.parameters():  # far enough from zero for pictures to make a difference
            if weights.ndim > 1:
                weights.normal_(0, 0.3)
    network.save_pretrained(folder)
    byte_tokenizer().save(str(folder / "tokenizer.json"))
    (folder / "manifest.json").write_text("{}")
    # As the real ones: samples are asked for, and must not be taken.
    (folder / "generation_config.json").write_text(
        json.dumps({"do_sample": True, "temperature": 0.9, "top_k": 50, "eos_token_id": [_IDS["<|im_end|>"]]})
    )
    return folder


def byte_tokenizer():
    """A tokenizer whose tokens are single bytes and Qwen's marks."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE(vocab={letter: place for place, letter in enumerate(letters)}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(mark, special=True, normalized=False) for mark in MARKS])
    return tokenizer


def _qwen2():
    from transformers import Qwen2VLConfig, Qwen2VLForConditionalGeneration

    vision = {"depth": 2, "embed_dim": 32, "hidden_size": 32, "num_heads": 2, "mlp_ratio": 2}
    text = {**_TEXT, "rope_parameters": {"rope_type": "default", "mrope_section": [1, 1, 2], "rope_theta": 1e4}}
    config = Qwen2VLConfig(text_config=text, vision_config=vision, tie_word_embeddings=False, **_CHAT)
    return Qwen2VLForConditionalGeneration(config)


def _qwen2_5():
    from transformers import Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration

    vision = {
        "depth": 2,
        "hidden_size": 32,
        "intermediate_size": 48,
        "num_heads": 2,
        "out_hidden_size": 32,
        "fullatt_block_indexes": [1],
    }
    text = {**_TEXT, "rope_parameters": {"rope_type": "default", "mrope_section": [1, 1, 2], "rope_theta": 1e4}}
    config = Qwen2_5_VLConfig(text_config=text, vision_config=vision, tie_word_embeddings=False, **_CHAT)
    return Qwen2_5_VLForConditionalGeneration(config)


def _qwen3():
    from transformers import Qwen3VLConfig, Qwen3VLForConditionalGeneration

    vision = {
        "depth": 2,
        "hidden_size": 32,
        "intermediate_size": 48,
        "num_heads": 2,
        "out_hidden_size": 32,
        "num_position_embeddings": 256,
        "deepstack_visual_indexes": [0],
    }
    rope = {"rope_type": "default", "mrope_section": [2, 1, 1], "mrope_interleaved": True, "rope_theta": 1e4}
    text = {**_TEXT, "head_dim": 8, "rope_parameters": rope}
    config = Qwen3VLConfig(text_config=text, vision_config=vision, tie_word_embeddings=False, **_CHAT)
    return Qwen3VLForConditionalGeneration(config)


_NETWORKS = {"qwen2_vl": _qwen2, "qwen2_5_vl": _qwen2_5, "qwen3_vl": _qwen3}
