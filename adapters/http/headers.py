"""Headers of HTTP: those of an answer, by name in any case, and the lines that ask.

Values are bytes on the wire; what is no UTF-8 goes through text and back unharmed.
"""

from collections.abc import Iterator, Mapping, Sequence

from adapters.errors import Malformed


class Headers(Mapping[str, str]):
    """Those of an answer. One that came several times is a list joined by commas (RFC 9110, 5.3)."""

    __slots__ = ("_values",)

    def __init__(self, pairs: Sequence[tuple[bytes, bytes]]) -> None:
        values = {name.lower(): value for name, value in pairs}
        if len(values) < len(pairs):
            for name in values:
                values[name] = b", ".join([value for each, value in pairs if each.lower() == name])
        self._values = values

    def __getitem__(self, name: str) -> str:
        return _text(self._values[name.lower().encode()])

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower().encode() in self._values

    def __iter__(self) -> Iterator[str]:
        return map(_text, self._values)

    def __len__(self) -> int:
        return len(self._values)

    def raw(self, name: bytes) -> bytes | None:
        """The bytes of one, by its name in lower case."""
        return self._values.get(name)


def _text(value: bytes) -> str:
    return value.decode("utf-8", "surrogateescape")


def block(*layers: Mapping[str, str]) -> bytes:
    """The lines of headers; a later layer replaces an earlier one's of the same name in any case.
    `Malformed` where a value would end its line: it is another server's (an ETag sent back)."""
    found = {name.lower(): (name, value) for layer in layers for name, value in layer.items()}
    text = "".join([f"{name}: {value}\r\n" for name, value in found.values()])
    if text.count("\n") != len(found) or text.count("\r") != len(found) or "\0" in text:
        raise Malformed("a header holds characters that no header takes")
    return text.encode("utf-8", "surrogateescape")
