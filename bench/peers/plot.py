"""The figures as a picture: CPU of each server beside the hand-written one, on a logarithmic scale."""

from collections.abc import Mapping, Sequence
from html import escape
from math import log10

from bench.peers.measure import Cell, Figures

_LEFT, _WIDTH, _BAR, _GAP = 130, 460, 16, 30
_TICKS = (1, 2, 5, 10, 20, 50, 100)
_STYLE = "text{font:12px sans-serif;fill:#333}.t{font-weight:bold}.g{stroke:#ddd}.b{fill:#9bb4cc}.o{fill:#c2562f}"


def plot(found: Mapping[Cell, Figures], cases: Sequence[tuple[str, int]], hand: str) -> str:
    """An SVG with a block for each query and number of requests at once."""
    parts: list[str] = []
    y = 20
    for query, at in cases:
        base = found.get(Cell(hand, query, at))
        if base is None or not base.cpu:
            continue
        ratios = {
            cell.peer: one.cpu / base.cpu
            for cell, one in found.items()
            if (cell.query, cell.at, cell.slow) == (query, at, 0)
        }
        parts += _block(f"{query}, {at} at once: {hand} takes {base.cpu:.2f} ms", ratios, y)
        y += _GAP + (_BAR + 4) * len(ratios) + 30
    size = f'width="{_LEFT + _WIDTH + 60}" height="{y}"'
    body = "\n".join(parts)
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>\n<style>{_STYLE}</style>\n{body}\n</svg>\n'


def _block(title: str, ratios: Mapping[str, float], top: int) -> list[str]:
    bottom = top + 10 + (_BAR + 4) * len(ratios)
    parts = [f'<text class="t" x="4" y="{top}">{escape(title)}</text>']
    for tick in _TICKS:
        x = _LEFT + _at(tick)
        parts.append(f'<line class="g" x1="{x:.0f}" x2="{x:.0f}" y1="{top + 8}" y2="{bottom}"/>')
        parts.append(f'<text x="{x - 6:.0f}" y="{bottom + 14}">{tick}×</text>')
    for i, (name, ratio) in enumerate(sorted(ratios.items(), key=lambda each: each[1])):
        y = top + 10 + i * (_BAR + 4)
        kind = "o" if name.startswith("citygraph") else "b"
        width = max(1.0, _at(ratio))
        parts.append(f'<text x="4" y="{y + 12}">{escape(name)}</text>')
        parts.append(f'<rect class="{kind}" x="{_LEFT}" y="{y}" width="{width:.0f}" height="{_BAR}"/>')
        parts.append(f'<text x="{_LEFT + width + 4:.0f}" y="{y + 12}">{ratio:.2f}</text>')
    return parts


def _at(ratio: float) -> float:
    """Where a ratio is, from a tenth to a hundred."""
    return _WIDTH * (log10(min(max(ratio, 0.1), 100)) + 1) / 3
