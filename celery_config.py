"""`celery -A celery_config …` from the project folder: the app of mass_processing.celery_config."""

from mass_processing.celery_config import app

__all__ = ["app"]
