"""The same letter sent the way others do it: Django's EmailMultiAlternatives, and nodemailer with pool and DKIM."""

from __future__ import annotations

import json
import sys
from pathlib import Path

NODEMAILER = """
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
const [folder, port, count, connections] = process.argv.slice(2);
const nodemailer = createRequire(folder + "/")("nodemailer");
const letter = JSON.parse(readFileSync(folder + "/letter.json", "utf8"));
const transport = nodemailer.createTransport({
  host: "127.0.0.1", port: Number(port), secure: false, ignoreTLS: true, pool: true,
  maxConnections: Number(connections), maxMessages: Infinity,
  dkim: { domainName: "reseau.example", keySelector: "bench", privateKey: readFileSync(folder + "/dkim.pem", "utf8") },
});
let next = 0;
async function lane() {
  while (next < Number(count)) {
    const number = next++;
    const leave = "https://lettre.reseau.example/desinscription/" + number;
    const fill = (text) => text.replaceAll("@@name@@", "Zoé Lefèvre " + number)
      .replaceAll("@@unsubscribe@@", leave).replaceAll("@@preferences@@", leave);
    await transport.sendMail({
      from: '"Réseau des tiers-lieux" <lettre@reseau.example>',
      to: `"Zoé Lefèvre ${number}" <abonne${number}@mairie${number % 97}.example>`,
      replyTo: "equipe@reseau.example", subject: letter.subject,
      text: fill(letter.text), html: fill(letter.html),
      messageId: `<2026-11.${number}@reseau.example>`,
      headers: { "List-Unsubscribe": `<${leave}>`, "List-Unsubscribe-Post": "List-Unsubscribe=One-Click" },
    });
  }
}
await Promise.all(Array.from({ length: Number(connections) * 2 }, lane));
transport.close();
"""


def django(folder: Path, port: int, count: int) -> None:
    """Send with Django's mail classes over one connection, without DKIM."""
    from django.conf import settings  # type: ignore[import-not-found] # noqa: PLC0415 - runs in its own environment
    from django.core.mail import EmailMultiAlternatives, get_connection  # type: ignore[import-not-found] # noqa: PLC0415

    settings.configure(EMAIL_HOST="127.0.0.1", EMAIL_PORT=port, DEFAULT_CHARSET="utf-8", USE_TZ=True)
    letter = json.loads((folder / "letter.json").read_text(encoding="utf-8"))
    connection = get_connection()
    connection.open()
    for number in range(count):
        leave = f"https://lettre.reseau.example/desinscription/{number}"
        html, text = (
            letter[part]
            .replace("@@name@@", f"Zoé Lefèvre {number}")
            .replace("@@unsubscribe@@", leave)
            .replace("@@preferences@@", leave)
            for part in ("html", "text")
        )
        message = EmailMultiAlternatives(
            letter["subject"],
            text,
            '"Réseau des tiers-lieux" <lettre@reseau.example>',
            [f'"Zoé Lefèvre {number}" <abonne{number}@mairie{number % 97}.example>'],
            connection=connection,
            reply_to=["equipe@reseau.example"],
            headers={
                "Message-ID": f"<2026-11.{number}@reseau.example>",
                "List-Unsubscribe": f"<{leave}>",
                "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            },
        )
        message.attach_alternative(html, "text/html")
        message.send()
    connection.close()


if __name__ == "__main__":
    django(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
