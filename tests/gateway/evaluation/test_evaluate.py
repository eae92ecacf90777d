"""`citygraph identity evaluate` on files made here: every kind of map, every kind of mistake."""

import csv
import random
from collections.abc import Sequence
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from gateway.cli import main
from gateway.evaluation import link, look_up, read_map
from gateway.evaluation.figures import Judged, Rate, figures
from resolvers.identity.matching.model import model

GIVEN = "MARIA WEI JOSE ELLEN RUTH OMAR PRIYA LARS AMINA PAUL".split()  # noqa: SIM905
FAMILY = "KOWALSKA CHEN ORTEGA NG BAPTISTE HADDAD IYER BERG DIALLO MORETTI".split()  # noqa: SIM905
STREETS = "BROOME SPRING MERCER LAFAYETTE MULBERRY".split()  # noqa: SIM905


def write(path: Path, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([head, *rows])


def slip(text: str, chance: random.Random) -> str:
    at = chance.randrange(len(text) - 1)
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


@pytest.fixture
def people(tmp_path: Path) -> Path:
    """A hundred persons, each in both files, half of them with a slip in the family name."""
    chance = random.Random(7)
    left, right = [], []
    for n, (given, family) in enumerate((g, f) for g in GIVEN for f in FAMILY):
        born = f"19{chance.randrange(30, 99)}-{chance.randrange(2, 13):02}-{chance.randrange(2, 28):02}"
        home = f"{chance.randrange(10, 400)} {chance.choice(STREETS)} ST"
        left.append([f"p{n}-a", given, family, born, home, "10013"])
        right.append([f"p{n}-b", given, slip(family, chance) if n % 2 else family, born, home, "10013"])
    head = ("who", "first", "last", "born", "home", "zip")
    write(tmp_path / "left.csv", head, left)
    write(tmp_path / "right.csv", head, right)
    side = """
file = "{}.csv"
entity = "who"
entity_pattern = '(p\\d+)-'
columns = {{ given = "first", family = "last", birth_date = "born", address = "home", zip = "zip" }}
"""
    text = (
        f'kind = "person"\nlocale = "us_nyc"\nsingle = true\n[left]{side.format("left")}[right]{side.format("right")}'
    )
    (tmp_path / "people.toml").write_text(text, encoding="utf-8")
    return tmp_path / "people.toml"


def test_persons_of_two_files_are_linked_and_measured(people: Path) -> None:
    found = link(read_map(people), people.parent, model("person"))
    assert (found.truth, found.reachable) == (100, 100)
    assert found.match.precision == 1
    assert found.match.recall > 0.95
    assert found.closed is None


def test_a_rival_that_is_surely_another_s_is_none(tmp_path: Path) -> None:
    """Two of one name at one address, of which one tells its telephone: that settles the other, too."""
    twins = [("a", "Quahog Marzipan", "12 Broome St", "2125550101"), ("b", "Quahog Marzipan", "12 Broome St", "")]
    side = 'file = "{}.csv"\nentity = "who"\ncolumns = {{ name = "name", address = "address", phone = "phone" }}\n'
    for name in ("left", "right"):
        write(tmp_path / f"{name}.csv", ("who", "name", "address", "phone"), twins)
    text = f'kind = "business"\nlocale = "us_nyc"\n[left]\n{side.format("left")}[right]\n{side.format("right")}'
    (tmp_path / "twins.toml").write_text(text, encoding="utf-8")
    each_by_itself = link(read_map(tmp_path / "twins.toml"), tmp_path, model("business"))
    (tmp_path / "twins.toml").write_text(f"single = true\n{text}", encoding="utf-8")
    both_lists = link(read_map(tmp_path / "twins.toml"), tmp_path, model("business"))
    assert each_by_itself.error > 0.4
    assert both_lists.error < 0.02
    assert both_lists.best[1] == Rate(2, 2, 2)


def test_the_command_prints_bands_thresholds_and_calibration(people: Path) -> None:
    done = CliRunner().invoke(main, ["identity", "evaluate", str(people)])
    assert done.exit_code == 0, done.output
    for text in ("100 true pairs", "MATCH or POSSIBLE", "≥ 0.99", "best F1", "expected calibration error"):
        assert text in done.output
    assert not any(name in done.output for name in FAMILY)


def test_one_parquet_file_is_compared_with_itself(tmp_path: Path) -> None:
    rows = [
        (n, source, f"{word} {second} {source}", f"{10 + 20 * n} Broome St", f"55512{n:02}")
        for n, (word, second) in enumerate((a, b) for a in ("Quahog", "Marzipan", "Lyceum") for b in ("Finch", "Otter"))
        for source in ("Inc", "LLC", "Cafe")
    ]
    with duckdb.connect() as connection:
        connection.execute("create table t (id int, source text, title text, addr text, tel text)")
        connection.executemany("insert into t values (?, ?, ?, ?, ?)", rows)
        connection.table("t").write_parquet(str(tmp_path / "sites.parquet"))
    (tmp_path / "sites.toml").write_text(
        'kind = "business"\nlocale = "us_nyc"\napart = ["source"]\n[left]\nfile = "sites.parquet"\nentity = "id"\n'
        'columns = { trade_name = "title", address = "addr", phone = "tel" }\n',
        encoding="utf-8",
    )
    found = link(read_map(tmp_path / "sites.toml"), tmp_path, model("business"))
    assert found.truth == found.reachable == 6 * 3
    assert found.match.right == found.match.answered == 18
    assert found.closed is not None
    assert found.closed == Rate(18, 18, 18)


@pytest.fixture
def addresses(tmp_path: Path) -> Path:
    lots = [(f"10{n:08}", str(10 + 2 * n), street) for n, street in enumerate(STREETS * 20)]
    write(tmp_path / "lots.csv", ("bbl", "no", "street", "zip"), [(a, n, f"{s} STREET", "10013") for a, n, s in lots])
    texts = [(f"{n} {s.title()} St, Apt {n}", "10013", a) for a, n, s in lots]
    write(tmp_path / "texts.csv", ("text", "zip", "bbl"), [*texts, ("5 Nowhere Pl", "10013", "1099999999")])
    (tmp_path / "map.toml").write_text(
        'kind = "address"\nlocale = "us_nyc"\n'
        '[left]\nfile = "texts.csv"\nentity = "bbl"\ncolumns = { address = "text", zip = "zip" }\n'
        '[right]\nfile = "lots.csv"\nentity = "bbl"\ncolumns = { address = [["no", "street"]], zip = "zip" }\n',
        encoding="utf-8",
    )
    return tmp_path / "map.toml"


def test_texts_are_looked_up_in_a_register(addresses: Path) -> None:
    found = look_up(read_map(addresses), addresses.parent)
    assert (found.rows, found.read, found.ambiguous) == (101, 101, 0)
    assert found.listed == Rate(100, 100, 100)
    assert found.answers.match.precision == 1
    assert found.wrong == ()


def test_mistyped_texts_are_mostly_found(addresses: Path) -> None:
    found = look_up(read_map(addresses), addresses.parent, typos=True)
    assert found.listed.recall > 0.9
    assert found.listed.precision == 1
    done = CliRunner().invoke(
        main, ["identity", "evaluate", str(addresses), "--typos", "--data", str(addresses.parent)]
    )
    assert done.exit_code == 0
    assert "look-ups a second" in done.output


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ('entity = "who"', 'entity = "whom"', 'left.csv has no column "whom"; did you mean "who"?'),
        ('given = "first"', 'given = "fist"', 'left.csv has no column "fist"; did you mean "first"?'),
        ('"left.csv"', '"lost.csv"', "lost.csv is not there"),
        (r"(p\d+)-", "p[", "is no regular expression"),
        (r"(p\d+)-", "p", "has no group"),
        (r"(p\d+)-", "(q)", "has no row with a value"),
        ('"us_nyc"', '"us_nycc"', 'people.toml:2: unknown locale "us_nycc"; did you mean "us_nyc"?'),
        ("single", "singel", "people.toml:3:"),
        ('kind = "person"', 'kind = "dog"', "people.toml:1:"),
        ('kind = "person"\n', "", 'people.toml:1: "kind" is missing; add kind = …'),
        ("[left]", "[lift]", 'people.toml:1: "left" is missing; add [left]'),
    ],
)
def test_mistakes_name_the_place_and_the_fix(people: Path, before: str, after: str, message: str) -> None:
    text = people.read_text(encoding="utf-8")
    assert before in text
    people.write_text(text.replace(before, after), encoding="utf-8")
    done = CliRunner().invoke(main, ["identity", "evaluate", str(people)])
    assert done.exit_code == 1
    assert message in done.output


