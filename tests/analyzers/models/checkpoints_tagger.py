"""How is a tiny Audio Spectrogram Transformer made that has learnt nothing, in the files that a real one has?

Randomly initialised from a seed: what it hears is nonsense, but always the same nonsense.
"""

import json
from pathlib import Path

#: Some of AudioSet's labels.
LABELS = ("Speech", "Male speech, man speaking", "Female singing", "Dog", "Applause", "Baby cry, infant cry", "Silence")


def build_tagger(folder: Path, *, seed: int = 0) -> Path:
    """A randomly initialised transformer with two layers in `folder`: weights, configurations, manifest."""
    import torch
    from transformers import ASTConfig, ASTForAudioClassification

    torch.manual_seed(seed)
    config = ASTConfig(
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        frequency_stride=16,
        time_stride=16,
        initializer_range=0.3,  # with the usual 0.02 everything would sound alike
        id2label=dict(enumerate(LABELS)),
        label2id={label: number for number, label in enumerate(LABELS)},
    )
    ASTForAudioClassification(config).eval().save_pretrained(folder)
    extractor = {"feature_extractor_type": "ASTFeatureExtractor", "mean": -4.2677393, "std": 4.5689974}
    extractor |= {"max_length": 1024, "num_mel_bins": 128, "sampling_rate": 16000, "do_normalize": True}
    (folder / "preprocessor_config.json").write_text(json.dumps(extractor))
    (folder / "manifest.json").write_text("{}")
    return folder
