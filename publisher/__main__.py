"""The entry point: ``publisher`` and ``python -m publisher``.

The bare ``--help`` is answered from a table before the command-line library is loaded, so that it costs little
more than starting Python.
"""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line and exit with a status of ``publisher.cli.exits``."""
    arguments = sys.argv[1:]
    if not arguments or arguments in (["--help"], ["-h"]):
        from publisher.cli.catalogue import overview  # noqa: PLC0415 - start-up stays small

        sys.stdout.write(overview())
        return
    from publisher.cli.app import run  # noqa: PLC0415 - start-up stays small

    sys.exit(run(arguments))


if __name__ == "__main__":
    main()
