"""How does a person get the models' weights, see which are here, and whether they are whole?"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mass_processing.cli.fetching import following, gigabytes
from mass_processing.cli.options import as_json_option
from mass_processing.cli.output import on_terminal, print_json, print_table, say

if TYPE_CHECKING:
    from analyzers.models.fetch import Plan
    from analyzers.models.profiles import ModelLibrary, Weights

profile_option = click.option("--profile", metavar="cpu|gpu", help="Models of this profile, not of this machine's.")
names_argument = click.argument("names", metavar="[NAME]…", nargs=-1)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one model fared."""

    name: str
    #: "fetched", "here" (there was nothing to do), "whole", "absent", "damaged" or "failed".
    outcome: str
    #: On disk.
    bytes: int = 0
    #: Why it failed, or which files are damaged; empty when all is well.
    reason: str = ""


@click.group("models", no_args_is_help=False)
def models_command() -> None:
    """Fetch the models' weights, list them, and check them.

    They go into MODELS_DIR. After that everything runs without a network.
    """


@models_command.command("pull")
@names_argument
@profile_option
@click.option("--again", is_flag=True, help="Look at every byte of what is here too, and mend what is damaged.")
@as_json_option
def pull_command(names: tuple[str, ...], profile: str | None, again: bool, as_json: bool) -> int:
    """Fetch the weights of the models named, or of all that this machine's profile uses.

    What is complete is left alone, what was begun is gone on with. Exit 0 when all are here, 3 when some failed.
    """
    library = _library(profile)
    chosen = _named(library, names) or library.needed
    done = [*_pulled(library, chosen, again=again)]
    if as_json:
        print_json({"profile": library.profile, "models": [asdict(each) for each in done]})
    _say_failures(done)
    return _exit_code(done)


@models_command.command("list")
@profile_option
@as_json_option
def list_command(profile: str | None, as_json: bool) -> None:
    """List the models: which are here, how large they are, under which licence, and what uses them."""
    library = _library(profile)
    facts = [_facts(weights, library) for weights in library.published.values()]
    if as_json:
        print_json({"profile": library.profile, "models_dir": str(library.models_dir), "models": facts})
        return
    headings = ("model", "state", "on disk", "to fetch", "licence", "plays", "used by")
    print_table(headings, [_row(each) for each in facts])
    if on_terminal():
        missing = [each["name"] for each in facts if each["needed"] and each["to_fetch"]]
        say(f"profile {library.profile}, in {library.models_dir}; {len(missing)} of its models are not here")
        if missing:
            say("bulk_processor.py models pull fetches them")


@models_command.command("verify")
@names_argument
@as_json_option
def verify_command(names: tuple[str, ...], as_json: bool) -> int:
    """Read every byte of the models named, or of all that are here, and compare with what was fetched.

    Exit 0 when all are whole, 1 when none is, 3 when some are damaged.
    """
    from analyzers.models.manifest import State, state_of

    library = _library(None)
    here = (State.HERE, State.OUTDATED)
    present = (each for each in library.published.values() if state_of(each, library.models_dir) in here)
    chosen = _named(library, names) or tuple(present)
    done = [_verified(weights, library.models_dir) for weights in chosen]
    if as_json:
        print_json({"models": [asdict(each) for each in done]})
    elif done:
        print_table(("model", "state", "on disk"), [(each.name, each.outcome, gigabytes(each.bytes)) for each in done])
    else:
        say(f"no weights are in {library.models_dir}; run: bulk_processor.py models pull")
    _say_failures(done)
    return _exit_code(done)


def _library(profile: str | None) -> "ModelLibrary":
    """The models that the settings name. Raises: Refused, UsageError."""
    from mass_processing.errors import Refused
    from mass_processing.gpu import cards
    from mass_processing.model_library import model_library
    from mass_processing.settings import settings

    knobs = replace(settings(), model_profile=profile) if profile else settings()
    try:
        return model_library(knobs, "cuda" if cards() else "cpu")
    except Refused as error:
        if profile:
            raise click.UsageError(str(error)) from error
        raise


def _named(library: "ModelLibrary", names: Sequence[str]) -> "tuple[Weights, ...]":
    """The models called `names`, those inside packages left out. Raises: UsageError, naming those there are."""
    fetched = {name: weights for name, weights in library.published.items() if weights.needs_fetching}
    for name in names:
        if name in library.published and name not in fetched:
            raise click.UsageError(f"{name} came with an installed package; there is nothing to fetch or to check")
        if name not in fetched:
            raise click.UsageError(f"there is no model {name!r}; there are {', '.join(fetched)}")
    return tuple(fetched[name] for name in dict.fromkeys(names))


