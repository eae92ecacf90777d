"""A draft as the text of an agency's file, with the reason for each guess beside it.

Lines that begin with `# DECIDE` are questions to the steward; everything else stands as it is. A
dataset without any key is written as a comment as a whole: its rows would hang on nothing.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from adapters.base import Column, ColumnType
from gateway.introspection import toml
from gateway.introspection.guessing.drafts import (
    Draft,
    DraftCode,
    DraftDataset,
    DraftKey,
    DraftScheme,
    DraftSection,
)

_PAD = 28
_LONGEST = 400
_ON_CODES = (
    "Code lists, with the rows that have each. DECIDE the words for people, and with `is` the city's category of codes "
    "that feed status, severity or outcome; a list that is none may go, with its `codes = …`."
)
_ON_CLEANING = (
    "`clean` stands where the sample needed it (blanks, HTML entities, mojibake). DECIDE whether it is worth it: the "
    "source itself can't filter or order by a cleaned column."
)


def written(draft: Draft) -> str:
    """The whole file."""
    lines = [
        *toml.comment(f"A draft by `citygraph introspect`; what it guessed says why. File: {draft.agency}.toml"),
        *toml.comment("Lines with DECIDE are for the steward. Then: citygraph check --city DIR --live"),
        "",
        *_agency(draft),
        *_source(draft),
    ]
    for scheme in draft.schemes:
        lines += ["", *_scheme(scheme)]
    for dataset in draft.datasets:
        lines += ["", *_whole(dataset)]
    used = {name for each in draft.datasets for column in each.columns if (name := column.column.codes)}
    if used:
        lines += ["", *toml.comment(_ON_CODES)]
    for name, codes in draft.codes.items():
        if name in used:
            lines += ["", *_codes(name, codes)]
    return "\n".join(lines) + "\n"


def _agency(draft: Draft) -> Iterator[str]:
    yield "[agency]"
    yield from toml.pair("name", draft.name, "DECIDE the agency's full name")
    yield f"short = {toml.text(draft.agency.upper())}"
    yield '# steward = "opendata@agency.gov"  # who answers for the data'


def _source(draft: Draft) -> Iterator[str]:
    yield ""
    for note in draft.notes:
        yield from toml.comment(note)
    yield f"[source.{draft.source}]"
    yield f"adapter = {toml.text(draft.kind)}"
    variable = f"{draft.agency.upper()}_URL"
    said = "its credentials were left out: give the whole URL in this variable" if draft.secret else ""
    yield from toml.pair("url", f"${{{variable}:-{draft.url.replace('}', '%7D')}}}", said)
    for name, value in draft.settings.items():
        if not isinstance(value, Mapping):
            yield from toml.pair(name, value)
    for name, value in draft.settings.items():
        if isinstance(value, Mapping) and value:
            yield ""
            yield f"[source.{draft.source}.{toml.key(name)}]"
            for inner, each in value.items():
                yield from toml.pair(inner, each)


def _scheme(scheme: DraftScheme) -> Iterator[str]:
    if scheme.shared:
        yield from toml.comment("DECIDE if other agencies know it too: then it belongs into city.toml, and not here")
    else:
        yield from toml.comment("The agency's own number. DECIDE whether it identifies a business, and which level")
    yield f"[scheme.{scheme.name}]"
    if scheme.title:
        yield f"title = {toml.text(scheme.title)}"
    yield f"of = {toml.text(scheme.entity)}"
    yield f"level = {toml.text(scheme.level)}"
    yield f"check = {toml.text(scheme.check)}"
    if scheme.parts:
        yield f"parts = {toml.value(scheme.parts)}"


# --- datasets ------------------------------------------------------------------------------


def _whole(dataset: DraftDataset) -> Iterator[str]:
    lines = list(_dataset(dataset))
    if dataset.keys:
        yield from lines
        return
    yield from toml.comment(
        f"DECIDE by what the rows of {dataset.name} hang on an address, a business or a person: no key was found. "
        "Add [dataset.keys], then take the comment signs away."
    )
    yield from (f"# {line}" if line else "#" for line in lines)


def _dataset(dataset: DraftDataset) -> Iterator[str]:
    many = "all" if dataset.whole else "a sample of"
    yield from toml.comment(f"{dataset.name}: guessed from {many} {dataset.rows:,} rows")
    for note in dataset.notes:
        yield from toml.comment(note)
    yield "[[dataset]]"
    yield f"name = {toml.text(dataset.name)}"
    if dataset.title:
        yield f"title = {toml.text(dataset.title)}"
    if dataset.doc:
        yield f"doc = {toml.text(_short(dataset.doc))}"
    yield f"path = {toml.text(dataset.path)}"
    if dataset.text and dataset.says_stored:
        yield from toml.pair("stored", "text", "every column is kept as text; types say how to read it")
    for name, value in dataset.settings.items():
        yield from toml.pair(name, value)
    yield from _identity(dataset)
    yield from _options(dataset.options, "dataset.options")
    yield from _columns(dataset)
    yield from _keys(dataset.keys)
    yield from _claims(dataset.claims)
    if dataset.section is not None:
        yield from _section(dataset, dataset.section)


def _identity(dataset: DraftDataset) -> Iterator[str]:
    if dataset.id:
        yield from toml.pair("id", dataset.id[0] if len(dataset.id) == 1 else dataset.id, dataset.id_why)
    else:
        yield '# id = ["…"]  # DECIDE what tells rows apart; nothing was seen that does'


def _options(options: Mapping[str, object], under: str) -> Iterator[str]:
    """Tables within tables under headers of their own, the plain values first."""
    if not options:
        return
    yield ""
    yield f"[{under}]"
    for name, value in options.items():
        if not isinstance(value, Mapping):
            yield from toml.pair(name, value)
        elif not any(isinstance(each, Mapping) for each in value.values()):
            yield from toml.pair(name, dict(value))
    for name, value in options.items():
        if isinstance(value, Mapping) and any(isinstance(each, Mapping) for each in value.values()):
            yield from _options(value, f"{under}.{toml.key(name)}")


def _columns(dataset: DraftDataset) -> Iterator[str]:
    yield ""
    if any(each.column.clean for each in dataset.columns):
        yield from toml.comment(_ON_CLEANING)
    yield "[dataset.columns]"
    pad = min(_PAD, max((len(each.name) for each in dataset.columns), default=0))
    for each in dataset.columns:
        said = "; ".join([*each.why, *(f"DECIDE {asked}" for asked in each.decide)])
        yield from toml.pair(each.name, _declaration(each.column, dataset.text), said, pad)


def _declaration(column: Column, text: bool) -> object:
    """The agency's column alone where there is nothing more to say."""
    said: dict[str, object] = {}
    if column.type is not ColumnType.TEXT:
        said["type"] = column.type.value
    if column.stored == "text" and not text and column.type is not ColumnType.TEXT:
        said["stored"] = "text"
    if column.format is not None:
        said["format"] = column.format
    if column.type is ColumnType.BOOL and column.stored == "text":
        said |= {"true": sorted(column.true), "false": sorted(column.false)}
    said |= {"null": sorted(column.null)} if column.null else {}
    said |= {"clean": list(column.clean)} if column.clean else {}
    for name in ("codes", "unit", "personal", "access"):
        if (value := getattr(column, name)) is not None:
            said[name] = value
    if column.description:
        said["doc"] = _short(column.description)
    if len(column.source) == 2:
        return {"type": said.pop("type"), "from": {"lat": column.source[0], "lon": column.source[1]}, **said}
    return {"from": column.source[0], **said} if said else column.source[0]


