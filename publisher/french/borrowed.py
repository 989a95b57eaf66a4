"""What the system and the TOML parser say in English, said in French. It decides nothing about the fault itself.

A sentence that no table knows stands quoted inside a French one: nobody reads bare English.
"""

from __future__ import annotations

import errno
import re

_SYSTEM = {
    errno.EPERM: "cela n’est pas permis",
    errno.EACCES: "vous n’en avez pas le droit",
    errno.ENOENT: "il n’y a rien de ce nom",
    errno.EEXIST: "ce nom est déjà pris",
    errno.ENOTDIR: "un fichier porte le nom d’un dossier",
    errno.EISDIR: "c’est un dossier",
    errno.ENOTEMPTY: "le dossier n’est pas vide",
    errno.ENAMETOOLONG: "le nom est trop long",
    errno.ELOOP: "des liens tournent en rond",
    errno.EXDEV: "les deux fichiers ne sont pas sur le même disque",
    errno.ENOSPC: "le disque est plein",
    errno.EDQUOT: "le quota de disque est atteint",
    errno.EFBIG: "le fichier dépasse la taille permise",
    errno.EROFS: "le disque est en lecture seule",
    errno.EIO: "le disque a une panne",
    errno.ESTALE: "le dossier du réseau n’est plus là",
    errno.EBUSY: "un autre programme s’en sert",
    errno.ETXTBSY: "un autre programme s’en sert",
    errno.EMFILE: "trop de fichiers sont ouverts",
    errno.ENFILE: "trop de fichiers sont ouverts sur cette machine",
    errno.ENOMEM: "la mémoire manque",
    errno.EADDRINUSE: "un autre programme l’occupe déjà",
    errno.EADDRNOTAVAIL: "cette adresse n’est pas celle de cette machine",
    errno.ECONNREFUSED: "personne ne répond à ce port",
    errno.ECONNRESET: "l’autre côté a coupé",
    errno.ECONNABORTED: "la connexion a été coupée",
    errno.EPIPE: "l’autre côté a coupé",
    errno.ETIMEDOUT: "le délai est dépassé",
    errno.EHOSTUNREACH: "la machine ne peut pas être atteinte",
    errno.ENETUNREACH: "le réseau ne peut pas être atteint",
    errno.ENETDOWN: "le réseau est coupé",
}


def system(error: OSError) -> str:
    """Return why the system refused, as a clause without a full stop: « le disque est plein »."""
    if type(error).__name__ == "gaierror":  # getaddrinfo counts its own reasons
        return "ce nom de machine est inconnu"
    if isinstance(error, TimeoutError):
        return _SYSTEM[errno.ETIMEDOUT]
    known = _SYSTEM.get(error.errno or 0)
    if known and type(error).__module__ != "ssl":  # OpenSSL's numbers are not the system's
        return known
    said = error.strerror or str(error)
    return f"le système répond «\u00a0{said}\u00a0»" if said else "le système n’en dit pas la raison"


_TOML = (
    # as tomllib and tomli word them, quotation marks aside
    ("Unclosed array", "un crochet « [ » n’est pas refermé par « ] »"),
    ("Unclosed inline table", "une accolade « { » n’est pas refermée par « } »"),
    ("Unterminated string", 'un guillemet " n’est pas refermé'),
    ("Expected '''", "un guillemet n’est pas refermé"),
    ("Illegal character", "un guillemet n’est pas refermé sur sa ligne, ou un caractère n’est pas permis ici"),
    ("Unescaped '\\'", "une barre « \\ » doit être doublée (« \\\\ »)"),
    ("Escaped character is not a Unicode scalar", "un signe écrit avec « \\u » n’existe pas"),
    ("Invalid hex value", "un signe écrit avec « \\x » ou « \\u » n’existe pas"),
    ("Expected '=' after a key", "il manque « = » après le nom"),
    ("Expected ']' at the end", "le nom entre crochets n’est pas refermé"),
    ("Expected ']]' at the end", "le nom entre doubles crochets n’est pas refermé par « ]] »"),
    ("Invalid initial character for a key", "un nom manque, ou contient un accent ou une espace sans guillemets"),
    ("Invalid statement", "cette ligne ne se comprend pas"),
    ("Invalid value", "la valeur ne se comprend pas : un texte se met entre guillemets"),
    ("Cannot overwrite a value", "ce nom est donné deux fois"),
    ("Cannot declare", "ce nom entre crochets est donné deux fois"),
    ("Cannot mutate", "ce nom entre crochets est donné deux fois"),
    ("Cannot redefine", "ce nom entre crochets est donné deux fois"),
    ("Duplicate inline table key", "ce nom est donné deux fois"),
    ("Expected newline or end of document", "il y a quelque chose de trop à la fin de la ligne"),
    ("Invalid date or datetime", "cette date n’existe pas"),
    ("Found invalid character", "un caractère n’est pas permis ici"),
)
_WHERE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")


def toml(said: str) -> tuple[str, int, int]:
    """Return a TOML parser's message as a French clause, with its line and column from 1, 0 and 0 at the end."""
    where = _WHERE.search(said)
    plain = said[: where.start()] if where else said
    line, column = (int(where[1]), int(where[2])) if where and where[1] else (0, 0)
    bare = plain.replace('"', "'")
    known = next((french for start, french in _TOML if bare.startswith(start)), "")
    return known or f"le TOML est faux («\u00a0{plain}\u00a0»)", line, column
