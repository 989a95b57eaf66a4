"""What comes with the programme itself, from the wheel or from the checkout."""

from __future__ import annotations

from pathlib import Path

import publisher


def bundled(name: str) -> Path:
    """Return what comes with the programme: ``templates`` or ``config.toml``, from the wheel or from the checkout."""
    package = Path(publisher.__file__).parent
    carried = {"templates": package / "_templates", "config.toml": package / "_publication" / "config.toml"}[name]
    return carried if carried.exists() else package.parent / name
