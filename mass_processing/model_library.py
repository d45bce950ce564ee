"""Which models do the settings name, and where do their weights lie?"""

from pathlib import Path

from analyzers.models.profiles import ModelLibrary
from mass_processing.errors import Refused
from mass_processing.settings import Settings


def model_library(settings: Settings, device: str) -> ModelLibrary:
    """The models that an engine on `device` ("cpu" or "cuda") uses. Raises: Refused, naming the setting."""
    choices: dict[str, str] = {}
    for choice in settings.model_choice:
        role, equals, model = choice.partition("=")
        if not equals:
            raise Refused(
                f"MODEL_CHOICE should be `pass=model`, not {choice!r}; bulk_processor.py models list names them"
            )
        choices[role.strip()] = model.strip()
    profile = settings.model_profile or ("gpu" if device == "cuda" else "cpu")
    more = Path(settings.models_file).expanduser() if settings.models_file else None
    try:
        return ModelLibrary(settings.models_dir, profile, choices, more)
    except ValueError as error:
        raise Refused(f"{error} (MODEL_PROFILE, MODEL_CHOICE and MODELS_FILE say which models are used)") from None
