"""Rules between the parts of a city, one mistake at a time; and that no mistake breaks the check itself."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.catalogue import examine
from tests.gateway.catalogue.conftest import CITY, ROLLS, Directory
from tests.gateway.catalogue.test_loading import CITY_MORE, DOM

DATASET = """
[[dataset]]
name = "notices"

[dataset.columns]
lot = "LOT"
no = {}
text = {}
day = { type = "date" }
count = { type = "int" }
flag = { type = "bool" }
kinds = { codes = "kinds" }
numbers = { type = "int", codes = "kinds" }

[dataset.keys]
lot = "lot"

[codes.kinds]
A = { label = "A", is = "OPEN" }

"""
END = len((ROLLS + DATASET).splitlines())


@pytest.mark.parametrize(
    ("section", "line", "message"),
    [
        ('on = "Address.rollNotices"\nkind = "Violation"\nas = { status = "kinds" }', 0, None),
        ('on = "Address.rollNotices"\nkind = "Violation"\nas = { status = "numbers" }', 0, None),
        (
            'on = "Address.rollNotices"\nkind = "Violation"\nas = { status = "count" }',
            3,
            '"status" is a code, but column "count" of type int has no codes; '
            'give the column codes = "…", or let it be text',
        ),
        (
            'on = "Address.rollNotices"\nkind = "Violation"\nas = { date = "text" }',
            3,
            '"date" can\'t take column "text" of type text; it takes date or datetime',
        ),
        (
            'on = "Address.rollNotices"\nas = { date = "day" }',
            2,
            "a section without kind has no interface fields; give it a kind, or delete `as`",
        ),
        (
            'on = "Business.rollNotices"',
            1,
            "no key of rolls.notices identifies a Business; add one in {path}/rolls.toml:35, or hang it on Address",
        ),
        ('on = "Address.__x"', 1, '"Address.__x" is no valid field name; use letters and digits, a letter first'),
        ('on = "Address.yearBuilt"', 1, '"Address.yearBuilt" is a field of every Address already; call it otherwise'),
        ('on = "Address.units"', 1, '"Address.units" is a field of every Address already; call it otherwise'),
        (
            'on = "Address.permits"',
            1,
            '"Address.permits" is where records of kind Permit are merged; set kind = "Permit", or call it otherwise',
        ),
        ('on = "Address.permits"\nkind = "Permit"', 0, None),
        (
            'on = "Address.rollNotices"\ntype = "Address"',
            2,
            'type "Address" is taken by the schema; name another with type = "…"',
        ),
        (
            'on = "Address.rollNotices"\ntype = "roll notices"',
            2,
            '"roll notices" is no valid type name; write it like "RollNotices"',
        ),
        (
            'on = "Address.rollNoticesWhere"',
            0,
            'type "RollsRollNoticesWhere" is taken by the schema; name another with type = "…"',
        ),
        (
            'on = "Address.rollNotices"\npart_of = "Address.rollNotices"',
            2,
            'records of "Address.rollNotices" have no id; give that section group or id',
        ),
        (
            'on = "Address.rollNotices"\nkind = "Inspection"\nas = { outcome = "kinds" }',
            -2,
            '"OPEN" is no category of outcome, which the code feeds; known: PASSED, FAILED, CLOSED, PENDING, OTHER',
        ),
    ],
)
def test_sections(
    problems_of: Callable[[str], list[str]], springfield: Directory, section: str, line: int, message: str | None
) -> None:
    expected = (
        [] if message is None else [f"rolls.toml:{END + 1 + line}: {message}".replace("{path}", str(springfield.path))]
    )
    assert problems_of(f"{DATASET}[[dataset.section]]\n{section}\n") == expected


def test_a_merged_field_is_no_section_where_there_are_several(problems_of: Callable[[str], list[str]]) -> None:
    section = '[[dataset.section]]\non = "Address.{}"\nkind = "Permit"\n'
    problems = problems_of(DATASET + section.format("permits") + section.format("otherPermits"))
    assert problems == [
        f'rolls.toml:{END + 2}: "Address.permits" merges all sections of kind Permit, and this is only one of them; '
        "call it otherwise"
    ]


def test_a_register_needs_a_key_of_its_scheme(springfield: Directory) -> None:
    springfield.replace("city", 'scheme = "lot"', 'scheme = "licence"')
    assert springfield.problems() == [
        "city.toml:20: rolls.parcels has no key of sp.licence; a register is asked by its identifiers: add the key"
    ]


def test_agencies_are_told_apart(springfield: Directory) -> None:
    springfield.write("other", ROLLS.replace('"Assessor"', '"Other"\nshort = "ROLLS"'))
    springfield.write("Bad-Name", '[agency]\nname = "Bad"\n')
    assert springfield.problems() == [
        'Bad-Name.toml:1: "Bad-Name" is no name for an agency; name the file in small letters, digits and _',
        'rolls.toml:1: "ROLLS" is the short name of other too; give one of them another',
    ]


def test_a_scheme_is_declared_once(springfield: Directory) -> None:
    scheme = '[scheme.{}]\nof = "Address"\nlevel = "lot"\ncheck = "bbl"\nexample = "{}"\n'
    springfield.write("other", '[agency]\nname = "Other"\n' + scheme.format("lot", "1004770501"))
    springfield.write("third", '[agency]\nname = "Third"\n' + scheme.format("address", "1004770501"))
    springfield.write("last", '[agency]\nname = "Last"\n' + scheme.format("bbl", "100477"))
    assert springfield.problems()[0].startswith("last.toml:7: bbl takes ")
    assert springfield.problems()[1:] == [
        f'other.toml:3: scheme "lot" is declared in {springfield.path}/city.toml:8 too; call it otherwise',
        'third.toml:3: scheme "address" is declared by every city itself too; call it otherwise',
    ]


def test_a_dataset_needs_keys_and_a_use(problems_of: Callable[[str], list[str]]) -> None:
    assert problems_of('\n[[dataset]]\nname = "idle"\ncolumns.a = "A"\nkeys.lot = "a"\n') == [
        'rolls.toml:22: rolls.idle feeds nothing; add [[dataset.section]] with on = "Address.…", or claims'
    ]


VALUES = [
    "",
    '"x"',
    "5",
    "1.5",
    "true",
    "[]",
    "[1]",
    '["x"]',
    "{}",
    "{ a = 1 }",
    "2020-01-01",
    "[[[]]]",
    "{ columns = 1 }",
]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None)
@given(data=st.data())
def test_any_change_of_any_line_is_either_fine_or_told(tmp_path: Path, data: st.DataObject) -> None:
    """Whatever is wrong, the check itself never fails, and every problem is at a line of its file."""
    files = {"city.toml": CITY + CITY_MORE, "rolls.toml": ROLLS, "dom.toml": DOM}
    for _ in range(data.draw(st.integers(1, 3))):
        name = data.draw(st.sampled_from(sorted(files)))
        lines = files[name].splitlines()
        index = data.draw(st.integers(0, len(lines) - 1))
        key, equals, _value = lines[index].partition(" = ")
        changes = [f"{key} = {value}" for value in VALUES] + [
            f"x{lines[index]}",
            f"{key}x = {_value}",
            "",
            lines[index] * 2,
        ]
        lines[index] = data.draw(st.sampled_from(changes if equals else ["", "[x]", "[[x]]", f"{lines[index]} x"]))
        files[name] = "\n".join(lines)
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    found = examine(tmp_path, {"DOM_TOKEN": "hunter2"})
    assert (found.city is not None) or found.failed
    for problem in found.problems:
        last = files[Path(problem.file).name].count("\n") + 1
        assert 1 <= problem.line <= last, problem
        assert "hunter2" not in str(problem)
