"""What of a result is too large for a row, and where does it lie instead?

A field of an analyzer's result whose JSON is longer than `LARGEST_FIELD` (the camera's path over some minutes, poses
of many people) is put where media lie, compressed, all such fields of an analyzer in one file. The row keeps the other
fields and says in `details` where the rest is. The result file on the disk always has everything.
"""

import gzip
import hashlib
import json
import logging
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mass_processing.errors import MediaAway, MediaLost
from mass_processing.media.media import Media
from mass_processing.media.names import details_key

log = logging.getLogger(__name__)

#: Bytes of JSON.
LARGEST_FIELD = 64_000
#: Is searched, and becomes subtitles: whoever has the row has it.
_ALWAYS_IN_THE_ROW = frozenset({"captions"})

Document = dict[str, Any]


def put_large_fields_aside(document: Document, media: Media) -> Document:
    """The result file's document as the row gets it; the same one where nothing is large. Raises: MediaAway."""
    video_id = document["metadata"]["video_id"]
    changed = {}
    for analyzer, outcome in document["analyzer_results"].items():
        if large := _large_fields(outcome):
            changed[analyzer] = _without(outcome, large, _put(media, video_id, analyzer, large))
    return document | {"analyzer_results": document["analyzer_results"] | changed} if changed else document


def put_large_fields_back(row: Document, media: Media) -> Document:
    """The document that a row was made of; what is gone from where it was put stays named in `details`.

    Raises: MediaAway.
    """
    whole = {}
    for analyzer, outcome in row["analyzer_results"].items():
        try:
            if fields := read_details(outcome, media):
                kept = {name: value for name, value in outcome.items() if name != "details"}
                whole[analyzer] = kept | {"result": outcome["result"] | fields}
        except MediaLost as error:
            log.warning("%s stays without its large fields: %s", analyzer, error)
    return row | {"analyzer_results": row["analyzer_results"] | whole} if whole else row


def read_details(outcome: Mapping[str, Any], media: Media) -> Document:
    """The fields that were put aside of an analyzer's outcome; {} where none were. Raises: MediaLost, MediaAway."""
    told = outcome.get("details")
    if not told:
        return {}
    opened = media.open(told["location"])
    if opened is None:
        raise MediaLost(f"the details are gone: {told['location']}")
    with opened.file:
        packed = opened.file.read()
    if hashlib.sha256(packed).hexdigest() != told["sha256"]:
        raise MediaLost(f"the details are damaged: {told['location']}")
    fields: Document = json.loads(gzip.decompress(packed))
    return fields


def _large_fields(outcome: Mapping[str, Any]) -> Document:
    result = outcome.get("result")
    if not isinstance(result, Mapping):
        return {}
    return {
        name: value
        for name, value in result.items()
        if isinstance(value, list | dict) and name not in _ALWAYS_IN_THE_ROW and len(_packed(value)) > LARGEST_FIELD
    }


def _put(media: Media, video_id: str, analyzer: str, fields: Document) -> Document:
    """What the row says of them."""
    packed = gzip.compress(_packed(fields), mtime=0)
    sha256 = hashlib.sha256(packed).hexdigest()
    key = details_key(video_id, analyzer, sha256)
    try:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "details.json.gz")
            file.write_bytes(packed)
            media.place.put(file, key)
    except OSError as error:
        raise MediaAway(f"large results can't be put aside: {error}") from error
    return {
        "location": media.place.location(key),
        "bytes": len(packed),
        "sha256": sha256,
        "fields": sorted(fields),
    }


def _without(outcome: Document, fields: Mapping[str, Any], told: Document) -> Document:
    kept = {name: value for name, value in outcome["result"].items() if name not in fields}
    return outcome | {"result": kept, "details": told}


def _packed(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