def _pulled(library: "ModelLibrary", chosen: "Sequence[Weights]", *, again: bool) -> Iterator[Outcome]:
    """Says what will be fetched, and fetches it one after the other."""
    from analyzers.models.manifest import Manifest, State, state_of
    from analyzers.models.offline import be_silent

    be_silent()  # before huggingface_hub is imported
    states = {each.name: state_of(each, library.models_dir) for each in chosen}
    wanted = [each for each in chosen if again or states[each.name] is not State.HERE]
    for weights in chosen:
        if weights not in wanted:
            manifest = Manifest.read(library.models_dir / weights.name)
            yield Outcome(weights.name, "here", manifest.size if manifest else 0)
    if len(wanted) < len(chosen):
        say(f"{len(chosen) - len(wanted)} of {len(chosen)} models are here")
    plans: list[Plan] = []
    for weights in wanted:
        plan = _planned(weights)
        if isinstance(plan, Outcome):
            yield plan
        else:
            plans.append(plan)
    if plans:
        count = f"{len(plans)} model{'s' * (len(plans) > 1)}"
        size = gigabytes(sum(plan.size for plan in plans))
        say(f"fetching {count}, {size}, into {library.models_dir} (profile {library.profile})")
    for plan in plans:
        yield _fetched(plan, library.models_dir, again=again)


def _planned(weights: "Weights") -> "Plan | Outcome":
    from analyzers.errors import FetchFailed
    from analyzers.models.fetch import plan

    try:
        return plan(weights)
    except FetchFailed as error:
        return Outcome(weights.name, "failed", reason=str(error))


def _fetched(plan: "Plan", models_dir: Path, *, again: bool) -> Outcome:
    from analyzers.errors import FetchFailed
    from analyzers.models.fetch import pull

    name = plan.weights.name
    say(f"{name}: {gigabytes(plan.size)}, {plan.weights.info.licence}, {plan.weights.info.id} at {plan.revision}")
    try:
        with following(name, plan.size) as gained:
            manifest = pull(
                plan, models_dir, gained, again=again, waiting=lambda: say(f"{name}: another pull is at it; waiting")
            )
    except FetchFailed as error:
        return Outcome(name, "failed", reason=str(error))
    except OSError as error:
        return Outcome(name, "failed", reason=f"{models_dir / name} can't be written: {error.strerror}")
    return Outcome(name, "fetched", manifest.size)


def _verified(weights: "Weights", models_dir: Path) -> Outcome:
    from analyzers.models.manifest import Manifest, damaged_files

    name, folder = weights.name, models_dir / weights.name
    manifest = Manifest.read(folder)
    if manifest is None:
        return Outcome(name, "absent", reason=f"it is not here; run: bulk_processor.py models pull {name}")
    say(f"{name}: reading {gigabytes(manifest.size)}")
    damage = [f"{file} {what}" for file, what in damaged_files(manifest, folder)]
    if damage:
        mend = f"run: bulk_processor.py models pull --again {name}"
        return Outcome(name, "damaged", manifest.size, f"{'; '.join(damage)}; {mend}")
    if not manifest.files:
        return Outcome(name, "whole", reason="it was placed by hand: nothing is known to compare with")
    return Outcome(name, "whole", manifest.size)


def _say_failures(done: Sequence[Outcome]) -> None:
    for each in done:
        if each.reason:
            say(f"{each.name}: {each.reason}")


def _exit_code(done: Sequence[Outcome]) -> int:
    """0 when all is well, 1 when nothing is, 3 when some of it is."""
    failed = sum(each.outcome in ("failed", "damaged", "absent") for each in done)
    if not failed:
        return 0
    return 1 if failed == len(done) else 3


def _facts(weights: "Weights", library: "ModelLibrary") -> dict[str, Any]:
    """What is known about one model, as JSON."""
    from analyzers.models.manifest import Manifest, State, state_of

    state = state_of(weights, library.models_dir)
    manifest = Manifest.read(library.models_dir / weights.name)
    missing = state not in (State.INSTALLED, State.HERE)
    roles = library.roles_of(weights.name)
    return {
        "name": weights.name,
        "id": weights.info.id,
        "revision": (manifest.revision if manifest else "") or weights.info.revision,
        "state": state.value,
        "on_disk": manifest.size if manifest else 0,
        "to_fetch": weights.size if missing else 0,
        "licence": weights.info.licence,
        "can_be": list(weights.roles),
        "plays": {profile: list(played) for profile, played in roles.items()},
        "needed": bool(roles[library.profile]) and weights.needs_fetching,
        "used_by": _users(roles[library.profile]),
    }


def _users(roles: Sequence[str]) -> list[str]:
    """The analyzers that use a model in one of `roles`."""
    from analyzers.catalog import ANALYZERS
    from analyzers.describe import models_of

    return [
        analyzer.name
        for analyzer in ANALYZERS
        if any(model.role in roles for models in models_of(analyzer) for model in models)
    ]


def _row(facts: dict[str, Any]) -> tuple[str, ...]:
    return (
        facts["name"],
        facts["state"],
        gigabytes(facts["on_disk"]) if facts["on_disk"] else "",
        gigabytes(facts["to_fetch"]) if facts["to_fetch"] else "",
        facts["licence"],
        ", ".join(_parts(facts["plays"])),
        ", ".join(facts["used_by"]),
    )


def _parts(plays: dict[str, list[str]]) -> Iterator[str]:
    """The roles a model plays, each with the profiles where it does, unless it does in all."""
    for role in dict.fromkeys(role for roles in plays.values() for role in roles):
        profiles = [profile for profile, roles in plays.items() if role in roles]
        yield role if len(profiles) == len(plays) else f"{role} ({', '.join(profiles)})"
