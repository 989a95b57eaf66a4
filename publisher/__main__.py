"""The entry point: ``publisher`` and ``python -m publisher``."""

from __future__ import annotations


def main() -> None:
    """Run the command line."""
    from publisher.cli import app  # noqa: PLC0415 - start-up stays small

    app()


if __name__ == "__main__":
    main()
