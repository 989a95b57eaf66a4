"""Twenty sample subscribers. It must not name anyone real, nor a host that exists."""

from __future__ import annotations

import hashlib

from publisher.subscriber import Subscriber, SubscriberState

_PEOPLE = (
    ("helene.marchand-roy@valbrune.example", "Hélène Marchand-Roy"),
    ("b.sissoko@haut-verdier.example", "Bakary Sissoko"),
    ("mairie@port-serin.example", ""),
    ("yann.kervadec@port-serin.example", "Yann Kervadec"),
    ("ines.ould-brahim@lysandre.example", "Inès Ould-Brahim"),
    ("achats@departement-vernelle.example", "Service des achats"),
    ("zoe.o-connor@castelmarin.example", "Zoé O’Connor"),
    ("j-f.dupre@trois-gues.example", 'Jean-François Dupré, dit "Jef"'),
    ("contact@filature.example", ""),
    ("francoise.noel@rivelaine.example", "Françoise Noël"),
    ("ess@lysandre.example", "Mission ESS, métropole de Lysandre"),
    ("celia.nguyen@montclar.example", "Célia Nguyễn"),
    ("thomas+lettre@valbrune.example", "Thomas Weiß"),
    ("regie@tisserands.example", "Régie des Tisserands"),
    ("aurelie.d-estaing@fondation-deux-rives.example", "Aurélie d’Estaing"),
    ("documentation@centre-ressources.example", "Documentation"),
    ("maelys.lefevre@lysandre.example", "Maëlys Lefèvre"),
    ("elus@saint-aubrac.example", ""),
    ("ugur.yildiz@haut-verdier.example", "Uğur Yıldız"),
    ("presse@quotidien.example", "Rédaction du Quotidien"),
)


def subscribers() -> tuple[Subscriber, ...]:
    """Return the twenty, all active. Their tokens derive from their addresses: good for a sample, never for people."""
    return tuple(
        Subscriber(
            id=place,
            address=address,
            name=name,
            token=hashlib.sha256(f"demonstration:{address}".encode()).hexdigest()[:32],
            state=SubscriberState.ACTIVE,
        )
        for place, (address, name) in enumerate(_PEOPLE, start=1)
    )
