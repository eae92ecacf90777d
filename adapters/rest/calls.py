"""What a scan asks of an API: one call for all, one for all keys together, or one for each key."""

from collections.abc import Mapping, Sequence

from adapters.base import Dataset, Scan
from adapters.errors import TooManyKeys
from adapters.frozen import frozen
from adapters.http import Http
from adapters.http.session import encoded
from adapters.keys import KeyValue, plain_texts, sendable
from adapters.rest import paths
from adapters.rest.layout import KeyWay, Layout
from adapters.rest.params import filter_params, flat, spelled
from adapters.rest.prepared import Prepared

Params = tuple[tuple[str, str], ...]


@frozen
class Call:
    """What is asked, page by page: a path and its parameters, and the key that it is for."""

    path: str
    params: Params
    key: KeyValue | None = None


class Calls:
    """The calls of one API, whose URLs may have `max_url` bytes."""

    def __init__(self, http: Http, max_url: int) -> None:
        self._http, self._max_url = http, max_url

    def of(self, prepared: Prepared, scan: Scan) -> list[Call]:
        """What is asked for a scan; nothing where no row can be meant. `TooManyKeys` for a URL that would be
        too long."""
        layout, dataset = prepared.layout, prepared.dataset
        filtered = filter_params(dataset, layout, scan.filters) if scan.filters else {}
        if filtered is None:
            return []
        fixed, way = prepared.fixed, prepared.way
        if scan.keys is None or way is None:
            return [Call(paths.whole(layout.path), (*fixed, *flat(filtered)))]
        if way.many != "each" and not filtered and (texts := plain_texts(scan.keys)):
            return [self._together(prepared, way, fixed, texts)]
        both = {param: set(filtered.pop(param)) for param in way.params if param in filtered}
        params = (*fixed, *flat(filtered))
        keys = [(key, _texts(dataset, way, key)) for key in sendable(scan.keys.values)]
        keys = [(key, texts) for key, texts in keys if _may_be(way, texts, both)]
        if way.many == "each":
            made = [_each(layout, way, params, key, texts) for key, texts in keys]
            return [call for call in made if call is not None]
        return [self._together(prepared, way, params, [texts[0] for _, texts in keys])] if keys else []

    def _together(self, prepared: Prepared, way: KeyWay, params: Params, texts: Sequence[str]) -> Call:
        """One call for several keys. `TooManyKeys`, before anything is asked, where they do not fit."""
        path, name, joined = paths.whole(prepared.layout.path), way.params[0], ",".join(texts)
        keyed = [(name, joined)] if way.many == "comma" else [(name, text) for text in texts]
        widest = 3 if joined.isascii() and name.isascii() else 12
        if widest * (len(joined) + len(keyed) * (len(name) + 2)) > self._max_url // 2 and len(texts) > 1:
            size, room = len(encoded(keyed)), self._max_url - len(self._http.url(path, params))
            if size > room:
                fitting = max(1, len(texts) * max(room, 0) // size)
                message = f"{prepared.dataset.name}: {fitting} keys make the longest URL that may be asked"
                raise TooManyKeys(message, fitting=min(fitting, len(texts) - 1))
        return Call(path, (*params, *keyed))


def _each(layout: Layout, way: KeyWay, params: Params, key: KeyValue, texts: Sequence[str]) -> Call | None:
    path = paths.filled(layout.path, dict(zip(way.columns, texts, strict=True)))
    given = tuple((param, text) for param, text in zip(way.params, texts, strict=True) if param)
    return None if path is None else Call(path, (*params, *given), key)


def _texts(dataset: Dataset, way: KeyWay, key: KeyValue) -> list[str]:
    return [spelled(dataset.columns[name], value) for name, value in zip(way.columns, key, strict=True)]


def _may_be(way: KeyWay, texts: Sequence[str], both: Mapping[str, set[str]]) -> bool:
    """Whether a key can be asked, and is among what filters by the same parameters leave."""
    pairs = list(zip(way.params, texts, strict=True))
    return all(text or param for param, text in pairs) and all(
        text in both.get(param, (text,)) for param, text in pairs
    )
