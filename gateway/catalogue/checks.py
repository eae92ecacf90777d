"""What can only be said of all files together: references that lead nowhere, tables without use."""

import re

from adapters.base import Dataset, Source
from adapters.columns import problem
from adapters.kinds import is_kind, kinds, open_adapter, problems
from adapters.options import BadOptions
from gateway.catalogue.columns import Outline
from gateway.catalogue.documents import Spot
from gateway.catalogue.fields import check_fields
from gateway.catalogue.files import Parts
from gateway.catalogue.problems import nearest
from gateway.catalogue.protecting import check_protection
from resolvers.city import City
from resolvers.identity.addresses import LOCALES
from resolvers.records import CATEGORIES

_AGENCY = re.compile(r"[a-z][a-z0-9_]*")


def check(parts: Parts, city: City) -> None:
    """Report everything that is wrong between the parts of a city."""
    _check_locale(parts)
    _check_agencies(parts)
    _check_adapters(parts, city)
    for name, outline in parts.outlines.items():
        source = city.sources.get(parts.tables[name].dataset.source)
        if source is not None and is_kind(source.kind):
            _check_storage(outline)
            _check_dataset(source.kind, parts.tables[name].dataset, outline)
        _check_codes(outline)
        _check_use(outline, parts, city)
    _check_categories(parts, city)
    check_fields(parts)
    check_protection(parts)


def _check_locale(parts: Parts) -> None:
    name, spot = parts.files.city.model.city.locale, Spot(parts.files.city, ("city", "locale"))
    if name not in LOCALES and not spot.damaged:
        spot.problem(f'unknown locale "{name}"', nearest(name, LOCALES))


def _check_agencies(parts: Parts) -> None:
    shorts: dict[str, str] = {}
    for id, document in parts.files.agencies.items():
        spot = Spot(document, ("agency", "short"))
        short = document.model.agency.short or id.upper()
        if not _AGENCY.fullmatch(id):
            Spot(document).problem(f'"{id}" is no name for an agency', "name the file in small letters, digits and _")
        if short in shorts:
            spot.problem(f'"{short}" is the short name of {shorts[short]} too', "give one of them another")
        shorts.setdefault(short, id)


def _check_adapters(parts: Parts, city: City) -> None:
    """Whether each source's kind is known, and can be made from what the source says."""
    for name, source in city.sources.items():
        agency, _, short = name.partition(".")
        spot = Spot(parts.files.agencies[agency], ("source", short))
        if not is_kind(source.kind):
            if not spot.at("adapter").damaged:
                spot.at("adapter").problem(f'unknown adapter "{source.kind}"', nearest(source.kind, kinds()))
        elif not spot.damaged:
            _check_source(source, spot)


def _check_source(source: Source, spot: Spot) -> None:
    try:
        open_adapter(source)
    except BadOptions as error:
        for mistake in error.mistakes:
            spot.at(*mistake.path).problem(mistake.text)
    except ValueError as error:
        spot.problem(str(error).removeprefix(f"source {source.name}: "))


def _check_storage(outline: Outline) -> None:
    """What the adapters' own rules say of each column."""
    for name, column in outline.columns.items():
        spot = outline.spot.at("columns", name)
        if not spot.damaged and (text := problem(column)):
            spot.problem(f'column "{name}": {text}')


def _check_dataset(kind: str, dataset: Dataset, outline: Outline) -> None:
    """What the kind of source can't make of the dataset."""
    for mistake in problems(kind, dataset):
        spot = outline.spot.at(*mistake.path)
        if not spot.damaged:
            spot.problem(mistake.text)


def _check_codes(outline: Outline) -> None:
    """Codes without a list are served without labels; that is worth a warning."""
    lists = outline.spot.document.model.codes
    for name, column in outline.columns.items():
        spot = outline.spot.at("columns", name, "codes")
        if column.codes and column.codes not in lists and not Spot(spot.document, ("codes", column.codes)).damaged:
            message = f"this file has no [codes.{column.codes}], so the codes of {name} have no labels"
            spot.problem(message, nearest(column.codes, lists, "add it"), "warning")


def _check_use(outline: Outline, parts: Parts, city: City) -> None:
    """A dataset hangs on something, and is there for something."""
    spot, declared = outline.spot, outline.declared
    if not declared.keys and not spot.at("keys").damaged:
        spot.problem(f"{outline.name} has no keys, so its rows hang on nothing", "add [dataset.keys]")
    registered = any(outline.name in register.datasets for register in city.registers)
    hung = declared.section or declared.claims or declared.link or declared.edge
    used = hung or registered or len(declared.keys) > 1
    if not used and not spot.at("section").damaged and not spot.at("claims").damaged:
        spot.problem(f"{outline.name} feeds nothing", 'add [[dataset.section]] with on = "Address.…", or claims')


def _check_categories(parts: Parts, city: City) -> None:
    """What `is` says must be a category of the field that the code feeds."""
    for hung in parts.sections:
        table = parts.tables[hung.section.dataset]
        for role, name in hung.section.roles.items():
            column = table.dataset.columns[name]
            if role in CATEGORIES and column.codes:
                _check_list(column.codes, role, table.agency, hung.spot, city)


def _check_list(name: str, role: str, agency: str, section: Spot, city: City) -> None:
    known = [member.value for member in CATEGORIES[role]]
    for code, meaning in city.codes[agency].get(name, {}).items():
        if meaning.category is not None and meaning.category not in known:
            spot = Spot(section.document, ("codes", name, code, "is"))
            spot.problem(
                f'"{meaning.category}" is no category of {role}, which the code feeds', nearest(meaning.category, known)
            )
