"""Figures as tables for the terminal."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from gateway.evaluation.addresses import AddressFigures
from gateway.evaluation.figures import Figures, Rate


def print_figures(figures: Figures, console: Console) -> None:
    """Precision, recall and F1 by band and by threshold, then calibration."""
    _notes(figures.notes, console)
    missed = figures.truth - figures.reachable
    console.print(
        f"{figures.compared:,} pairs compared; {figures.truth:,} true pairs, {missed:,} of them never compared"
    )
    rates = Table("band or confidence", *_HEADS)
    _add(rates, "MATCH", figures.match)
    _add(rates, "MATCH or POSSIBLE", figures.possible)
    if figures.closed is not None:
        _add(rates, "clusters over MATCH", figures.closed)
    for threshold, rate in figures.thresholds:
        _add(rates, f"≥ {threshold:g}", rate)
    _add(rates, f"best F1, ≥ {figures.best[0]:.3f}", figures.best[1])
    console.print(rates)
    _calibration(figures, console)


def print_addresses(figures: AddressFigures, console: Console) -> None:
    """What was answered, what was right, and calibration."""
    _notes(figures.notes, console)
    console.print(
        f"{figures.rows:,} texts, {figures.read:,} read as addresses of this place, {figures.ambiguous:,} with several "
        f"answers; {figures.per_second:,.0f} look-ups a second after reading"
    )
    rates = Table("answers", *_HEADS)
    _add(rates, "MATCH", figures.answers.match)
    _add(rates, "MATCH or POSSIBLE", figures.answers.possible)
    _add(rates, "of rows that the register lists", figures.listed)
    _add(rates, "… under their house number", figures.numbered)
    if figures.whole != figures.numbered:
        _add(rates, "… and by the whole value of the truth", figures.whole)
    console.print(rates)
    _calibration(figures.answers, console)


def _notes(notes: Sequence[str], console: Console) -> None:
    for note in notes:
        console.print(f"Note: {note}", markup=False, highlight=False, soft_wrap=True)


_HEADS = ("answered", "right", "precision", "recall", "F1")


def _add(table: Table, name: str, rate: Rate) -> None:
    """A row; without a truth there is no recall, and without an answer either no precision."""
    told = (bool(rate.answered or rate.truth), bool(rate.truth), bool(rate.truth))
    figures = (rate.precision, rate.recall, rate.f1)
    shares = (f"{share:.4f}" if known else "–" for share, known in zip(figures, told, strict=True))
    table.add_row(name, f"{rate.answered:,}", f"{rate.right:,}", *shares)


def _calibration(figures: Figures, console: Console) -> None:
    table = Table("confidence", "pairs", "mean confidence", "share true")
    for each in figures.bins:
        low = min(9, int(each.confidence * 10)) / 10
        table.add_row(f"{low:.1f}–{low + 0.1:.1f}", f"{each.count:,}", f"{each.confidence:.4f}", f"{each.share:.4f}")
    console.print(table)
    console.print(f"expected calibration error {figures.error:.4f}")
