"""What the network benchmarks need: a sink that offers CHUNKING, and a line with a delay in front of any server."""

from __future__ import annotations

import argparse
import asyncio
import contextlib


class Sink(asyncio.Protocol):
    """Accepts everything as fast as Python can; it looks at nothing but commands and lengths."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._buffer = b""
        self._to_skip = 0
        self._in_data = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(b"220 sink\r\n")

    def data_received(self, data: bytes) -> None:
        """Answer whole commands; several answers leave in one write."""
        assert self._transport is not None
        buffer, answers = self._buffer + data, []
        while buffer:
            if self._to_skip:
                taken = min(self._to_skip, len(buffer))
                buffer, self._to_skip = buffer[taken:], self._to_skip - taken
                if self._to_skip:
                    break
                answers.append(b"250 2.0.0 Ok\r\n")
                continue
            end = buffer.find(b"\r\n.\r\n") if self._in_data else buffer.find(b"\r\n")
            if end < 0:
                break
            line, buffer = buffer[:end], buffer[end + (5 if self._in_data else 2) :]
            answers.append(self._answer(line))
        self._buffer = buffer
        if answers:
            self._transport.write(b"".join(answers))

    def _answer(self, line: bytes) -> bytes:
        if self._in_data:
            self._in_data = False
            return b"250 2.0.0 Ok\r\n"
        verb = line[:4].upper()
        if verb == b"BDAT":
            self._to_skip = int(line.split()[1])
            return b""
        if verb == b"EHLO":
            return b"250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 CHUNKING\r\n"
        self._in_data = verb == b"DATA"
        return b"354 go on\r\n" if self._in_data else b"221 2.0.0 Bye\r\n" if verb == b"QUIT" else b"250 2.0.0 Ok\r\n"


class Delayed(asyncio.Protocol):
    """One direction of a connection: octets leave ``delay`` seconds after they came."""

    def __init__(self, delay: float) -> None:
        self._delay = delay
        self._transport: asyncio.Transport | None = None
        self._waiting: list[bytes] = []
        self.other: Delayed | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send what came before the connection was there."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        for octets in self._waiting:
            transport.write(octets)

    def data_received(self, data: bytes) -> None:
        """Hand over after the delay."""
        assert self.other is not None
        asyncio.get_running_loop().call_later(self._delay, self.other.send, data)

    def send(self, octets: bytes) -> None:
        """Send on this side."""
        if self._transport is None:
            self._waiting.append(octets)
        elif not self._transport.is_closing():
            self._transport.write(octets)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - both sides end alike
        """End the other side once what is under way has left."""
        if self.other is not None:
            asyncio.get_running_loop().call_later(self._delay, self.other.close)

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()


async def serve(args: argparse.Namespace) -> None:
    """Serve until killed."""
    loop = asyncio.get_running_loop()

    def line() -> Delayed:
        near, far = Delayed(args.delay / 2), Delayed(args.delay / 2)
        near.other, far.other = far, near
        connecting = loop.create_task(loop.create_connection(lambda: far, "127.0.0.1", args.target))
        running.add(connecting)
        connecting.add_done_callback(running.discard)
        return near

    running: set[asyncio.Task[object]] = set()
    factory = line if args.target else Sink
    server = await loop.create_server(factory, "127.0.0.1", args.port)
    async with server:
        await server.serve_forever()


def main() -> None:
    """Start a sink, or a delayed line to ``--target``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--target", type=int, default=0)
    parser.add_argument("--delay", type=float, default=0.0, help="seconds there and back")
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(parser.parse_args()))


if __name__ == "__main__":
    main()
