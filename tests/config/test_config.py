"""config.toml: one frozen record, or every fault at once with its dotted path."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
import tomlkit

from publisher.config import Config, load, parse
from publisher.errors import ConfigError

FILE = Path(__file__).resolve().parents[2] / "config.toml"


def changed(**tables: dict[str, Any]) -> str:
    """Return the repository's configuration with values set; ``None`` takes a key away."""
    document: Any = tomlkit.parse(FILE.read_text(encoding="utf-8"))
    for dotted, values in tables.items():
        table = document
        for part in dotted.split("__"):
            table = table.setdefault(part, tomlkit.table())
        for key, value in values.items():
            if value is None:
                table.pop(key)
            else:
                table[key] = value
    return tomlkit.dumps(document)


def faults(text: str) -> list[str]:
    """Return the faults of a configuration as sentences, with plain spaces."""
    with pytest.raises(ConfigError) as caught:
        parse(text, Path("config.toml"))
    return [str(fault).replace("\u00a0", " ").replace("\u202f", " ") for fault in caught.value.faults]


def test_the_repositorys_configuration_is_the_networks_real_one() -> None:
    """config.toml loads and names the three real sites."""
    config = load(FILE)
    assert isinstance(config, Config)
    assert {"rtes", "irev", "localtis"} <= set(config.sources)
    assert config.root == FILE.parent


def test_without_a_mailbox_for_what_comes_back_there_is_none() -> None:
    """A configuration that names no [bounces] has none, and neither the command nor the routine looks for one."""
    assert parse(changed(), Path("config.toml")).bounces is None


def test_three_faults_are_reported_at_once_with_their_dotted_paths() -> None:
    """An unknown key, a wrong type and a missing key are all said in one go."""
    said = faults(
        changed(publication={"tilte": "Lettre"}, http={"timeout": "long"}, sources__irev={"url": None}),
    )
    assert len(said) == 3
    assert any(line.startswith("publication.tilte :") and "« title »" in line for line in said)
    assert any(line.startswith("http.timeout :") and "nombre" in line for line in said)
    assert any(line.startswith("sources.irev.url :") and "manque" in line for line in said)


def test_a_key_inside_a_source_that_does_not_exist_is_named_without_its_kind() -> None:
    """The dotted path is what the person reads in the file: ``sources.rtes.ulr``, with a suggestion."""
    (said,) = faults(changed(sources__rtes={"ulr": "https://www.rtes.fr/"}))
    assert said.startswith("sources.rtes.ulr :")
    assert "« url »" in said


def test_a_source_of_an_unknown_kind_is_told_what_kinds_there_are() -> None:
    """A wrong ``kind`` lists the right ones."""
    (said,) = faults(changed(sources__rtes={"kind": "flux"}))
    assert said.startswith("sources.rtes.kind :")
    assert "feed" in said


def test_a_mark_of_the_subject_that_nothing_fills_is_a_fault() -> None:
    """« {Mois} » would stand in the subject of a sent letter: it is told with the marks there are."""
    (fault,) = faults(changed(draft={"subject": "Lettre de {Mois} {year}"}))
    assert fault.startswith("draft.subject : « {Mois} » ne sera pas remplacé.")
    assert "{Month}" in fault


def test_a_time_zone_that_does_not_exist_is_a_fault() -> None:
    """A typo in the zone is found with the configuration, not at the first clock change."""
    (said,) = faults(changed(publication={"timezone": "Europe/Pariss"}))
    assert said.startswith("publication.timezone :")


def test_a_section_that_names_an_unknown_source_is_a_fault() -> None:
    """Tables are checked against each other."""
    document = tomlkit.parse(FILE.read_text(encoding="utf-8"))
    document["sections"][1]["sources"] = ["rtse"]
    (said,) = faults(tomlkit.dumps(document))
    assert "« rtse »" in said
    assert "« rtes »" in said


def test_one_fault_never_hides_another_between_tables() -> None:
    """Faults of types, of values and between tables come in the same go, each at its own key."""
    said = faults(
        changed(
            http={"timeout": "long", "delay": -1},
            letter={"from_address": "pas une adresse"},
            sources__irev={"url": "irev.fr/rss.xml"},
            transport={"kind": "smtp", "path": None, "port": 99999},
        )
    )
    places = {line.partition(" : ")[0] for line in said}
    assert places == {"http.timeout", "http.delay", "letter.from_address", "sources.irev.url", "transport.port"}


def test_what_is_no_toml_is_said_with_its_line() -> None:
    """A broken line is reported with the parser's line number."""
    with pytest.raises(ConfigError) as caught:
        parse("[publication\ntitle = 1", Path("config.toml"))
    (fault,) = caught.value.faults
    assert (fault.line, fault.text[:25]) == (1, "le nom entre crochets n’e")
    assert "« [publication »" in fault.text


@pytest.mark.parametrize(
    "line", ['url = "postgresql://lettre:sesame@base.example/lettre', 'password_file = "sesame', 'secret_env = "sesame']
)
def test_a_line_that_may_hold_a_secret_is_not_shown(line: str) -> None:
    """What is wrong in it is said with its number all the same."""
    with pytest.raises(ConfigError) as caught:
        parse(f"[database]\n{line}\n", Path("config.toml"))
    assert "sesame" not in str(caught.value)
    assert caught.value.faults[0].line == 2


def test_the_example_file_has_no_key_that_toml_reads_twice() -> None:
    """The configuration that is shipped is valid TOML."""
    assert tomllib.loads(FILE.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("url", "means"),
    [
        ("", f"sqlite:///{FILE.parent}/var/publisher.db"),
        ("sqlite:///var/autre.db", f"sqlite:///{FILE.parent}/var/autre.db"),
        ("sqlite:////srv/lettre.db", "sqlite:////srv/lettre.db"),
        ("postgresql+psycopg://lettre@db.example/lettre", "postgresql+psycopg://lettre@db.example/lettre"),
        ("postgres://lettre@/lettre?host=/run/postgresql", "postgres://lettre@/lettre?host=/run/postgresql"),
    ],
)
def test_the_database_is_a_file_beside_the_configuration_or_a_server(url: str, means: str) -> None:
    """A path is relative to config.toml, an address of PostgreSQL stays as it is."""
    assert parse(changed(database={"url": url}), FILE).database_url == means


def test_a_database_of_another_kind_is_a_fault_that_shows_no_password() -> None:
    """An address of something else names the two that there are."""
    (fault,) = faults(changed(database={"url": "mysql://lettre:secret@db.example/lettre"}))
    assert fault.startswith("database.url : ce n’est pas l’adresse d’une base de données.")
    assert "postgresql+psycopg://" in fault
    assert "secret" not in fault
