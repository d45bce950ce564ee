"""Which models do the settings name?"""

from pathlib import Path

import pytest

from mass_processing.errors import Refused
from mass_processing.model_library import model_library
from mass_processing.settings import Settings


@pytest.mark.parametrize(("device", "profile"), [("cpu", "cpu"), ("cuda", "gpu")])
def test_the_profile_suits_the_device(device: str, profile: str) -> None:
    assert model_library(Settings.read({}), device).profile == profile


def test_model_profile_wins_over_the_device() -> None:
    assert model_library(Settings.read({"MODEL_PROFILE": "cpu"}), "cuda").profile == "cpu"


def test_model_choice_takes_other_models_for_single_passes() -> None:
    settings = Settings.read({"MODEL_CHOICE": "speech=whisper-small, vlm = qwen3-vl-2b-instruct"})
    specs = model_library(settings, "cpu").specs
    assert (specs["speech"].name, specs["vlm"].name) == ("whisper-small", "qwen3-vl-2b-instruct")


def test_models_dir_is_where_weights_are_looked_for(tmp_path: Path) -> None:
    assert model_library(Settings.read({"MODELS_DIR": str(tmp_path)}), "cpu").models_dir == tmp_path


def test_models_file_adds_models(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("[profiles.cpu]\nspeech = { max_batch = 2 }")
    settings = Settings.read({"MODELS_FILE": str(tmp_path / "mine.toml")})
    assert model_library(settings, "cpu").specs["speech"].options["max_batch"] == 2


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("MODEL_CHOICE", "whisper-small", "MODEL_CHOICE should be `pass=model`, not 'whisper-small'"),
        ("MODEL_CHOICE", "speech=yunet", "'yunet' can't be the speech; these can: .*MODEL_CHOICE"),
        ("MODEL_PROFILE", "tpu", "there is no profile 'tpu'; there are gpu, cpu .MODEL_PROFILE"),
        ("MODELS_FILE", "/none.toml", "/none.toml can't be read as a table of models.*MODELS_FILE"),
    ],
)
def test_a_setting_that_can_not_be_is_refused_by_its_name(name: str, value: str, says: str) -> None:
    with pytest.raises(Refused, match=says):
        model_library(Settings.read({name: value}), "cpu")
