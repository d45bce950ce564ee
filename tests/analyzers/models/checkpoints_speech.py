"""How is a tiny Whisper made that has learnt nothing, in the files that a real one has?

Randomly initialised from a seed: what it writes is nonsense, but always the same nonsense.
"""

import json
from pathlib import Path
from typing import Any

#: ISO codes of the languages that it tells apart.
LANGUAGES = ("en", "zh", "de", "es", "ja")
#: What its tokeniser was trained on.
_TEXTS = [
    "And so my fellow Americans, ask not what your country can do for you.",
    "The quick brown fox jumps over the lazy dog; isn't that what you said?",
    "El perro de San Roque no tiene rabo porque se lo han cortado.",
    "我们今天去学校学习中文。",
]


def build_speech(folder: Path, *, bands: int = 80, seed: int = 0, positions: int = 1500, tokens: int = 40) -> Path:
    """A randomly initialised Whisper with two layers in `folder`: weights, configurations, tokeniser, manifest.

    It hears `positions` / 50 seconds and writes texts of less than `tokens` tokens.
    """
    import torch
    from transformers import WhisperConfig, WhisperForConditionalGeneration

    folder.mkdir(parents=True, exist_ok=True)
    special = build_tokeniser(folder)
    torch.manual_seed(seed)
    config = WhisperConfig(
        vocab_size=special["<|30.00|>"] + 1,
        num_mel_bins=bands,
        d_model=32,
        encoder_layers=2,
        decoder_layers=2,
        encoder_attention_heads=4,
        decoder_attention_heads=4,
        encoder_ffn_dim=64,
        decoder_ffn_dim=64,
        max_source_positions=positions,
        max_target_positions=tokens,
        init_std=0.3,  # with the usual 0.02 every window would be written alike
        pad_token_id=special["<|endoftext|>"],
        bos_token_id=special["<|endoftext|>"],
        eos_token_id=special["<|endoftext|>"],
        decoder_start_token_id=special["<|startoftranscript|>"],
        suppress_tokens=None,
        begin_suppress_tokens=None,
    )
    WhisperForConditionalGeneration(config).eval().save_pretrained(folder)
    written = json.loads((folder / "generation_config.json").read_text())
    written.pop("_from_model_config", None)  # published ones were written by hand
    (folder / "generation_config.json").write_text(json.dumps(written | _generation_config(special)))
    (folder / "manifest.json").write_text("{}")
    return folder


def build_tokeniser(folder: Path) -> dict[str, int]:
    """A byte-level tokeniser with Whisper's special tokens, as `tokenizer.json` in `folder`: the special ones' ids."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer: Any = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=320, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator(_TEXTS, trainer)
    names = ["<|endoftext|>", "<|startoftranscript|>", *(f"<|{each}|>" for each in LANGUAGES)]
    names += ["<|translate|>", "<|transcribe|>", "<|startoflm|>", "<|startofprev|>", "<|nospeech|>", "<|notimestamps|>"]
    names += [f"<|{step / 50:.2f}|>" for step in range(1501)]
    tokenizer.add_special_tokens([AddedToken(name, special=True, normalized=False) for name in names])
    tokenizer.save(str(folder / "tokenizer.json"))
    return {name: tokenizer.token_to_id(name) for name in names}


def _generation_config(special: dict[str, int]) -> dict[str, Any]:
    """What the published generation_config.json says besides, with this tokeniser's numbers."""
    return {
        "alignment_heads": [[0, 1], [1, 0], [1, 3]],
        "begin_suppress_tokens": [220 % special["<|endoftext|>"], special["<|endoftext|>"]],
        "is_multilingual": True,
        "lang_to_id": {f"<|{each}|>": special[f"<|{each}|>"] for each in LANGUAGES},
        "no_timestamps_token_id": special["<|notimestamps|>"],
        "prev_sot_token_id": special["<|startofprev|>"],
        "return_timestamps": False,
        "suppress_tokens": [1, 2, 7, special["<|startoftranscript|>"]],
        "task_to_id": {name: special[f"<|{name}|>"] for name in ("transcribe", "translate")},
    }
