"""The table of commands: name, module, one line of help. It imports nothing, so that the bare help is quick."""

from __future__ import annotations

COMMANDS: tuple[tuple[str, str, str], ...] = (
    # in the order of the work
    ("new", "new", "Créer une autre publication dans un dossier vide."),
    ("collect", "collect", "Relever les sources et garder ce qui est nouveau."),
    ("sources", "sources", "Dire comment se porte chaque source."),
    ("items", "items", "Montrer les articles relevés, ou tout sur l’un d’eux."),
    ("draft", "draft", "Préparer le fichier d’un numéro avec ce qui est nouveau."),
    ("check", "check", "Contrôler un numéro avant l’envoi."),
    ("preview", "preview", "Voir le numéro dans un navigateur, tel qu’il partira."),
    ("approve", "approve", "Figer le numéro : c’est lui, et lui seul, qui partira."),
    ("send", "send", "Envoyer le numéro approuvé, une fois à chacun."),
    ("publish", "publish", "Écrire les flux et les archives."),
    ("run", "run", "Faire tout cela à l’heure dite, jusqu’à l’arrêt."),
    ("site", "site", "Servir au public les archives et la désinscription."),
    ("timetable", "timetable", "Dire ce qui va se passer, et quand."),
    ("status", "status", "Dire où en sont les numéros et les envois."),
    ("bounces", "bounces", "Relever ce qui est revenu, et ne plus écrire où c’est inutile."),
    ("subscribers", "subscribers", "Importer, exporter et compter les abonnés."),
    ("backup", "backup", "Sauvegarder la base de données, ou remettre une sauvegarde en place."),
    ("doctor", "doctor", "Regarder ce qui empêcherait la lettre d’arriver."),
    ("demo", "demo", "Tout faire une fois sur des sites d’exemple."),
)


def overview() -> str:
    """Return the help of the bare command."""
    width = max(len(name) for name, _, _ in COMMANDS)
    rows = "".join(f"  {name:<{width}}  {summary}\n" for name, _, summary in COMMANDS)
    return (
        "Usage : publisher [--config FICHIER] COMMANDE …\n"
        "\n"
        "  Relève les sources, prépare la lettre du mois, l’envoie une fois à chacun\n"
        "  et publie les flux.\n"
        "\n"
        "Options :\n"
        "  --config FICHIER  Une autre configuration que le config.toml d’ici.\n"
        "  --version         Dire la version.\n"
        "  --help            Cette page ; « publisher COMMANDE --help » pour une commande.\n"
        "\n"
        "Commandes :\n"
        f"{rows}"
    )
