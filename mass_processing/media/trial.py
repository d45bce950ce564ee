"""Can something be put, fetched and deleted where MEDIA_URL says that media lie?"""

import tempfile
import time
import uuid
from pathlib import Path

from mass_processing.errors import MediaAway
from mass_processing.media.media import Media
from mass_processing.settings import Settings

_CONTENT = b"put here by bulk_processor.py doctor, which deletes it at once"


def try_out(settings: Settings) -> float:
    """Does all three with a few bytes; the seconds it took. Raises: MediaAway, MediaLost."""
    place = Media(settings).place
    key = f"doctor-{uuid.uuid4().hex}.txt"
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, key)
        file.write_bytes(_CONTENT)
        place.put(file, key)
    try:
        with place.at_hand(key) as path:
            same = path.read_bytes() == _CONTENT
    finally:
        place.delete(key, before=float("inf"))
    if not same:
        raise MediaAway(f"{place.location(key)} is not what was put there")
    return time.monotonic() - started
