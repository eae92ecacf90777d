"""One file with every mistake we could think of: all are told at once, each at its place."""

from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.catalogue import CatalogueError, Problem, load
from gateway.catalogue.problems import nearest
from tests.gateway.catalogue.conftest import Directory

HERE = Path(__file__).parent
MISTAKES = (HERE / "mistakes.toml").read_text(encoding="utf-8")
EXPECTED = (HERE / "mistakes.txt").read_text(encoding="utf-8")


def test_all_problems_of_a_bad_file_are_told_at_once(springfield: Directory) -> None:
    springfield.write("dom", MISTAKES)
    springfield.replace("city", "[register.lots]", '[prefer]\n"Address.floors" = ["rolls.parcel"]\n\n[register.lots]')
    found = [problem.replace(f"{springfield.path}/", "") for problem in springfield.problems()]
    assert "\n".join(found) + "\n" == EXPECTED


def test_a_problem_reads_as_place_message_and_fix() -> None:
    problem = Problem("cities/nyc/hpd.toml", 31, 'column "bbl_" is not in hpd.violations', 'did you mean "bbl"?')
    assert str(problem) == 'cities/nyc/hpd.toml:31: column "bbl_" is not in hpd.violations; did you mean "bbl"?'


def test_the_directory_is_shown_as_below_the_working_directory(
    springfield: Directory, monkeypatch: pytest.MonkeyPatch
) -> None:
    springfield.replace("rolls", 'id = "lot"', 'id = "lott"')
    monkeypatch.chdir(springfield.path.parent)
    with pytest.raises(CatalogueError) as error:
        load(springfield.path, {})
    assert [str(problem).split(":")[0] for problem in error.value.problems] == [f"{springfield.path.name}/rolls.toml"]


def test_a_syntax_error_has_its_line_and_hides_no_other_file(springfield: Directory) -> None:
    springfield.write("broken", '[agency]\nname = "Broken"\nshort = \n')
    springfield.replace("rolls", 'YEAR", type', 'YEAR", typ')
    assert springfield.problems() == [
        "broken.toml:3: is not TOML: invalid value",
        'rolls.toml:14: unknown key "typ"; did you mean "type"?',
    ]


def test_an_unreadable_file_is_not_blamed_on_those_who_refer_to_it(springfield: Directory) -> None:
    springfield.replace("city", 'dataset = "rolls.parcels"', 'dataset = "broken.parcels"')
    springfield.write("broken", '[agency]\nname = "Broken\n')
    assert springfield.problems() == ["broken.toml:2: is not TOML: illegal character '\\n'"]


def test_duplicate_keys_and_other_encodings_are_syntax_errors(springfield: Directory) -> None:
    springfield.replace("rolls", 'id = "lot"', 'id = "lot"\nid = "lot"')
    (springfield.path / "latin.toml").write_bytes('[agency]\nname = "Amt für"\n'.encode("latin-1"))
    assert springfield.problems() == [
        "latin.toml:2: is not UTF-8; save the file as UTF-8",
        "rolls.toml:11: is not TOML: cannot overwrite a value",
    ]


def test_without_city_toml_there_is_no_city(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError) as error:
        load(tmp_path, {})
    message = "can't be read: No such file or directory; check that the file is there"
    assert str(error.value) == f"{tmp_path}/city.toml:1: {message}"


def test_a_city_that_says_too_little_is_still_checked(springfield: Directory) -> None:
    springfield.replace("city", 'prefix = "sp"\n', "")
    springfield.replace("city", "America/Chicago", "America/Chicargo")
    springfield.replace("city", '"us"', '"uss"')
    springfield.replace("city", '"USD"', '"dollars"')
    springfield.replace("rolls", '[agency]\nname = "Assessor"\n', "")
    assert springfield.problems() == [
        'city.toml:1: "prefix" is missing; add prefix = …',
        'city.toml:3: unknown locale "uss"; did you mean "us"?',
        'city.toml:4: "America/Chicargo" is no time zone; did you mean "America/Chicago"?',
        'city.toml:5: "currency" can\'t be "dollars"; write a currency code, like "USD"',
        'rolls.toml:1: "agency" is missing; add [agency]',
    ]


