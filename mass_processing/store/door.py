"""Through what does the store speak to its database?"""

from collections.abc import Iterable
from typing import Any, Protocol, runtime_checkable

#: A hosted PostgREST cuts answers at 1,000 rows while the function commits all of them, so no call asks for more.
MAX_ROWS = 500


class Door(Protocol):
    """How SQL functions are called. An argument `name` is the parameter `p_name`: none can be taken for a column."""

    def call(self, function: str, /, **arguments: Any) -> list[dict[str, Any]]:
        """The rows of `select * from function(...)`; dict and list arguments travel as jsonb.

        Raises: BackendAway when the database can't be reached, Refused when it does not take a value.
        """
        ...

    def close(self) -> None: ...


@runtime_checkable
class CopyingDoor(Protocol):
    """A door that can also take many rows at once."""

    def call_on_links(
        self, function: str, rows: Iterable[tuple[str, str, str]], /, **arguments: Any
    ) -> list[dict[str, Any]]:
        """As `call`, after COPY of (video_id, url, source) into the table of `stage_links()`: one transaction, so a
        chunk is in as a whole or not at all. `rows` may be gone through again. Raises: as `call`.
        """
        ...
