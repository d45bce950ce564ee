"""The command line: `python bulk_processor.py --help`. It finds the project's .venv by itself."""

import os
import sys
from pathlib import Path

_PROJECT = Path(__file__).resolve().parent
_PYTHON = _PROJECT / ".venv" / "bin" / "python"


def main() -> None:
    """Goes on in the project's environment, whichever Python started this."""
    elsewhere = os.path.realpath(sys.prefix) != os.path.realpath(_PROJECT / ".venv")
    if elsewhere and sys.executable != str(_PYTHON) and _PYTHON.exists():
        os.execv(_PYTHON, [str(_PYTHON), *sys.argv])
    if sys.version_info < (3, 11):  # noqa: UP036  # without a .venv any Python may have started this
        sys.exit(
            f"Python 3.11 or later is needed, this is {sys.version.split()[0]}; ./start_workers.sh sets everything up"
        )
    try:
        from mass_processing.cli.app import main as run
    except ModuleNotFoundError as error:
        name = (error.name or "").partition(".")[0]
        if name in ("mass_processing", "analyzers"):
            raise
        sys.exit(f"{name} is not installed for {sys.executable}; ./start_workers.sh sets everything up in {_PROJECT}")
    run()


if __name__ == "__main__":
    main()