def test_what_was_left_out_is_not_missed(springfield: Directory) -> None:
    """A mistake in a column, a scheme or a source does not make others out of those who use it."""
    springfield.replace("city", 'check = "numbers_1_4_4"', 'chek = "numbers_1_4_4"')
    springfield.replace("rolls", 'lot = "LOT"', "lot = 5")
    springfield.replace("rolls", 'url = "memory:"\n', "")
    assert springfield.problems() == [
        'city.toml:8: "check" is missing; add check = …',
        'city.toml:11: unknown key "chek"; did you mean "check"?',
        'rolls.toml:4: "url" is missing; add url = …',
        'rolls.toml:12: "lot" takes a column of the agency, or a table',
    ]


def test_items_of_an_array_keep_their_lines_when_one_is_left_out(problems_of: Callable[[str], list[str]]) -> None:
    text = '\n[[dataset]]\nid = "x"\n\n[[dataset]]\nname = "b"\nlicense = "x"\n'
    problems = problems_of(text)
    assert 'rolls.toml:22: "name" is missing; add name = …' in problems
    assert 'rolls.toml:27: unknown key "license"; did you mean "licence"?' in problems
    assert [each for each in problems if each.startswith("rolls.toml:25:")] != []


def test_secrets_are_in_no_message(springfield: Directory) -> None:
    secret = "hunter2"
    springfield.replace("rolls", 'adapter = "memory"\nurl = "memory:"', SOURCE)
    problems = springfield.problems(SECRET=secret)
    assert problems == [
        'rolls.toml:5: "adapter" refers to the environment; url, token and options of a source may',
        'rolls.toml:7: "timeout" takes a duration with its unit, like "800ms", "2s" or "1m"',
        'rolls.toml:8: "concurrency" is text; write a whole number',
        'rolls.toml:10: the url is none; write it like "sqlite:///agency.db"',
    ]
    assert not [problem for problem in problems if secret in problem]


SOURCE = """\
adapter = "${SECRET}"
url = "sql${SECRET}://x:${SECRET}@nowhere"
timeout = "${SECRET}"
concurrency = "${SECRET}"

[source.other]
adapter = "sql"
url = "nothing:${SECRET}"
"""


EDGE = """
[[dataset.edge]]
scheme = "lot"
to = "next"
means = "replaced_by"
since = "built"
until = "ended"
"""


def test_the_days_of_an_edge_are_columns_with_days(springfield: Directory) -> None:
    springfield.replace("rolls", 'lot = "LOT"', 'lot = "LOT"\nnext = "NEXT"\nend = { from = "END", type = "date" }')
    springfield.replace("rolls", "[dataset.claims]", EDGE.lstrip() + "\n[dataset.claims]")
    assert springfield.problems() == [
        'rolls.toml:25: "built" is of type year; it takes a date or datetime',
        'rolls.toml:26: column "ended" is not in rolls.parcels; did you mean "end"?',
    ]
    springfield.replace("rolls", 'since = "built"\nuntil = "ended"', 'until = "end"')
    (edge,) = springfield.load().tables["rolls.parcels"].edges
    assert (edge.since, edge.until) == (None, "end")


def test_nearest_suggests_what_is_close_and_lists_what_is_few() -> None:
    assert nearest("bbl_", ["bin", "bbl"]) == 'did you mean "bbl"?'
    assert nearest("BBL", ["bin", "bbl"]) == 'did you mean "bbl"?'
    assert nearest("quite_other", ["bin", "bbl"]) == "known: bin, bbl"
    assert nearest("quite_other", map(str, range(99))) == ""
