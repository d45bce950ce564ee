"""Which weights does each pass use, and what is said when they are not there?"""

import re
from pathlib import Path

import pytest

from analyzers.errors import Unavailable
from analyzers.models.profiles import COMPLETE, ModelLibrary

TINY = """
[models.tiny]
id = "acme/tiny"
revision = "main"
licence = "MIT"
roles = ["embedder"]
source = "hub"
files = ["model.safetensors"]
"""


@pytest.fixture
def overlay(tmp_path: Path) -> Path:
    return tmp_path / "models.toml"


def test_both_profiles_name_a_model_for_the_same_passes() -> None:
    assert ModelLibrary(Path(), "gpu").specs.keys() == ModelLibrary(Path(), "cpu").specs.keys()


@pytest.mark.parametrize("profile", ["gpu", "cpu"])
def test_every_pass_names_model_revision_precision_input_and_licence(profile: str) -> None:
    for role, spec in ModelLibrary(Path(), profile).specs.items():
        assert all((spec.name, spec.info.id, spec.info.revision, spec.info.licence)), role
        assert spec.dtype in ("float32", "float16", "bfloat16", "int8"), role
        assert spec.input_size > 0, role


@pytest.mark.parametrize("profile", ["gpu", "cpu"])
def test_a_model_plays_only_roles_it_can(profile: str) -> None:
    library = ModelLibrary(Path(), profile)
    assert [role for role, spec in library.specs.items() if role not in library.published[spec.name].roles] == []


def test_every_model_of_the_hub_is_pinned_to_a_commit() -> None:
    published = ModelLibrary(Path()).published.values()
    of_hub = [weights for weights in published if weights.source == "hub"]
    assert [each.name for each in of_hub if not re.fullmatch(r"[0-9a-f]{40}", each.info.revision)] == []


def test_every_file_at_a_plain_address_has_a_checksum_and_a_size() -> None:
    for weights in ModelLibrary(Path()).published.values():
        if weights.source == "url":
            assert {url.rpartition("/")[2] for url in weights.files} == weights.sha256.keys(), weights.name
            assert weights.size > 0, weights.name


def test_checksums_are_of_sha256() -> None:
    digests = [digest for weights in ModelLibrary(Path()).published.values() for digest in weights.sha256.values()]
    assert digests
    assert all(re.fullmatch(r"[0-9a-f]{64}", digest) for digest in digests)


def test_a_choice_puts_another_model_in_a_role() -> None:
    library = ModelLibrary(Path(), "cpu", {"speech": "whisper-small"})
    assert library.specs["speech"].name == "whisper-small"


def test_a_chosen_model_keeps_what_the_profile_says_about_the_role() -> None:
    usual = ModelLibrary(Path(), "cpu").specs["speech"]
    chosen = ModelLibrary(Path(), "cpu", {"speech": "whisper-small"}).specs["speech"]
    assert (chosen.dtype, chosen.input_size, chosen.options) == (usual.dtype, usual.input_size, usual.options)


def test_a_chosen_model_is_among_those_to_fetch() -> None:
    names = {weights.name for weights in ModelLibrary(Path(), "cpu", {"speech": "whisper-small"}).needed}
    assert "whisper-small" in names
    assert "whisper-base" not in names


def test_models_inside_packages_are_not_among_those_to_fetch() -> None:
    assert "silero-vad" not in {weights.name for weights in ModelLibrary(Path()).needed}


@pytest.mark.parametrize(
    ("choices", "says"),
    [
        ({"hearing": "whisper-small"}, r"no model pass 'hearing'; there are voice, "),
        ({"speech": "yunet"}, r"'yunet' can't be the speech; these can: whisper-large-v3-turbo, whisper-small"),
        ({"speech": "nope"}, r"'nope' can't be the speech; these can: "),
    ],
    ids=["an unknown pass", "a model of another pass", "an unknown model"],
)
def test_a_choice_that_can_not_be_is_named_with_those_that_can(choices: dict[str, str], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        ModelLibrary(Path(), "cpu", choices)


def test_an_unknown_profile_is_named_with_those_there_are() -> None:
    with pytest.raises(ValueError, match=r"no profile 'tpu'; there are gpu, cpu"):
        ModelLibrary(Path(), "tpu")


def test_a_file_laid_over_adds_a_model(overlay: Path) -> None:
    overlay.write_text(TINY)
    library = ModelLibrary(Path(), "cpu", {"embedder": "tiny"}, overlay)
    assert library.specs["embedder"].info.id == "acme/tiny"


def test_a_file_laid_over_changes_single_values_of_a_role(overlay: Path) -> None:
    overlay.write_text("[profiles.cpu]\nspeech = { max_batch = 2 }")
    usual = ModelLibrary(Path(), "cpu").specs["speech"]
    changed = ModelLibrary(Path(), "cpu", more=overlay).specs["speech"]
    assert (changed.name, changed.options) == (usual.name, {**usual.options, "max_batch": 2})


def test_a_profile_of_a_new_name_starts_as_a_copy_of_cpu(overlay: Path) -> None:
    overlay.write_text('[profiles.mine]\nspeech = { model = "whisper-small" }')
    specs = ModelLibrary(Path(), "mine", more=overlay).specs
    assert specs["speech"].name == "whisper-small"
    assert specs["face"] == ModelLibrary(Path(), "cpu").specs["face"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[models.tiny", "can't be read as a table of models"),
        ('[models.tiny]\nid = "acme/tiny"', r"models\.tiny lacks revision, licence, roles, source"),
        ('[profiles.cpu]\nmood = { model = "yunet" }', r"profiles\.cpu\.mood lacks dtype, input_size"),
        ('[profiles.cpu]\nspeech = { model = "nope" }', r"profiles\.cpu\.speech: there is no model 'nope'"),
        (TINY.replace("models.tiny", 'models."../tiny"'), r"'\.\./tiny' can't be a model's name"),
    ],
    ids=["broken", "a model without a licence", "a pass without a precision", "an unknown model", "a path for a name"],
)
def test_a_file_that_lacks_something_is_refused_with_what_it_lacks(overlay: Path, text: str, says: str) -> None:
    overlay.write_text(text)
    with pytest.raises(ValueError, match=says):
        ModelLibrary(Path(), "cpu", more=overlay)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"none\.toml can't be read"):
        ModelLibrary(Path(), "cpu", more=tmp_path / "none.toml")


def test_missing_weights_are_unavailable_with_the_command_that_fetches_them(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match=r"weights of yunet are not here; run: bulk_processor.py models pull yunet"):
        ModelLibrary(tmp_path).folder("face")


def test_weights_without_a_manifest_are_not_all_there(tmp_path: Path) -> None:
    (tmp_path / "yunet").mkdir()
    (tmp_path / "yunet" / "face_detection_yunet_2023mar.onnx").write_bytes(b"half")
    with pytest.raises(Unavailable):
        ModelLibrary(tmp_path).folder("face")


def test_weights_with_a_manifest_are_there(tmp_path: Path) -> None:
    (tmp_path / "yunet").mkdir()
    (tmp_path / "yunet" / COMPLETE).write_text("{}")
    assert ModelLibrary(tmp_path).folder("face") == tmp_path / "yunet"


def test_the_roles_of_a_model_are_told_by_profile() -> None:
    library = ModelLibrary(Path(), "cpu", {"speech": "whisper-large-v3-turbo"})
    assert library.roles_of("whisper-large-v3-turbo") == {"gpu": ("speech",), "cpu": ("speech",)}
    assert library.roles_of("whisper-base") == {"gpu": (), "cpu": ()}
