"""What a workspace declares beside its settings: campaigns, templates, fields, datasets, sources, assets, forms."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from fractions import Fraction

from compiler.language.contact import SourceKind, Value
from compiler.language.finding import Place
from compiler.language.repeat import Repeat
from compiler.language.segment import Clause, Everyone, Segment
from compiler.language.settings import SecretRef, Settings

#: A text per language; the key "" is the text for every language not named.
Localised = tuple[tuple[str, str], ...]


def in_language(text: Localised, language: str) -> str:
    """The text for a language: its own, else the common one, else the first declared."""
    by_language = dict(text)
    return by_language.get(language, by_language.get("", text[0][1] if text else ""))


class FieldType(StrEnum):
    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"  # kept as text, compared as a decimal
    DATE = "date"
    BOOLEAN = "boolean"


class Precedence(StrEnum):
    """Whose value holds: the company's system, once its own value changes, or the person's word."""

    SOURCE = "source"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class FieldDef:
    """An attribute of a contact. Sealed unless declared `clear`; a clear one must be of low cardinality."""

    name: str
    type: FieldType
    sealed: bool
    place: Place
    check: str = ""  # siret siren naf phone postcode url
    values: tuple[str, ...] = ()  # the only ones allowed, where given
    precedence: Precedence = Precedence.SOURCE


@dataclass(frozen=True, slots=True)
class DatasetColumn:
    name: str
    type: FieldType


@dataclass(frozen=True, slots=True)
class Dataset:
    """A table of the workspace: `path` relative to the root, `key` the column that names a row.

    Its ending says what it is: .csv, .jsonl or .parquet. `encoding` is that of the text files; `delimiter` parts the
    cells of a CSV file, empty for whichever of , ; and tab its header holds more often.
    """

    name: str
    path: str
    columns: tuple[DatasetColumn, ...]
    place: Place
    key: str = ""
    encoding: str = "utf-8"
    delimiter: str = ""


def likely_delimiter(header: str) -> str:
    """What parts the cells of a CSV file that does not declare it: a header has no values that could mislead."""
    return max(",;\t", key=header.count)


#: Columns of a dataset, each with whether it descends.
Order = tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True)
class Fallback:
    """Rows of the same dataset that complete those of a contact who would get fewer than `at_least`."""

    match: Clause
    order_by: Order


@dataclass(frozen=True, slots=True)
class DataBlock:
    """Rows of a dataset joined to each contact: `match` compares its columns to values and to the contact's fields.

    Contacts with fewer than `at_least` rows, those of the fallback included, are left out.
    """

    name: str
    dataset: str
    match: Clause
    order_by: Order
    limit: int
    at_least: int
    place: Place
    fallback: Fallback | None = None

    def for_anybody(self) -> DataBlock:
        """The first rows of all: where nobody real is there to be matched."""
        return replace(self, match=Everyone(self.place), at_least=0, fallback=None)


@dataclass(frozen=True, slots=True)
class Need:
    """A value that a template uses: `contact.first_name`, with its type and what stands in when it is missing."""

    name: str
    type: FieldType
    fallback: Localised | None
    place: Place


@dataclass(frozen=True, slots=True)
class Template:
    """`source` and `text` are paths relative to the root, per language; `text` empty: derived."""

    name: str
    source: Localised
    text: Localised
    needs: tuple[Need, ...]
    params: tuple[tuple[str, str], ...]
    place: Place
    inline_css: bool = False


@dataclass(frozen=True, slots=True)
class Variant:
    name: str
    weight: int
    subject: Localised
    template: str
    place: Place
    subject_places: tuple[tuple[str, Place], ...] = ()  # as the subject: by language, or one for all

    def subject_place(self, language: str) -> Place:
        """Where the subject stands that somebody of this language gets."""
        places = dict(self.subject_places)
        return places.get(language) or places.get("") or self.place


class Editions(StrEnum):
    """Whether each edition of a repeating campaign asks for a merge, or one merge approves those like it."""

    ASK = "ask"
    AUTOMATIC = "automatic"


@dataclass(frozen=True, slots=True)
class Approval:
    """How far reality may move from what was approved before a new lock is asked for; `four_eyes_above` so many
    recipients somebody other than the author must approve, never where it is None.
    """

    max_age: timedelta = timedelta(days=14)
    drift: Fraction = Fraction(10, 100)
    four_eyes_above: int | None = None
    editions: Editions = Editions.ASK


def strictest(*thresholds: int | None) -> int | None:
    """The smallest number of recipients above which any of them asks for a second person."""
    return min((each for each in thresholds if each is not None), default=None)


@dataclass(frozen=True, slots=True)
class Waiver:
    rule: str
    reason: str
    until: date
    place: Place


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign with every default filled in. `start` and `finish_by` are aware instants."""

    name: str
    path: str  # of its document: the lock stands beside it as `<path>.lock`
    segment: str
    template: str
    subject: Localised
    preview: Localised
    start: datetime
    finish_by: datetime | None
    purpose: str
    sender: str
    window: str
    languages: tuple[str, ...]  # those its subject or template know; the first is the fallback
    data: tuple[DataBlock, ...]
    variants: tuple[Variant, ...]
    approval: Approval
    utm: tuple[tuple[str, str], ...]
    waivers: tuple[Waiver, ...]
    place: Place
    edition: str = "1"
    holdout: Fraction = Fraction(0)
    supersedes: str = ""
    professional_object: str = ""  # how the message concerns the recipient's job (CNIL, 2005)
    product_families: tuple[str, ...] = ()
    reason_text: Localised = ()  # "you receive this because…"
    minors: bool = False
    repeat: Repeat | None = None

    def latest_edition(self, day: date, zone: tzinfo) -> Campaign | None:
        """The edition that was last to begin on a day or before; None where the first is still to come."""
        first = self.start.astimezone(zone).date()
        if self.repeat is None or day < first:
            return None
        # Whichever the period, one begins at least every two months.
        days = (day - timedelta(days=back) for back in range(62))
        found = next((each for each in days if self.repeat.day_in(each) == each and each >= first), None)
        return self.edition_on(found, zone) if found else None

    def edition_on(self, day: date, zone: tzinfo) -> Campaign:
        """The edition of a repeating campaign that leaves on a day, at the hours of the first one in its zone.

        Editions of `once_per_contact` are one and the same to permits and history: nobody has two of them.
        """
        if self.repeat is None:
            return self
        ahead = day - self.start.astimezone(zone).date()

        def moved(instant: datetime) -> datetime:
            local = instant.astimezone(zone)
            return datetime.combine(local.date() + ahead, local.time(), zone).astimezone(UTC)

        return replace(
            self,
            edition=self.edition if self.repeat.once_per_contact else self.repeat.name_of(day),
            start=moved(self.start),
            finish_by=moved(self.finish_by) if self.finish_by else None,
        )


