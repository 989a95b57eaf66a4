"""Bytes for one recipient: the edition encoded once, then spliced and signed. It sends nothing and reads no clock."""

from publisher.mime.addresses import message_id, read_return_path, return_path
from publisher.mime.letter import Encoded, encode
from publisher.mime.settings import Dkim, Settings, faults
from publisher.mime.signing import Signer, load

__all__ = [
    "Dkim",
    "Encoded",
    "Settings",
    "Signer",
    "encode",
    "faults",
    "load",
    "message_id",
    "read_return_path",
    "return_path",
]
