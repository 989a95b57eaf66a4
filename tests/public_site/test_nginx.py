"""The configurations of docs/site.md do what they say: nginx runs them in front of the real pages, on loopback."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from publisher.stages.publish import publish
from publisher.subscriber import SubscriberState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from public_site.world import World

DOCUMENT = (Path(__file__).resolve().parents[2] / "docs" / "site.md").read_text(encoding="utf-8")
SERVERS = re.findall(r"^```nginx\n(.*?)^```", DOCUMENT, re.MULTILINE | re.DOTALL)
MAIN = """
daemon off; worker_processes 1; pid {here}/pid; error_log {here}/error.log; {user}
events {{ worker_connections 64; }}
http {{
  types {{ text/html html; image/png png; }}
  access_log {here}/access.log;
  client_body_temp_path {here}/body; proxy_temp_path {here}/proxy; fastcgi_temp_path {here}/fastcgi;
  uwsgi_temp_path {here}/uwsgi; scgi_temp_path {here}/scgi;
  {server}
}}
"""


@contextmanager
def fronted(server: str, world: World, here: Path) -> Iterator[int]:
    """Run nginx with one server block of the document, its ports and paths made ours, and give its port."""
    program = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        pytest.skip("nginx is not installed (Debian: nginx-light): the configurations of docs/site.md are not tried")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    text = re.sub(r"listen 443 ssl;", f"listen 127.0.0.1:{port};", server)
    text = re.sub(r"ssl_certificate.*\n", "", text).replace("127.0.0.1:8026", f"127.0.0.1:{world.port}")
    text = text.replace("/srv/lettre/feeds", str(world.publication.feeds_path))
    user = "user root;" if os.geteuid() == 0 else ""
    (here / "nginx.conf").write_text(MAIN.format(here=here, server=text, user=user), encoding="utf-8")
    process = subprocess.Popen([program, "-p", str(here), "-c", str(here / "nginx.conf")], stderr=subprocess.PIPE)
    try:
        for _ in range(600):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert process.poll() is None, process.stderr.read() if process.stderr else ""
            time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait(10)
        if process.stderr:
            process.stderr.close()


@pytest.mark.parametrize("server", SERVERS, ids=["proxy", "static"])
def test_the_documented_nginx_does_it(server: str, world: World, tmp_path: Path) -> None:
    """Archive, feeds with kind and 304, one-click, events: each works through nginx as it does without."""
    publish(world.publication.editions, world.publication.press.published_files, world.publication.outlet)
    delivery, direct = world.somebody(), world.port
    with fronted(server, world, tmp_path) as port:
        world.port = port
        try:
            kinds = {"rss.xml": "application/rss+xml", "atom.xml": "application/atom+xml", "": "text/html"}
            for name, kind in {**kinds, "feed.json": "application/feed+json"}.items():
                answer = world.ask("GET", f"/{name}")
                assert answer.status == 200, name
                assert answer.headers["content-type"] == f"{kind}; charset=utf-8"
                assert answer.headers["access-control-allow-origin"] == "*"
                assert answer.headers["cache-control"] == "public, max-age=900"
                again = world.ask("GET", f"/{name}", headers={"If-None-Match": answer.headers["etag"]})
                assert again.status == 304
            assert world.ask("GET", "/README.md").status == 404
            leave = f"/desinscription/{delivery.token}"
            assert world.ask("HEAD", leave).status == 200
            assert world.ask("GET", leave).headers["cache-control"] == "no-store"
            assert world.state(delivery) is SubscriberState.ACTIVE
            form = {"Content-Type": "application/x-www-form-urlencoded"}
            assert world.ask("POST", leave, "List-Unsubscribe=One-Click", form).status == 200
            assert world.state(delivery) is SubscriberState.UNSUBSCRIBED
            assert world.tell("postmark", b"{}").status == 200
            assert world.tell("postmark", b"{}", {}).status == 403
            assert world.tell("ses", world.amazon.signed("{}")).status == 200
        finally:
            world.port = direct
    assert delivery.token not in (tmp_path / "access.log").read_text(encoding="utf-8"), "nobody's token is kept"


def test_there_are_two_configurations() -> None:
    """The document shows both ways: everything through the programme, and files straight from the folder."""
    assert len(SERVERS) == 2
