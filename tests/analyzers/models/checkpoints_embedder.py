"""How is a tiny, randomly initialised SigLIP 2 made, in the form in which the real one is published?

`google/siglip2-base-patch16-256` is of the model type "siglip" with Gemma's tokenizer. Here: seeded random weights, and
byte pairs learnt from a few words with Gemma's marks, normaliser and end mark. What it finds alike means nothing, but
every part of the way is the real one.
"""

import json
from pathlib import Path

import torch

#: As the real one's.
MARKS = ("<pad>", "<eos>", "<bos>", "<unk>")
#: Pixels of its square picture.
SIDE = 64
#: Length of its vectors.
WIDTH = 32


def build_embedder(folder: Path, seed: int = 0) -> Path:
    """A randomly initialised checkpoint in `folder`, complete."""
    from transformers import SiglipConfig, SiglipModel

    tokenizer = gemma_like_tokenizer()
    tower = {"hidden_size": WIDTH, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4}
    marks = {"pad_token_id": 0, "eos_token_id": 1, "bos_token_id": 2}
    config = SiglipConfig(
        text_config={**tower, **marks, "vocab_size": tokenizer.get_vocab_size(), "max_position_embeddings": 64},
        vision_config={**tower, "image_size": SIDE, "patch_size": 16},
    )
    torch.manual_seed(seed)
    network = SiglipModel(config).eval()
    with torch.no_grad():
        for weights in network.parameters():  # far enough from zero for pictures and words to make a difference
            if weights.ndim > 1:
                weights.normal_(0, 0.2)
        network.logit_scale.fill_(4.7)  # about what SigLIP models have learnt
        network.logit_bias.fill_(-13.0)
    network.save_pretrained(folder)
    tokenizer.save(str(folder / "tokenizer.json"))
    published = {"image_processor_type": "SiglipImageProcessor", "resample": 2, "size": {"height": SIDE, "width": SIDE}}
    (folder / "preprocessor_config.json").write_text(json.dumps(published))
    (folder / "manifest.json").write_text("{}")
    return folder


def gemma_like_tokenizer():
    """Byte pairs with single bytes to fall back to, spaces as ▁, an end mark after the text; case is kept."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

    unseen = [f"<0x{number:02X}>" for number in range(256)]
    tokenizer = Tokenizer(models.BPE(byte_fallback=True, fuse_unk=True, unk_token="<unk>"))
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    tokenizer.pre_tokenizer = pre_tokenizers.Split(" ", "merged_with_previous")
    corpus = [
        "this is a photo of a kitchen.",
        "a street with buses and people at night",
        "a quick brown fox: lazy dogs",
    ]
    trainer = trainers.BpeTrainer(special_tokens=[*MARKS, *unseen], vocab_size=360, show_progress=False)
    tokenizer.train_from_iterator(corpus * 3, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(single="$A <eos>", special_tokens=[("<eos>", 1)])
    return tokenizer
