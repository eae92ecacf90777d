"""How a file is laid out: what its name says, and what `format = { … }` of the dataset adds.

kind        csv, json, jsonl, xml or parquet; the name's ending where left out (.gz aside)
encoding    of csv, json, jsonl: "utf-8" where left out
delimiter, quote, skip_lines, header      of csv; header = […] names columns that have no line
rows        of json: a pointer to the list of rows ("/data"); of xml: the path of tags
            ("response/row")
names       of json whose rows are lists: a pointer to the names, `*` for every member
"""

import codecs
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from adapters.base import Dataset
from adapters.options import Mistake, Options

KINDS = ("csv", "json", "jsonl", "xml", "parquet")
_ENDINGS = {"csv": "csv", "tsv": "csv", "txt": "csv", "ndjson": "jsonl", "geojson": "json", "pq": "parquet"}
_TAKEN = {
    "csv": ("encoding", "delimiter", "quote", "skip_lines", "header"),
    "json": ("encoding", "rows", "names"),
    "jsonl": ("encoding",),
    "xml": ("rows",),
    "parquet": (),
}


@dataclass(frozen=True, slots=True)
class Format:
    """The layout of one file. `header` is empty where the file has a line of names."""

    kind: str
    encoding: str = "utf-8"
    delimiter: str = ","
    quote: str = '"'
    skip_lines: int = 0
    header: tuple[str, ...] = ()
    rows: str = ""
    names: str = ""

    @property
    def stored(self) -> str:
        """What its columns are kept as: "text", or "native" where the file has types itself."""
        return "native" if self.kind == "parquet" else "text"

    @property
    def loose(self) -> bool:
        """Whether rows name their own cells, and leave out what they have not."""
        return self.kind in ("jsonl", "xml") or (self.kind == "json" and not self.names)

    def task(self) -> Mapping[str, object]:
        """For `adapters.files.reading`."""
        return asdict(self)


def of_dataset(dataset: Dataset) -> tuple[Format, list[Mistake]]:
    """The format of a dataset's file, and what is wrong with what it says of it."""
    said = dataset.options.get("format", {})
    return read(dataset.path, said if isinstance(said, Mapping) else {})


def read(path: str, said: Mapping[str, object]) -> tuple[Format, list[Mistake]]:
    """The format of the file at `path`."""
    options = Options({name: value for name, value in said.items() if name != "quote"}, ("format",))
    kind = options.choice("kind", KINDS) or _guessed(path)
    if kind is None:
        options.complain(f'the name of the file does not tell its format; add kind = "{KINDS[0]}"')
        kind = "csv"
    usual, quote = _usual(kind, path), said.get("quote", '"')
    form = Format(
        kind=kind,
        encoding=_encoding(options),
        delimiter=options.text("delimiter") or usual.delimiter,
        quote=quote if isinstance(quote, str) else "??",
        skip_lines=options.count("skip_lines", 0, least=0),
        header=options.list("header"),
        rows=options.text("rows") or usual.rows,
        names=options.text("names") or ("" if "rows" in options else usual.names),
    )
    _check_kind(options, kind, said)
    return form, list(_problems(form, options))


def _check_kind(options: Options, kind: str, said: Mapping[str, object]) -> None:
    for name in said:
        others = [other for other, names in _TAKEN.items() if name in names]
        if others and kind not in others:
            options.complain(f"{options.named(name)} is for {' and '.join(others)} files; this is {kind}", name)


def _guessed(path: str) -> str | None:
    name = path.casefold().partition("?")[0].removesuffix(".gz")
    ending = name.rpartition(".")[2] if "." in name else ""
    kind = _ENDINGS.get(ending, ending)
    return kind if kind in KINDS else None


def _usual(kind: str, path: str) -> Format:
    """What files of this kind, and called like this, usually are."""
    name = path.casefold().partition("?")[0].removesuffix(".gz")
    if kind == "json" and name.endswith("rows.json"):  # as Socrata's portals export a whole dataset
        return Format(kind, rows="/data", names="/meta/view/columns/*/fieldName")
    return Format(kind, delimiter="\t" if name.endswith(".tsv") else ",")


def _encoding(options: Options) -> str:
    name = options.text("encoding") or "utf-8"
    try:
        found = codecs.lookup(name)
    except LookupError:
        options.complain(f'"{name}" is no encoding; write it like "utf-8", "cp1252" or "latin-1"', "encoding")
        return "utf-8"
    return found.name


def _problems(form: Format, options: Options) -> list[Mistake]:
    for name, value in (("delimiter", form.delimiter), ("quote", form.quote)):
        if len(value) > 1 or (not value and name == "delimiter"):
            options.complain(f"{options.named(name)} takes one character", name)
    if form.kind == "xml" and not form.rows:
        options.complain('format.rows is missing: the path of tags to one row, like "response/row"', "rows")
    for name, value in (("rows", form.rows), ("names", form.names)):
        if form.kind == "json" and value and not value.startswith("/"):
            options.complain(f'{options.named(name)} is a JSON pointer, like "/data"', name)
    return list(options.finish())
