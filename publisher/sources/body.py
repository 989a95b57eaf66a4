"""The body of an answer, read within bounds while it arrives. It must not know what the body holds."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import aiohttp

if TYPE_CHECKING:
    from collections.abc import AsyncIterable

_GZIP = 16 + zlib.MAX_WBITS
_CODINGS = {"": 0, "identity": 0, "gzip": _GZIP, "x-gzip": _GZIP, "deflate": zlib.MAX_WBITS}
ACCEPTED = "gzip, deflate"
"""What we send as Accept-Encoding: only codings that can be undone a bounded piece at a time."""


class TooLargeError(Exception):
    """More octets than allowed; ``packed`` tells those received from those that decompression gave."""

    def __init__(self, *, packed: bool) -> None:
        super().__init__()
        self.packed = packed


class UnknownCodingError(Exception):
    """A Content-Encoding that was not asked for."""


class Inflater:
    """Undoes one Content-Encoding (RFC 9110, 8.4.1) and never gives more than ``limit`` octets in all."""

    def __init__(self, coding: str, limit: int) -> None:
        name = coding.strip().lower()
        if name not in _CODINGS:
            raise UnknownCodingError(name)
        self._bits = _CODINGS[name]
        self._limit = limit
        self._given = 0
        self._machine = zlib.decompressobj(self._bits) if self._bits else None
        self._begun = False

    def feed(self, piece: bytes) -> bytes:
        """Return what a piece decompresses to. Raises ``TooLargeError`` past the limit, ``zlib.error`` on damage."""
        if self._machine is None:
            return self._count(piece)
        out: list[bytes] = []
        while piece:
            out.append(self._count(self._inflate(piece)))
            if self._machine.eof:  # gzip allows several members, one after the other
                piece = self._machine.unused_data if self._bits == _GZIP else b""
                if piece.strip(b"\0"):
                    self._machine = zlib.decompressobj(self._bits)
                else:
                    piece = b""
            else:
                piece = self._machine.unconsumed_tail
        return b"".join(out)

    def _inflate(self, piece: bytes) -> bytes:
        room = self._limit - self._given + 1  # one more than allowed, to see that there is more
        if self._machine is None:
            return piece
        try:
            out = self._machine.decompress(piece, room)
        except zlib.error:
            # Some servers send raw deflate, without the zlib wrapper that the standard asks for.
            if self._begun or self._bits != zlib.MAX_WBITS:
                raise
            self._machine = zlib.decompressobj(-zlib.MAX_WBITS)
            out = self._machine.decompress(piece, room)
        self._begun = True
        return out

    def _count(self, piece: bytes) -> bytes:
        self._given += len(piece)
        if self._given > self._limit:
            raise TooLargeError(packed=False)
        return piece

    @property
    def complete(self) -> bool:
        """Say whether the compressed stream came to its end."""
        return self._machine is None or self._machine.eof or not self._begun


async def gather(pieces: AsyncIterable[bytes], *, coding: str, limit: int) -> tuple[bytes, bool]:
    """Return the decoded body and whether it is whole; a connection that breaks off keeps what had arrived.

    Raises ``TooLargeError`` past ``limit`` octets received or decoded, ``UnknownCodingError``, and
    ``zlib.error`` when the very beginning cannot be decompressed.
    """
    inflater = Inflater(coding, limit)
    received = 0
    out: list[bytes] = []
    try:
        async for piece in pieces:
            received += len(piece)
            if received > limit:
                raise TooLargeError(packed=True)
            out.append(inflater.feed(piece))
    except (aiohttp.ClientPayloadError, aiohttp.ServerDisconnectedError, ConnectionError):
        return b"".join(out), False
    except zlib.error:
        if not any(out):
            raise
        return b"".join(out), False
    return b"".join(out), inflater.complete
