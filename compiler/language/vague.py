"""Names of sources that name nobody (CNIL, SAN-2022-021: "organisme spécialisé dans l'enrichissement de données")."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_VAGUE = re.compile(
    r"(un |une |des |nos |notre |l |le |la |les |our |a |the )?"
    r"(organismes? specialises?.*|specialised (bod|compan).*|partenaires?( commercial(e?s|aux)?)?|partners?|tiers"
    r"|third part(y|ies)|divers|varia|various|misc(ellaneous)?|autres?|others?|inconnue?|unknown|internet|web|www"
    r"|fichiers?|files?|bases?( de donnees)?|database|listes?|lists?|imports?|prospection|prospects?|achats?"
    r"|purchased?|prestataires?|fournisseurs?|providers?|brokers?|courtiers?|na|neant|aucune?|none|test)"
)


@lru_cache(maxsize=4096)
def is_vague_source(name: str) -> bool:
    """True where the name does not let a person know who gave their address away."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().casefold()
    words = " ".join(re.findall(r"[a-z0-9]+", plain))
    return len(words) < 3 or _VAGUE.fullmatch(words) is not None
