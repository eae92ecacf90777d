"""The grammar of a city's TOML files, in one place: shape and words, no meaning.

Short forms (`bbl = "bbl"`) become their long form here, so that everything after reads one
form; the JSON Schema for editors shows both. Descriptions are for data stewards.
"""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Discriminator, Field, StringConstraints, Tag

from gateway.catalogue.spellings import Count, Duration, Formats, Hours, Name, Names, Period, Rate, Table, Text, listed


def _columns(value: object) -> object:
    return {"columns": listed(value)} if isinstance(value, str | list) else value


def _from(value: object) -> object:
    if not isinstance(value, str | dict | Table):
        raise ValueError("takes a column of the agency, or a table")
    return {"from": value} if isinstance(value, str) else value


def _label(value: object) -> object:
    if not isinstance(value, str | dict | Table):
        raise ValueError("takes a label, or a table")
    return {"label": value} if isinstance(value, str) else value


def _coverage(value: object) -> object:
    return {part: listed(values) for part, values in value.items()} if isinstance(value, dict) else value


class LatLon(Table):
    """A point kept in two columns."""

    lat: Text = Field(description="The agency's column with the latitude, in degrees north.")
    lon: Text = Field(description="The agency's column with the longitude, in degrees east.")


def _origin_form(value: object) -> str | None:
    return "(column)" if isinstance(value, str) else "(point)" if isinstance(value, dict | LatLon) else None


Origin = Annotated[
    Annotated[Text, Tag("(column)")] | Annotated[LatLon, Tag("(point)")],
    Discriminator(_origin_form, "form", "takes a column of the agency, or { lat = …, lon = … }"),
]


class Column(Table):
    """One column: where it comes from and how its values are read."""

    from_: Origin | None = Field(
        None, alias="from", description="The agency's column; the same name where it is left out."
    )
    type: Literal["text", "int", "float", "money", "bool", "date", "datetime", "year", "point", "phone"] = Field(
        "text", description="What the column holds."
    )
    stored: Literal["native", "text"] | None = Field(
        None, description='"text" where the agency keeps text that `format`, `true`, `false` and `null` explain.'
    )
    format: Text | None = Field(None, description='How the text is written, like "M/D/YYYY", "1,234" or "wkt".')
    null: list[str] = Field([], description="Texts that stand for no value, beside those of the dataset.")
    clean: list[str] | None = Field(None, description="Steps applied to text first; instead of the dataset's.")
    true: list[str] | None = Field(None, description="Texts that mean true.")
    false: list[str] | None = Field(None, description="Texts that mean false.")
    doc: str = Field("", description="What the column says, for the schema's readers.")
    codes: Name | None = Field(None, description="The code list, `[codes.<name>]` of this file.")
    unit: Text | None = Field(None, description='The unit of measure, like "ft2".')
    personal: Literal["person_name", "always"] | None = Field(
        None, description='"person_name" where values may name a person, "always" where they are about one.'
    )
    access: Text | None = Field(None, description="The scope that a caller needs to see the column.")
    crs: Literal[4326] = Field(4326, description="The reference system of a point; only WGS 84 is read.")
    precision: Text | None = Field(
        None, description='How exact a place is, like "building"; what says "block" joins to no address.'
    )


class Key(Table):
    """An identifier of a scheme in one or several columns."""

    columns: Names = Field(description="Our columns, in the order of the scheme's parts.")
    formats: Formats = Field([], description='How each is spelled, like "00000"; "" where it is not known.')


class AddressKey(Table):
    """Which columns hold the parts of an address: `line`, or `number` and `street`."""

    line: Name | None = Field(None, description="The column with house number and street.")
    number: Name | None = Field(None, description="The column with the house number.")
    letter: Name | None = Field(None, description="The column with the letter of the house number, where it is apart.")
    addition: Name | None = Field(None, description="The column with what else is behind the house number.")
    street: Name | None = Field(None, description="The column with the street.")
    suffix: Name | None = Field(None, description="The column with the street's type, where it is apart.")
    unit: Name | None = Field(None, description="The column with the unit.")
    postcode: Name | None = Field(None, description="The column with the postcode.")
    city: Name | None = Field(None, description="The column with the city.")
    borough: Name | None = Field(None, description="The column with the borough or district.")
    region: Text | None = Field(None, description='The region itself, like "NY"; not a column.')


