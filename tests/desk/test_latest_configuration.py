"""The preview follows config.toml: read again when it was saved, and only then."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

import pytest

from publisher.cli.preview import _Latest
from publisher.errors import ConfigError
from publisher.preview import Preview

if TYPE_CHECKING:
    from pathlib import Path

    from publisher.cli.app import Call
    from publisher.wiring import Publication


@dataclass
class Paper:
    """A publication that previews whatever it is asked for, under the name that the configuration gave it."""

    name: str

    @property
    def press(self) -> Paper:
        """Return what composes."""
        return self

    def preview(self, key: str) -> Preview:
        """Return a preview that tells the name."""
        return Preview(issue=key, file=self.name)


@dataclass
class Desk:
    """A call whose publication is what the configuration says; « faute » in it is refused."""

    config: Path
    made: list[str] = field(default_factory=list)

    def publication(self) -> Paper:
        """Return the publication that the file describes now."""
        if not self.config.exists() or "faute" in self.config.read_text(encoding="utf-8"):
            raise ConfigError("1 faute.", ())
        self.made.append(self.config.read_text(encoding="utf-8"))
        return Paper(name=self.made[-1])


def test_the_configuration_is_read_again_when_it_was_saved(tmp_path: Path) -> None:
    """Saving an issue makes no new publication; saving config.toml does, once; a faulty one is told until mended."""
    desk = Desk(config=tmp_path / "config.toml")
    desk.config.write_text("un", encoding="utf-8")
    latest = _Latest(cast("Call", desk), cast("Publication", desk.publication()))
    assert [latest(key).file for key in ("2026-10", "2026-11")] == ["un", "un"]
    assert desk.made == ["un"]
    desk.config.write_text("deux", encoding="utf-8")
    assert [latest(key).file for key in ("2026-10", "2026-11")] == ["deux", "deux"]
    assert desk.made == ["un", "deux"]
    desk.config.write_text("faute", encoding="utf-8")
    for _ in range(2):
        with pytest.raises(ConfigError):
            latest("2026-11")
    desk.config.unlink()
    with pytest.raises(ConfigError):
        latest("2026-11")
    desk.config.write_text("deux", encoding="utf-8")
    assert latest("2026-11").file == "deux"
