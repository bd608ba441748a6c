"""Sources that the law closes before their file is opened (the rows' own origins are judged row by row)."""

from __future__ import annotations

from compiler.language.campaign import Source
from compiler.language.catalogue import law
from compiler.language.contact import SourceKind
from compiler.language.errors import FindingsStop
from compiler.language.finding import Finding, finding

_THIRD_PARTIES = frozenset({SourceKind.PARTNER, SourceKind.PURCHASED})
_FORBIDDEN = {SourceKind.RENTED: law.SOURCE_RENTED, SourceKind.SCRAPED: law.SOURCE_FORBIDDEN}


def source_findings(source: Source) -> list[Finding]:
    """SRC-02: a third party's file comes with its whole proof. SRC-03, SRC-04: rented and scraped ones never come."""
    if entry := _FORBIDDEN.get(source.kind):
        return [finding(entry, source.place, source=source.name)]
    missing = missing_proof(source) if source.kind in _THIRD_PARTIES else []
    return [finding(law.SOURCE_PROOF, source.place, source=source.name, what=", ".join(missing))] if missing else []


def missing_proof(source: Source) -> list[str]:
    """What a purchased or partner's file still lacks (CNIL SAN-2024-003, SAN-2025-001)."""
    proof = {
        "provider": source.provider,
        "contract": source.contract,
        "form_copy": source.form_copy,
        "named_as_partner": source.named_as_partner,
        "audit_on": source.audit_on,
    }
    return [name for name, value in proof.items() if not value]


def check_source(source: Source) -> None:
    """Raises FindingsStop where a source may not be imported at all."""
    if found := source_findings(source):
        raise FindingsStop(found)