def _key_form(value: object) -> str | None:
    if not isinstance(value, dict | Table):
        return None
    return "(key)" if isinstance(value, Key) or {"columns", "formats"} & set(value) else "(address)"


AnyKey = Annotated[
    Annotated[Key, Tag("(key)")] | Annotated[AddressKey, Tag("(address)")],
    Discriminator(_key_form, "form", "takes a column, a list of columns, or a table"),
    BeforeValidator(_columns, json_schema_input_type=str | list[str] | Key | AddressKey),
]


class Section(Table):
    """The dataset as a field of an entity."""

    on: Names = Field(description='Entity and field, like "Address.sales"; a list for several.')
    kind: str | None = Field(None, description="The kind of record; without one it joins no merged field.")
    many: bool = Field(True, description="false where an entity has at most one record.")
    where: dict[str, Any] = Field({}, description="Which rows: columns with values or operators.")
    group: Names = Field([], description="Columns that make several rows one record; also its id.")
    id: Names = Field([], description="Columns that identify a record; the dataset's where left out.")
    part_of: str | None = Field(
        None, description='The section whose records contain these, like "Business.inspections".'
    )
    columns: list[str] = Field([], description="Which columns show; all of the dataset where left out.")
    as_: dict[str, str] = Field({}, alias="as", description="Fields of the kind and the columns that feed them.")
    type: str | None = Field(
        None, description='The name of the generated type; agency and field, like "DofSales", if not given.'
    )
    title: str = Field("", description="What the records are; the dataset's title where left out.")


class Link(Table):
    """Every row ties an entity of one kind to one of another."""

    from_: str = Field(alias="from", description="Address, Business or Person.")
    to: str = Field(description="Address, Business or Person.")
    role: Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]*$")] = Field(
        description='Like "OWNER" or "PREMISES".'
    )
    since: str | None = Field(None, description="The column with the first day.")
    until: str | None = Field(None, description="The column with the last day.")


class Edge(Table):
    """Every row leads from one identifier to another of the same scheme."""

    scheme: Text = Field(description="The scheme of both; the dataset's key of it is where the row leads from.")
    to: Names = Field(description="The columns of the other identifier, in the order of the scheme's parts.")
    formats: Formats = Field([], description='How each is spelled, like "00000"; "" where it is not known.')
    means: Literal["replaced_by", "part_of"] = Field(
        description="What the other is: the successor of a retired identifier, or what it is part of."
    )
    since: str | None = Field(None, description="The column with the day from which it holds.")
    until: str | None = Field(None, description="The column with the last day on which it holds.")


class Withheld(Table):
    """When the agency keeps something confidential."""

    when: dict[str, Any] = Field(description="The rows concerned, as in a section's `where`.")


class Protect(Table):
    """Terms under which an agency lets its data be used."""

    purposes: list[Text] = Field(
        [], description='Of these a request must name one: names of an agreement, or terms like "dpv:PublicBenefit".'
    )
    retain: Period | None = Field(
        None, description='How long rows are shown, like "90d", "8w" or "2y"; older ones are hidden from everyone.'
    )
    retain_by: Name | None = Field(
        None, description="The column with the day from which `retain` counts; the sections' date where left out."
    )
    min_count: Count | None = Field(None, description="Smaller counts are not told.")
    never_with: list[Text] = Field([], description="Datasets that may not be in the same answer.")


def _as_of_form(value: object) -> str | None:
    return "(day)" if isinstance(value, date) else "(column)" if isinstance(value, str) else None


AsOf = Annotated[
    Annotated[date, Tag("(day)")] | Annotated[Name, Tag("(column)")],
    Discriminator(_as_of_form, "form", "takes a day, like 2017-05-01, or a column"),
]


def _coverage_form(value: object) -> str | None:
    return "(words)" if isinstance(value, str) else "(parts)" if isinstance(value, dict) else None


