"""Pydantic's errors in the words of the files."""

from collections.abc import Iterator
from datetime import date
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from gateway.catalogue.positions import Loc
from gateway.catalogue.problems import nearest

_KINDS = {
    "string_type": "text in quotes",
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "date_type": "a day, like 2017-05-01",
    "date_from_datetime_parsing": "a day, like 2017-05-01",
    "list_type": "a list in brackets",
    "dict_type": "a table",
    "model_type": "a table",
    "model_attributes_type": "a table",
}


def worded(model: type[BaseModel], error: ErrorDetails) -> tuple[str, str]:
    """Message and suggestion for an error of `model`'s validation."""
    loc = error["loc"]
    name = _name(loc)
    match error["type"]:
        case "extra_forbidden":
            return f'unknown key "{name}"', nearest(name, keys_at(model, loc[:-1]), "delete it")
        case "missing":
            return f'"{name}" is missing', f"add {_begun(model, loc, name)}"
        case "literal_error":
            allowed = [part.strip("'") for part in str(error["ctx"]["expected"]).replace(" or ", ", ").split(", ")]
            return f'"{name}" has the unknown value {_shown(error["input"])}', _choice(error["input"], allowed)
        case "value_error":
            return f'"{name}" {error["ctx"]["error"]}', ""
        case "form":
            return f'"{name}" {error["msg"]}', ""
        case "string_too_short":
            return f'"{name}" is empty', "write a value or delete the key"
        case "string_pattern_mismatch":
            return f'"{name}" can\'t be {_shown(error["input"])}', _pattern(str(error["ctx"]["pattern"]))
        case "greater_than_equal":
            return f'"{name}" is {_shown(error["input"])}', f"it is at least {error['ctx']['ge']}"
        case kind if kind in _KINDS:
            return f'"{name}" is {_described(error["input"])}', f"write {_KINDS[kind]}"
        case _:
            return f'"{name}": {error["msg"]}', ""


def keys_at(model: type[BaseModel], loc: Loc) -> list[str]:
    """The keys that the grammar knows for the table at `loc`."""
    return [
        field.alias or name
        for each in _at(model, loc)
        for table in _tables(each)
        for name, field in table.model_fields.items()
    ]


def stand_in(model: type[BaseModel], loc: Loc) -> object:
    """A value that the grammar takes at `loc`, where a needed one is missing."""
    plain = next((each for annotation in _at(model, loc) for each in _flat(annotation)), str)
    if isinstance(plain, type) and issubclass(plain, BaseModel):
        return {}
    return {int: 1, list: [], dict: {}, date: date.max}.get(get_origin(plain) or plain, "XXX")


def _begun(model: type[BaseModel], loc: Loc, name: str) -> str:
    """How what is missing at `loc` begins: a table of the file itself by its head, all else by its key."""
    table = len(in_file(loc)) == 1 and any(True for each in _at(model, loc) for _ in _tables(each))
    return f"[{name}]" if table else f"{name} = …"


def _at(model: type[BaseModel], loc: Loc) -> list[Any]:
    """What the grammar takes at `loc`."""
    found: list[Any] = [model]
    for key in in_file(loc):
        found = [inner for annotation in found for inner in _step(annotation, key)]
    return found


def _step(annotation: Any, key: str | int) -> Iterator[Any]:
    for plain in _flat(annotation):
        if get_origin(plain) in (dict, list):
            yield get_args(plain)[-1]
        elif isinstance(plain, type) and issubclass(plain, BaseModel):
            yield from (f.annotation for name, f in plain.model_fields.items() if key == (f.alias or name))


def _flat(annotation: Any) -> Iterator[Any]:
    if get_origin(annotation) is Annotated:
        yield from _flat(get_args(annotation)[0])
    elif get_origin(annotation) in (Union, UnionType):
        for part in get_args(annotation):
            yield from _flat(part)
    else:
        yield annotation


def _tables(annotation: Any) -> Iterator[type[BaseModel]]:
    return (plain for plain in _flat(annotation) if isinstance(plain, type) and issubclass(plain, BaseModel))


def in_file(loc: Loc) -> Loc:
    """The keys of a pydantic location that are in the file, without the forms of a union."""
    return tuple(key for key in loc if not (isinstance(key, str) and (key.startswith("(") or key == "[key]")))


def _name(loc: Loc) -> str:
    names = [key for key in in_file(loc) if isinstance(key, str)]
    return names[-1] if names else "the file"


def _choice(value: object, allowed: list[str]) -> str:
    return nearest(value, allowed) if isinstance(value, str) else f"write {' or '.join(allowed)}"


def _pattern(pattern: str) -> str:
    if "{3}" in pattern:
        return 'write a currency code, like "USD"'
    if "A-Z0-9_" in pattern and "a-z" not in pattern:
        return 'write it in capitals, like "OWNER"'
    return "use letters, digits and _, a letter first"


def _shown(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)


def _described(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case int() | float():
            return f"the number {value}"
        case str():
            return "text"
        case list():
            return "a list"
        case dict():
            return "a table"
        case _:
            return str(value)
