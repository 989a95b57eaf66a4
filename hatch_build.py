"""What the wheel carries beside the package: templates and the sample configuration. A checkout needs no copy."""

from __future__ import annotations

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

CARRIED = {"templates": "publisher/_templates", "config.toml": "publisher/_publication/config.toml"}


class Carry(BuildHookInterface[Any]):
    """Maps the publication's own files into the wheel; in a checkout ``wiring.bundled`` finds them where they are."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the files to a wheel that is not an editable one."""
        if version != "editable":
            build_data["force_include"].update(CARRIED)