Coverage = Annotated[
    Annotated[Text, Tag("(words)")] | Annotated[dict[str, list[Text]], Tag("(parts)")],
    Discriminator(_coverage_form, "form", "takes words, or a table of identifier parts"),
    BeforeValidator(_coverage, json_schema_input_type=str | dict[str, str | list[str]]),
]


class Dataset(Table):
    """One table or resource of the agency."""

    name: Name = Field(description='Its name; "rolling_sales" in dof.toml is dof.rolling_sales.')
    title: str = Field("", description="Its title for people.")
    doc: str = Field("", description="What it holds, for the schema's readers.")
    source: Name | None = Field(None, description="One of this file's sources; may be left out where there is one.")
    path: Text | None = Field(None, description="Table, portal id, resource path or file; the name where left out.")
    format: dict[str, Any] = Field({}, description="How a file is laid out, for adapters that read files.")
    options: dict[str, Any] = Field({}, description="Further options of the adapter.")
    stored: Literal["native", "text"] | None = Field(None, description='"text" where every column is kept as text.')
    as_of: AsOf | None = Field(None, description="The day the data speaks of, or the column with it.")
    modified: Text | None = Field(
        None, description='The column with the last change, or the portal\'s own (":updated_at").'
    )
    cadence: Literal["live", "hourly", "daily", "weekly", "monthly", "quarterly", "yearly", "irregular"] | None = Field(
        None, description="How often the agency renews it."
    )
    cache: Duration | None = Field(
        None,
        description='For how long its rows may be given again without asking, like "10m"; not at all where left out.',
    )
    licence: Text | None = Field(None, description="Under which terms it is published.")
    covers: Coverage | None = Field(
        None, description='The part of the city it covers: parts of identifiers ({ borough = "1" }), or words.'
    )
    absent: Literal["ok", "not_covered"] = Field("ok", description='"not_covered" where no row does not mean none.')
    id: Names = Field([], description="The columns that identify a row; empty where the agency has none.")
    trust: Literal["official", "self-declared"] = Field(
        "official",
        description="Whether its identifiers are proven, or need a second fact before a business has its rows.",
    )
    grain: str = Field("", description="What one row is.")
    clean: list[str] = Field([], description="Steps applied to every text first, in order.")
    null: list[str] = Field([], description="Texts that stand for no value in every column.")
    access: Text | None = Field(None, description="The scope that a caller needs to see any of it.")
    record_url: Text | None = Field(None, description='A record\'s page at the agency, like "https://x.gov/{serial}".')
    requires_key: bool = Field(False, description="Whether the source answers only for given identifiers.")
    unfilterable: list[str] = Field([], description="Columns by which the source can't filter or order.")
    rows_per_call: Count | None = Field(None, description="The most rows that the source gives at once.")
    cost: Count = Field(1, description="How much heavier it is to ask than others: a weight of its calls and rows.")
    columns: dict[Name, Annotated[Column, BeforeValidator(_from, json_schema_input_type=str | Column)]] = Field(
        {}, description="Our names and the agency's columns."
    )
    keys: dict[Text, AnyKey] = Field({}, description="How rows hang on entities, the best key first.")
    claims: dict[Text, str] = Field({}, description='Values for shared attributes: "Address.yearBuilt" = "year_built".')
    withheld: dict[Text, Withheld] = Field({}, description='What is confidential: a key, a column or "record".')
    protect: Protect | None = Field(None, description="Terms of use; with purposes it takes an agreement to see it.")
    link: list[Link] = Field([], description="Entities that every row ties together.")
    edge: list[Edge] = Field([], description="Identifiers that rows lead to: successors, wholes.")
    section: list[Section] = Field([], description="The fields it makes.")


class Source(Table):
    """One database or API of the agency."""

    adapter: str = Field(description='The kind of system, like "sql".')
    url: Text = Field(description='Where it is; "${NAME}" or "${NAME:-default}" keeps secrets out of the file.')
    token: str | None = Field(None, description="A credential, for adapters that take one.")
    timeout: Duration = Field(
        5.0, description='How long one call may take, like "2s".', json_schema_extra={"default": "5s"}
    )
    concurrency: Count = Field(8, description="Calls in flight at once.")
    keys_per_call: Count = Field(500, description="The most identifiers in one call.")
    options: dict[str, Any] = Field({}, description="Further options of the adapter.")


