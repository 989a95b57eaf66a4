"""Waivers: what an issue lowers, with its reason. A lowered finding becomes a note and never disappears."""

from __future__ import annotations

import difflib
from dataclasses import replace
from typing import TYPE_CHECKING

from publisher.preflight.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from publisher.issue import Issue
    from publisher.preflight.rule import Rule

UNKNOWN, REFUSED, UNUSED = "waiver-unknown", "waiver-refused", "waiver-unused"


def lowered(findings: Sequence[Finding], issue: Issue, rules: Mapping[str, Rule]) -> tuple[Finding, ...]:
    """Return the findings with the issue's waivers applied, and findings about the waivers themselves."""
    reasons = {
        waiver.code: waiver.reason for waiver in issue.waivers if waiver.code in rules and rules[waiver.code].waivable
    }
    kept = tuple(
        replace(
            finding,
            level="note",
            waived=reasons[finding.code],
            text=f"{finding.text} Dispense : {reasons[finding.code]}",
        )
        if finding.code in reasons
        else finding
        for finding in findings
    )
    found = {finding.code for finding in findings}
    return (*kept, *(one for waiver in issue.waivers for one in _about(waiver.code, waiver.line, issue, rules, found)))


def _about(code: str, line: int, issue: Issue, rules: Mapping[str, Rule], found: set[str]) -> tuple[Finding, ...]:
    if code not in rules:
        near = difflib.get_close_matches(code, rules, n=1, cutoff=0.6)
        meant = f" Vouliez-vous dire « {near[0]} » ?" if near else ""
        return (_finding(UNKNOWN, f"la dispense « {code} » ne nomme aucune règle.{meant}", line, issue, rules),)
    if not rules[code].waivable:
        return (_finding(REFUSED, f"la règle « {code} » ne souffre pas de dispense.", line, issue, rules),)
    if code not in found:
        return (_finding(UNUSED, f"la dispense « {code} » ne sert à rien dans ce numéro.", line, issue, rules),)
    return ()


def _finding(code: str, text: str, line: int, issue: Issue, rules: Mapping[str, Rule]) -> Finding:
    rule = rules[code]
    return Finding(code=code, level=rule.level, text=text, remedy=rule.remedy, file=issue.file, line=line)