def _short(said: str) -> str:
    """A description in one line of bearable length."""
    plain = " ".join(said.split())
    return plain if len(plain) <= _LONGEST else f"{plain[: _LONGEST - 1].rpartition(' ')[0]}…"


def _keys(keys: Sequence[DraftKey]) -> Iterator[str]:
    yield ""
    yield "[dataset.keys]" if keys else "# [dataset.keys]"
    if len(keys) > 1:
        yield from toml.comment(
            "the first that is there and valid finds the row's entity, the others are checked against it"
        )
    for key in keys:
        yield from toml.pair(key.scheme, _key(key), "; ".join(key.why))


def _key(key: DraftKey) -> object:
    if key.parts:
        return dict(key.parts)
    columns = key.columns[0] if len(key.columns) == 1 else list(key.columns)
    if not key.formats:
        return columns
    return {"columns": columns, "formats": key.formats[0] if len(key.formats) == 1 else list(key.formats)}


def _claims(claims: Mapping[str, str]) -> Iterator[str]:
    if claims:
        yield ""
        yield from toml.comment("DECIDE whether the agency's word counts for these shared attributes")
        yield "# [dataset.claims]"
        yield from (f"# {toml.text(name)} = {toml.text(column)}" for name, column in claims.items())


def _section(dataset: DraftDataset, section: DraftSection) -> Iterator[str]:
    yield ""
    if dataset.alone:
        yield from toml.comment("one row for each: a fact or a count about it, so it is no kind of record")
    elif section.kind is None:
        yield from toml.comment(
            'DECIDE the kind of record ("Violation", "Permit" …), for the merged fields and the timeline'
        )
    else:
        yield from toml.comment(f"DECIDE whether one row is one {section.kind}: guessed {'; '.join(section.why)}")
    yield "[[dataset.section]]"
    yield f"on = {toml.value(section.on[0] if len(section.on) == 1 else section.on)}"
    if section.kind:
        yield f"kind = {toml.text(section.kind)}"
    if section.type:
        yield f"type = {toml.text(section.type)}"
    if dataset.alone:
        yield "many = false"
    if section.roles:
        yield f"as = {toml.value(section.roles)}"


# --- code lists ----------------------------------------------------------------------------


def _codes(name: str, codes: Iterable[DraftCode]) -> Iterator[str]:
    yield f"[codes.{toml.key(name)}]"
    for code in codes:
        label: object = {"label": code.code, "is": code.category} if code.category else code.code
        yield from toml.pair(code.code, label, f"{code.rows:,} rows")
