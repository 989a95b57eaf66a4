"""What is wrong with a server's certificate, in words that its owner can act on. It checks nothing itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_INCOMPLETE = (
    "a une chaîne incomplète",
    "Prévenez le webmestre\u00a0: il doit installer aussi le certificat intermédiaire.",
)
# By OpenSSL's X509_V_ERR_… number.
_REASONS: Mapping[int, tuple[str, str]] = {
    9: ("n’est pas encore valable", "Vérifiez l’heure de cette machine, puis prévenez le webmestre."),
    10: ("a expiré", "Prévenez le webmestre\u00a0: il doit le renouveler."),
    18: ("n’est signé que par lui-même", "Prévenez le webmestre\u00a0: il en faut un d’une autorité reconnue."),
    19: ("n’est signé par aucune autorité reconnue", "Prévenez le webmestre."),
    20: _INCOMPLETE,
    21: _INCOMPLETE,
    62: ("est celui d’un autre nom", "Vérifiez l’adresse (avec ou sans www), puis prévenez le webmestre."),
    64: ("est celui d’un autre nom", "Vérifiez l’adresse (avec ou sans www), puis prévenez le webmestre."),
}


def told(error: BaseException) -> tuple[str, str]:
    """Return what the certificate lacks (« a expiré ») and what to do, from an ``ssl.SSLCertVerificationError``."""
    return _REASONS.get(getattr(error, "verify_code", 0), ("ne peut pas être vérifié", "Prévenez le webmestre."))
