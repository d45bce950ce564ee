"""Through what does the store speak to its database?"""

from typing import Any, Protocol

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