class Format(StrEnum):
    """What a source is read as: declared, never guessed from its bytes."""

    CSV = "csv"
    XLSX = "xlsx"
    JSONL = "jsonl"
    PARQUET = "parquet"
    SQLITE = "sqlite"
    POSTGRESQL = "postgresql"


class Gone(StrEnum):
    """What an import does with people who are no longer in the source."""

    KEEP = "keep"
    FLAG = "flag"  # listed at each import until they are back
    RETIRE = "retire"  # no longer written to


class MarkType(StrEnum):
    """How the values of a watermark column follow one another."""

    INSTANT = "instant"
    INTEGER = "integer"


@dataclass(frozen=True, slots=True)
class Watermark:
    """A column that grows with every change of a row: only rows at or after the last mark are taken in."""

    column: str
    type: MarkType


@dataclass(frozen=True, slots=True)
class SourceSchedule:
    """When a source falls due, in the organisation's zone."""

    on: Repeat
    at: time


@dataclass(frozen=True, slots=True)
class SourceGuards:
    min_rows: Fraction = Fraction(90, 100)
    retired: Fraction = Fraction(5, 100)
    rejected: Fraction = Fraction(2, 100)


@dataclass(frozen=True, slots=True)
class Source:
    """A table of the company's system. `mapping` pairs a contact's field with a column of the source.

    Beside declared fields a mapping may fill: address status kind country locale zone relation last_contact_on minor,
    basis.PURPOSE.{ground since method form text_sha256 reference confirmed collected_at_sale objection_offered
    product_families withdrawn_on}, tracking.{opens clicks}, objections.SCOPE (a day), origin.{kind name on} and
    notices.{art13 art14} (a day). `values` translates cells: target → (cell, value) pairs; others stay as they are.
    """

    name: str
    format: Format
    path: str  # empty for a server
    encoding: str
    delimiter: str
    key: str
    mapping: tuple[tuple[str, str], ...]
    kind: SourceKind
    origin: str  # the art. 14 name of the source
    purpose: str
    place: Place
    guards: SourceGuards = SourceGuards()
    provider: str = ""
    contract: str = ""
    named_as_partner: bool = False
    form_copy: str = ""
    audit_on: date | None = None
    values: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()
    quote: str = '"'  # empty: no cell is quoted
    sheet: str = ""  # of a workbook; empty: its only one
    query: str = ""
    connection: SecretRef | None = None
    timeout: timedelta = timedelta(minutes=5)
    gone: Gone = Gone.RETIRE
    watermark: Watermark | None = None
    schedule: SourceSchedule | None = None


@dataclass(frozen=True, slots=True)
class Asset:
    name: str
    path: str
    place: Place


@dataclass(frozen=True, slots=True)
class FormConsent:
    purpose: str
    text: Localised
    preticked: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """What a form shows those who agree: the exact text of each consent, per version. It is the proof's other half."""

    name: str
    version: int
    consents: tuple[FormConsent, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Document:
    """A file of the workspace as it was read: the unit of a plan's inputs."""

    path: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Workspace:
    """Everything that a workspace declares, resolved: names point at what they name."""

    root: str
    settings: Settings
    campaigns: tuple[Campaign, ...]
    segments: tuple[Segment, ...]
    templates: tuple[Template, ...]
    fields: tuple[FieldDef, ...]
    datasets: tuple[Dataset, ...]
    sources: tuple[Source, ...]
    assets: tuple[Asset, ...]
    forms: tuple[Form, ...]
    documents: tuple[Document, ...]

    def campaign(self, name: str) -> Campaign | None:
        return next((c for c in self.campaigns if c.name == name), None)

    def segment(self, name: str) -> Segment | None:
        return next((s for s in self.segments if s.name == name), None)

    def template(self, name: str) -> Template | None:
        return next((t for t in self.templates if t.name == name), None)

    def dataset(self, name: str) -> Dataset | None:
        return next((d for d in self.datasets if d.name == name), None)

    def field(self, name: str) -> FieldDef | None:
        return next((f for f in self.fields if f.name == name), None)


#: A contact's values as templates, segments and data blocks see them.
Values = dict[str, Value]