class Scheme(Table):
    """A kind of identifier."""

    of: Literal["Address", "Business", "Person"] = Field(description="What it identifies.")
    level: Literal["lot", "building", "premises", "unit", "company", "site", "person"] = Field(
        description="Which level."
    )
    check: str = Field(description="The function that reads and spells it.")
    parts: list[Name] = Field([], description="The parts of a composite identifier, in order.")
    to: dict[Text, Literal["one-to-one", "one-to-many", "many-to-one", "many-to-many"]] = Field(
        {}, description="Schemes to which registers lead."
    )
    authority: Name | None = Field(None, description='Who gives it out; "nys" makes it nys.<name>.')
    title: str = Field("", description="Its name for people.")
    example: Text | None = Field(None, description="A valid identifier.")
    several: bool = Field(False, description="Whether one business or person may have several of it, like licences.")


class Code(Table):
    """What one of the agency's codes means."""

    label: str | None = Field(None, description="The agency's words.")
    is_: str | None = Field(None, alias="is", description="The city's category, like OPEN or HAZARDOUS.")


CodeList = dict[str, Annotated[Code, BeforeValidator(_label, json_schema_input_type=str | Code)]]


class Budget(Table):
    """What an agency's systems can bear, over all callers together."""

    rate: Rate | None = Field(None, description='The most calls in a second, minute or hour, like "20/s" or "600/m".')
    concurrency: Count | None = Field(None, description="The most calls in flight at once, over all of its sources.")
    quiet_hours: list[Hours] = Field(
        [], description='When it is not asked at all, in the city\'s time zone, like ["22:00-06:00"].'
    )


class AgencyAbout(Table):
    """Who keeps the data."""

    name: Text = Field(description="The agency's full name.")
    short: Text | None = Field(None, description="Its short name; the file's name in capitals where left out.")
    steward: Text | None = Field(None, description="Who answers for the data.")
    budget: Budget | None = Field(None, description="What its systems can bear; `[agency.budget]`.")


class AgencyFile(Table):
    """One file an agency."""

    model_config = ConfigDict(title="An agency of the city")

    agency: AgencyAbout = Field(description="Who keeps the data.")
    scheme: dict[Name, Scheme] = Field({}, description="The agency's own kinds of identifier.")
    source: dict[Name, Source] = Field({}, description="Its databases and APIs.")
    dataset: list[Dataset] = Field([], description="Its tables and resources.")
    codes: dict[Name, CodeList] = Field({}, description="Its code lists.")


class LocalCaller(Table):
    """Whom a demo or test city trusts on the loopback interface."""

    name: Text = Field(description="The caller's name.")
    scopes: list[Text] = Field(description='What it may see; "*" is everything.')


class CityAbout(Table):
    """The city."""

    name: Text = Field(description="The city's name.")
    prefix: Name = Field(description='What its schemes begin with: "nyc" makes bbl nyc.bbl.')
    locale: Text = Field(description="How addresses and names are read.")
    time_zone: Text = Field(description='For local times without a zone, like "America/New_York".')
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] = Field(description='Like "USD".')
    local_caller: LocalCaller | None = Field(None, description="For demo and test cities only.")


class Register(Table):
    """What makes entities exist."""

    scheme: Text = Field(description="The scheme whose identifiers it confirms.")
    dataset: Text | None = Field(None, description="The register.")
    from_: list[Text] = Field([], alias="from", description="Datasets in order of trust, where there is no register.")
    keep: Names = Field(
        [], description="Those of which the gateway keeps identifiers and addresses, to find addresses without asking."
    )


class CityFile(Table):
    """city.toml."""

    model_config = ConfigDict(title="A city")

    city: CityAbout = Field(description="The city.")
    scheme: dict[Name, Scheme] = Field({}, description="Kinds of identifier that agencies share.")
    register_: dict[Name, Register] = Field({}, alias="register", description="What exists, in order of trust.")
    prefer: dict[Text, list[Text]] = Field({}, description="The order of datasets for a shared attribute.")
