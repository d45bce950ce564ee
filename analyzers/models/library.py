"""Which weights does each pass use here, and are they on disk?

`profiles.toml` names a model for every role and what it costs; a file of the same form may add to it, and single roles
may be given another model. Nothing here touches the network: `fetch.py` does, when it is asked to.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from analyzers.contract import ModelInfo
from analyzers.errors import Unavailable

#: The profiles that are shipped.
PROFILES = Path(__file__).with_name("profiles.toml")


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """One model as one role of one profile uses it."""

    #: Our short name; the folder of its files in MODELS_DIR.
    name: str
    #: The role it plays, such as "detector".
    role: str
    #: Publisher's id, revision and licence.
    info: ModelInfo
    #: Where its files come from: "hub" (huggingface.co), "url", or "wheel" (inside an installed package).
    source: str
    #: Files to fetch: names or patterns within the repository, or full addresses; empty for a wheel.
    files: tuple[str, ...]
    #: Bytes to fetch, as published; 0 when unknown or nothing is fetched.
    size: int
    #: "float32", "bfloat16", "float16" or "int8".
    dtype: str
    #: Pixels of the picture it sees (its longer side), or samples per second of the sound it hears.
    input_size: int
    #: Whatever else the role needs, such as max_batch or max_new_tokens.
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def needs_fetching(self) -> bool:
        return self.source != "wheel"


class ModelLibrary:
    """The models of one profile and the folder where their weights lie."""

    def __init__(
        self,
        models_dir: Path,
        profile: str = "cpu",
        choices: Mapping[str, str] | None = None,
        more: Path | None = None,
    ) -> None:
        """`choices`: another model for a role, by name. `more`: a file of the form of profiles.toml, laid over it.

        Raises: ValueError, naming the profile, role or model that there isn't.
        """
        self.models_dir = models_dir
        self.profile = profile
        self._tables = _tables(more)
        self._choices = dict(choices or {})
        if profile not in self._tables["profiles"]:
            raise ValueError(f"there is no profile {profile!r}; there are {', '.join(self._tables['profiles'])}")
        for role, model in self._choices.items():
            self._check_choice(role, model)

    @cached_property
    def specs(self) -> Mapping[str, ModelSpec]:
        """The model of each role, by role."""
        return {role: self._spec(role) for role in self._tables["profiles"][self.profile]}

    def folder(self, role: str) -> Path:
        """Where the files of a role's model lie. Raises: Unavailable, with the command that fetches them."""
        spec = self.specs[role]
        folder = self.models_dir / spec.name
        if not (folder / COMPLETE).is_file():
            command = f"bulk_processor.py models pull {spec.name}"
            raise Unavailable(f"the weights of {spec.name} are not here; run: {command}")
        return folder

    def _spec(self, role: str) -> ModelSpec:
        used = dict(self._tables["profiles"][self.profile][role])
        usual: str = used.pop("model")
        name = self._choices.get(role, usual)
        published = self._tables["models"][name]
        return ModelSpec(
            name=name,
            role=role,
            info=ModelInfo(published["id"], published["revision"], published["licence"]),
            source=published["source"],
            files=tuple(published.get("files", ())),
            size=published.get("size", 0),
            dtype=used.pop("dtype"),
            input_size=used.pop("input_size"),
            options={**published.get("options", {}), **used},
        )

    def _check_choice(self, role: str, model: str) -> None:
        roles, models = self._tables["profiles"][self.profile], self._tables["models"]
        if role not in roles:
            raise ValueError(f"there is no model pass {role!r}; there are {', '.join(roles)}")
        fitting = [name for name, entry in models.items() if role in entry["roles"]]
        if model not in fitting:
            raise ValueError(f"{model!r} can't be the {role}; these can: {', '.join(fitting)}")


#: The file in a model's folder that says all others are there: its manifest, written last.
COMPLETE = "manifest.json"


def _tables(more: Path | None) -> dict[str, Any]:
    """The shipped tables with those of `more` laid over them. Raises: ValueError."""
    tables = tomllib.loads(PROFILES.read_text())
    if more is not None:
        try:
            added = tomllib.loads(more.read_text())
        except (OSError, tomllib.TOMLDecodeError) as error:
            raise ValueError(f"{more} can't be read as a table of models: {error}") from error
        tables["models"] |= added.get("models", {})
        for profile, roles in added.get("profiles", {}).items():
            mine = tables["profiles"].setdefault(profile, {})
            for role, used in roles.items():
                mine[role] = {**mine.get(role, {}), **used}
    return tables
