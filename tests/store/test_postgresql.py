"""What only a PostgreSQL can do to us: cut a connection, keep a lock, refuse a right. Each has its sentence."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from store.bench import person, together

from publisher.errors import StoreError
from publisher.item import ItemData
from publisher.protocols import Collected, Memory
from publisher.store import database, schema
from publisher.store.database import open_engine, reading, writing
from publisher.store.items import Items
from publisher.store.roster import Roster

if TYPE_CHECKING:
    from datetime import datetime

    from store.server import Server

pytestmark = pytest.mark.postgresql


@pytest.fixture
def address(postgresql_url: str) -> str:
    """Return the address of a migrated PostgreSQL database."""
    return postgresql_url


def _count(connection: sa.Connection) -> int:
    return int(connection.execute(sa.select(sa.func.count()).select_from(schema.pace)).scalar_one())


def test_a_connection_that_is_cut_is_told_and_nothing_stays_half_written(postgresql: Server, address: str) -> None:
    """A server that is restarted in the middle of a write gives one sentence; the next write just works."""
    made = open_engine(address)
    row = {"key": "a", "arrival": 0.0}

    def write() -> None:
        with writing(made) as connection:
            connection.execute(sa.insert(schema.pace).values(**row))
            assert postgresql.cut(address) == 1
            connection.execute(sa.insert(schema.pace).values(**row | {"key": "b"}))

    with pytest.raises(StoreError, match="a été coupée") as caught:
        write()
    assert "relancez la même commande" in caught.value.remedy
    with writing(made) as connection:
        assert _count(connection) == 0
        connection.execute(sa.insert(schema.pace).values(**row))
    made.dispose()


def test_a_connection_that_was_cut_while_nobody_used_it_is_made_anew(postgresql: Server, address: str) -> None:
    """A programme that runs for weeks outlives restarts of its database."""
    made = open_engine(address)
    with reading(made) as connection:
        assert _count(connection) == 0
    assert postgresql.cut(address) == 1
    with reading(made) as connection:
        assert _count(connection) == 0
    made.dispose()


def test_durable_writes_go_one_after_another_and_do_not_wait_for_ever(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second waits for the first; when it waited too long the person is told who is in the way."""
    monkeypatch.setattr(database, "WAIT_MILLISECONDS", 100)
    made = open_engine(address)
    with (
        writing(made, durable=True),
        pytest.raises(StoreError, match="occupée par un autre programme"),
        writing(made, durable=True),
    ):
        pass
    with writing(made, durable=True), writing(made):  # what needs no turn does not wait for one
        pass
    made.dispose()


def test_what_is_read_together_is_of_one_moment(address: str) -> None:
    """Two reads in one block agree, whatever is committed between them."""
    made = open_engine(address)
    with reading(made) as connection:
        before = _count(connection)
        with writing(made) as other:
            other.execute(sa.insert(schema.pace).values(key="a", arrival=0.0))
        assert _count(connection) == before == 0
    made.dispose()


def test_a_copy_that_takes_no_writes_is_told_as_such(postgresql: Server, address: str) -> None:
    """The address of a replica gives the advice to use the main server's."""
    name = sa.make_url(address).database  # given back, it is not given anew: the setting shows
    postgresql.administer(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    made = open_engine(address)
    with pytest.raises(StoreError, match="en lecture seule") as caught, writing(made) as connection:
        connection.execute(sa.insert(schema.pace).values(key="a", arrival=0.0))
    assert "serveur principal" in caught.value.remedy
    made.dispose()


def test_an_account_without_rights_is_told_which_one_it_needs(postgresql: Server) -> None:
    """PostgreSQL lets only its owner make tables in a database: the sentence says how to become it."""
    address = postgresql.database(template="template0")
    postgresql.administer("CREATE ROLE guest LOGIN")
    with pytest.raises(StoreError, match="n’a pas le droit d’écrire") as caught:
        open_engine(address.replace("postgres@", "guest@"))
    assert "OWNER TO" in caught.value.remedy
    postgresql.drop(address)
    postgresql.administer("DROP ROLE guest")


@pytest.mark.parametrize(
    ("changed", "said"), [(("/test", "/nowhere"), "nowhere"), (("host=", "host=/nowhere"), "ne répond pas")]
)
def test_a_server_or_a_database_that_is_not_there_is_told(address: str, changed: tuple[str, str], said: str) -> None:
    """A wrong name and a wrong host give one sentence, with the server's own word and without the password."""
    wrong = address.replace(*changed).replace("postgres@", "postgres:secret@")
    with pytest.raises(StoreError, match="ne répond pas") as caught:
        open_engine(wrong)
    assert said in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_database_that_cannot_hold_every_name_is_refused(postgresql: Server) -> None:
    """A database in Latin-1 would fail at the first apostrophe: the sentence says how to make one that does not."""
    postgresql.administer("CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1'")
    with pytest.raises(StoreError, match="LATIN1") as caught:
        open_engine(postgresql.url("latin"))
    assert "createdb --encoding=UTF8" in caught.value.remedy
    postgresql.drop(postgresql.url("latin"))


@pytest.mark.parametrize("scheme", ["postgresql", "postgres"])
def test_the_short_name_of_the_database_is_understood(address: str, scheme: str) -> None:
    """An address as hosts give it works without naming the driver."""
    made = open_engine(address.replace("postgresql+psycopg", scheme))
    assert made.dialect.driver == "psycopg"
    made.dispose()


def test_two_imports_at_once_add_everybody_once(address: str, now: datetime) -> None:
    """Two programmes import the same people at the same moment: no error, no double."""

    def run() -> None:
        made = open_engine(address)
        Roster(made).add([person(n) for n in range(300)], now)
        made.dispose()

    together(*[run] * 4)
    made = open_engine(address)
    assert Roster(made).counts()["active"] == 300
    made.dispose()


def test_two_folders_that_speak_of_one_source_at_once_share_its_numbers(address: str, now: datetime) -> None:
    """Numbers are given once each, whoever collects at the same moment."""

    def save(folder: str) -> None:
        made = open_engine(address)
        data = [ItemData(source="rtes", guid=f"{folder}-{n}", title=f"{folder} {n}") for n in range(100)]
        Items(made).save(Collected(source=folder, memory=Memory(source=folder), items=tuple(data)), now)
        made.dispose()

    together(*(partial(save, folder) for folder in ("a", "b", "c")))
    made = open_engine(address)
    assert len(Items(made).items()) == 300
    made.dispose()
