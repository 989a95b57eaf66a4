"""What is asked of SNS is asked within bounds: small answers, no redirect, no private network."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from public_site.loopback import answering
from public_site.world import NOW
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from publisher.errors import FetchError
from publisher.site.fetching import fetcher
from publisher.sources.settings import HttpSettings

if TYPE_CHECKING:
    from starlette.requests import Request

HERE = HttpSettings(contact="animation@reseau.example", allow_private=True)


async def answer(request: Request) -> Response:
    """Answer as the path says."""
    match request.path_params["name"]:
        case "x.pem":
            return Response(b"-----BEGIN CERTIFICATE-----", media_type="binary/octet-stream")
        case "large":
            return Response(b"x" * 100_000)
        case "elsewhere":
            return RedirectResponse("/x.pem")
    return Response(status_code=404)


def test_an_answer_is_given_as_it_is_and_nothing_beyond_bounds() -> None:
    """A certificate comes back octet for octet; large answers, redirects, and 404 are errors in a sentence."""
    fetch = fetcher(HERE, lambda: NOW)
    with answering([Route("/{name}", answer)], []) as port:
        assert fetch(f"http://127.0.0.1:{port}/x.pem") == b"-----BEGIN CERTIFICATE-----"
        for name in ("large", "elsewhere", "nothing"):
            with pytest.raises(FetchError):
                fetch(f"http://127.0.0.1:{port}/{name}")


def test_a_private_network_is_not_asked() -> None:
    """Unless the configuration allows it for all, this machine's own network is out of reach."""
    with pytest.raises(FetchError, match="réseau privé"):
        fetcher(HttpSettings(contact="x@y.example"), lambda: NOW)("http://127.0.0.1:9/x.pem")