def test_a_file_that_is_no_table_is_told(people: Path) -> None:
    (people.parent / "left.csv").write_bytes(b"\x00\xff\x00" * 100)
    done = CliRunner().invoke(main, ["identity", "evaluate", str(people)])
    assert done.exit_code == 1
    assert "left.csv" in done.output


def test_a_rival_that_is_surely_anothers_makes_no_match_doubtful(tmp_path: Path) -> None:
    """Two shops of one name at one address: the company behind one of them tells which is which."""
    names = [f"{given} {family} CATERING" for given in GIVEN for family in FAMILY]
    rows = [[f"b{n}", name, "", f"{n + 1} {STREETS[n % 5]} ST"] for n, name in enumerate(names)]
    twins = [["x", "QUAHOG FINCH", "", "901 BROOME ST"], ["y", "QUAHOG FINCH", "MARZIPAN LLC", "901 BROOME ST"]]
    side = 'file = "shops.csv"\nentity = "who"\n'
    side += 'columns = { trade_name = "name", legal_name = "company", address = "home" }\n'
    text = f'kind = "business"\nlocale = "us_nyc"\nsingle = true\n[left]\n{side}[right]\n{side}'
    (tmp_path / "shops.toml").write_text(text, encoding="utf-8")
    found = []
    for more in (twins, [*twins, twins[0]]):
        write(tmp_path / "shops.csv", ("who", "name", "company", "home"), [*rows, *more])
        found.append(link(read_map(tmp_path / "shops.toml"), tmp_path, model("business")).match)
    assert (found[0].answered, found[0].right) == (len(names) + 2, len(names) + 2)
    assert (found[1].answered, found[1].right) == (len(names) + 1, len(names) + 1)  # two that nothing tells apart


def test_figures_over_known_verdicts() -> None:
    judged = [
        Judged(0.95, "MATCH", True),
        Judged(0.95, "MATCH", True),
        Judged(0.65, "POSSIBLE", True),
        Judged(0.65, "POSSIBLE", False),
        Judged(0.05, None, False),
    ]
    found = figures(judged, 4)
    assert (found.match.precision, found.match.recall) == (1, 0.5)
    assert (found.possible.precision, found.possible.recall) == (0.75, 0.75)
    assert found.best == (0.65, Rate(4, 3, 4))
    assert [(each.count, each.share) for each in found.bins] == [(1, 0), (2, 0.5), (2, 1)]
    assert found.error == pytest.approx((0.05 + 2 * 0.15 + 2 * 0.05) / 5)
