"""One call of a forge's API: HTTPS, a time limit, a bounded answer, no redirection, the token in a header alone."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any
from urllib.parse import urlencode, urlsplit

from compiler.language.errors import UsageProblem
from compiler.language.finding import Text

_SECONDS = 30.0
_LARGEST = 16 * 1024 * 1024
_PAGE = 100
_PAGES = 50
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


class ForgeProblem(UsageProblem):
    """The forge cannot be asked, or refuses. No text here holds the token."""


@dataclass(frozen=True, slots=True)
class Answered:
    code: int
    document: Any


class _NoRedirection(urllib.request.HTTPRedirectHandler):
    """Following one would carry the token to whatever host the answer names."""

    def redirect_request(self, *args: object, **named: object) -> None:
        return None


@dataclass(frozen=True, slots=True)
class Api:
    """`base` without a final slash; `rights` says what the token must be allowed, for whom it is refused."""

    base: str
    headers: Mapping[str, str] = field(repr=False)
    rights: Text

    def __post_init__(self) -> None:
        parts = urlsplit(self.base)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
            raise ForgeProblem(
                Text(
                    "l'adresse de la forge n'est pas en https : le jeton n'est pas envoyé en clair",
                    "the forge's address is not https: the token is not sent in clear",
                )
            )

    def get(self, path: str, **query: str | int) -> Any:
        """The document. Raises ForgeProblem."""
        return self._expected("GET", path, query, None)

    def find(self, path: str) -> Any | None:
        """The document, None where there is none or this token may not see it. Raises ForgeProblem."""
        answer = self._call("GET", path, {}, None)
        return None if answer.code in (401, 403, 404) else self._checked("GET", path, answer)

    def pages(self, path: str) -> Iterator[dict[str, Any]]:
        """Every entry of a list, once. A forge that does not cut this list into pages gives it whole each time."""
        seen: set[int] = set()
        for page in range(1, _PAGES + 1):
            found = self.get(path, per_page=_PAGE, limit=_PAGE, page=page)
            if not isinstance(found, list):
                raise unexpected()
            fresh = [each for each in found if isinstance(each, dict) and each.get("id") not in seen]
            yield from fresh
            seen.update(each["id"] for each in fresh if isinstance(each.get("id"), int))
            if len(found) < _PAGE or not fresh:
                return
        raise ForgeProblem(Text("la liste de la forge est trop longue", "the forge's list is too long"))

    def send(self, method: str, path: str, document: Mapping[str, str]) -> None:
        """Raises ForgeProblem."""
        self._expected(method, path, {}, document)

    def _expected(self, method: str, path: str, query: Mapping[str, str | int], body: Mapping[str, str] | None) -> Any:
        return self._checked(method, path, self._call(method, path, query, body))

    def _checked(self, method: str, path: str, answer: Answered) -> Any:
        if answer.code >= 300:
            hint = self.rights if answer.code in (401, 403, 404) else Text("réessayer plus tard", "try again later")
            raise ForgeProblem(
                Text(
                    f"la forge refuse {method} {path} ({answer.code}) : {hint.fr}",
                    f"the forge refuses {method} {path} ({answer.code}): {hint.en}",
                )
            )
        if answer.document is None:
            raise unexpected()
        return answer.document

    def _call(self, method: str, path: str, query: Mapping[str, str | int], body: Mapping[str, str] | None) -> Answered:
        url = f"{self.base}/{path}" + (f"?{urlencode(query)}" if query else "")
        data = None if body is None else json.dumps(body).encode()
        head = {**self.headers, "Accept": "application/json", "User-Agent": "envoi"}
        head |= {"Content-Type": "application/json"} if data is not None else {}
        request = urllib.request.Request(url, data, head, method=method)  # noqa: S310  checked above
        try:
            with urllib.request.build_opener(_NoRedirection).open(request, timeout=_SECONDS) as answer:
                return Answered(answer.status, _document(answer.read(_LARGEST + 1)))
        except urllib.error.HTTPError as error:
            error.close()
            return Answered(error.code, None)
        except (OSError, HTTPException, ValueError):
            raise ForgeProblem(
                Text(
                    "la forge ne répond pas : vérifier son adresse et le réseau, puis recommencer",
                    "the forge does not answer: check its address and the network, then retry",
                )
            ) from None


def _document(data: bytes) -> Any:
    if len(data) > _LARGEST:
        raise unexpected()
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        raise unexpected() from None


def unexpected() -> ForgeProblem:
    return ForgeProblem(
        Text("la forge a répondu autre chose que ce qu'elle documente", "the forge answered what it does not document")
    )


def needed(environment: Mapping[str, str], *names: str) -> str:
    """The first of these variables that says something. Raises ForgeProblem."""
    for name in names:
        if environment.get(name):
            return environment[name]
    listed = ", ".join(names)
    raise ForgeProblem(
        Text(
            f"la variable d'environnement {listed} manque : la chaîne de la forge la donne",
            f"the environment variable {listed} is missing: the forge's pipeline gives it",
        )
    )
