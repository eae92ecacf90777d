"""`python -m bench.identity.words`: how telling common words of businesses' names are.

Counts words over registers of two cities; keeps only those that stand in many names of each, so
that no single business can be told from the table.
"""

import math
from collections import Counter
from pathlib import Path

import click
import duckdb

from resolvers.identity.names import normalise_name

OUT = Path(__file__).parents[2] / "resolvers" / "identity" / "matching" / "weights" / "words.toml"
LEAST = 12
SOURCES = {
    "new york": (
        ("nyc/sla_active_licenses.csv.gz", ("Premise Name", "DBA")),
        ("nyc/dcwp_sidewalk_cafe.csv.gz", ("BUSINESS_NAME", "BUSINESS_NAME2")),
    ),
    "chicago": (("b2_business_triples_chicago.csv.gz", ("cdph_dba", "bacp_legal_name")),),
}


@click.command()
@click.argument("folders", nargs=-1, required=True, type=click.Path(path_type=Path, file_okay=False, exists=True))
def words(folders: tuple[Path, ...]) -> None:
    """Write the table from the registers in FOLDERS."""
    total = 0
    counts: Counter[str] = Counter()
    for sources in SOURCES.values():
        names = {name for file, columns in sources for name in _names(file, columns, folders)}
        total += len(names)
        counts.update(word for name in names for word in set(name.split()))
    kept = {word: count for word, count in counts.items() if count >= LEAST and word.isalpha() and len(word) > 1}
    lines = [f"{word} = {math.log2(total / kept[word]):.1f}" for word in sorted(kept)]
    head = f"# Bits of words that stand in {LEAST} names and more of {total:,}, by `python -m bench.identity.words`."
    OUT.write_text("\n".join([head, "[bits]", *lines]) + "\n", encoding="utf-8")


def _names(file: str, columns: tuple[str, ...], folders: tuple[Path, ...]) -> set[str]:
    path = next((folder / file for folder in folders if (folder / file).is_file()), None)
    if path is None or not columns:
        return set()
    chosen = ", ".join(f'"{column}"' for column in columns)
    with duckdb.connect() as connection:
        relation = connection.read_csv(str(path), header=True, all_varchar=True)
        rows = relation.project(chosen).fetchall()
    return {normalise_name(cell) for row in rows for cell in row if cell}


if __name__ == "__main__":
    words()
