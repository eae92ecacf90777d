"""What the agencies of the cities in `other/` keep, as they would write it. All names are invented."""

import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

BULK = 60
"""Houses of Waterstad's long canal, 1017 XA 1 to 60."""
BRANCHES = 25
"""Companies at Waterstad's 1012 AB 12-2, the last five of them founded in 2020 or later."""


def _table(path: Path, name: str, columns: str, rows: Sequence[Sequence[object]]) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f'CREATE TABLE "{name}" ({columns})')
        connection.executemany(f'INSERT INTO "{name}" VALUES ({", ".join("?" * len(rows[0]))})', rows)


def _lines(path: Path, encoding: str, *lines: str) -> None:
    path.write_text("\r\n".join(lines) + "\r\n", encoding=encoding, newline="")


def waterstad(folder: Path) -> None:
    """A register with the house number in three columns, a CSV of companies, exports of a department."""
    columns = (
        "IDENTIFICATIE TEXT, POSTCODE TEXT, HUISNUMMER INTEGER, HUISLETTER TEXT, TOEVOEGING TEXT, "
        "OPENBARE_RUIMTE TEXT, BOUWJAAR INTEGER, GEBRUIKSDOEL TEXT"
    )
    rows: list[Sequence[object]] = [
        ("0001", "1012AB", 12, None, None, "Damrak", 1890, "W"),
        ("0002", "1012AB", 12, "a", None, "Damrak", 1905, "L"),
        ("0003", "1012AB", 12, None, "2", "Damrak", 9999, "W"),
        ("0004", "1012AB", 12, "A", "2", "Damrak", 1907, "X"),
        ("0005", "1012AB", 112, None, None, "Damrak", 1950, None),
        ("0006", "1013ZZ", 12, "", "", "Damrak", 1960, "W"),
    ]
    rows += [(f"1{n:03}", "1017XA", n, None, None, "Prinsengracht", 1600 + n, "W") for n in range(1, BULK + 1)]
    _table(folder / "basis.db", "NUMMERAANDUIDING", columns, rows)
    branches = (
        f"{30000000 + n};Filiaal {n:02};1012 ab 12-2;{n:02}-06-{2020 if n > 20 else 2010};{n}.000,50"
        for n in range(1, BRANCHES + 1)
    )
    _lines(
        folder / "handelsregister.csv",
        "cp1252",
        "KvK-nummer;Handelsnaam;Vestigingsadres;Opgericht;Kapitaal",
        "12345678;Café Zoë B.V.;1012 ab 12a;01-03-2015;1.234,50",
        "23456789;Brouwerij 't IJ;1012 ab 12;31-12-1999;",
        "34567890;Onbekend;ergens;31-13-1999;veel",
        *branches,
    )
    cases: list[dict[str, Any]] = [
        {"zaak": "Z1", "locatie": {"pc": "1012 AB", "huis": "12A"}, "verleend": "20240315", "leges": "1250.00"},
        {"zaak": "Z2", "locatie": {"pc": "1012AB", "huis": "12a"}, "verleend": "20230101", "leges": None},
        {"zaak": "Z3", "locatie": {"pc": "1012AB", "huis": "12"}, "verleend": "20230101", "leges": "7"},
    ]
    cases += [{"zaak": f"Y{n}", "locatie": {"pc": "1017 XA", "huis": str(n)}, "leges": f"{n}"} for n in range(1, 31)]
    text = "".join(f"{json.dumps({'soort': 'B', 'verleend': None, **case})}\n" for case in cases)
    (folder / "vergunningen.jsonl").write_text(text)
    _lines(
        folder / "meldingen.csv",
        "utf-8",
        "Melding,Straat,Nr,PC,Dag,Tekst",
        "M1,Damrak,12a,1012 AB,5/3/2024,Geluid",
        "M2,damrak,12,1012AB,6/11/2023,Licht",
        "M3,Rokin,12a,1012 AB,7/3/2024,Elders",
    )


def grosskirchen(folder: Path) -> None:
    """Buildings with postcodes as numbers, and the trade office's list in Latin-1."""
    columns = "LFD_NR INTEGER, STRASSE TEXT, HAUSNR TEXT, PLZ INTEGER, BAUJAHR INTEGER"
    rows = [
        (1, "Große Bäckerstraße", "12a", 10115, 1890),
        (2, "Große Bäckerstraße", "12", 10115, 1891),
        (3, "Königsallee", "1", 40212, 1900),
        (4, "Kleine Gasse", "12a", 10115, 1892),
    ]
    _table(folder / "kataster.db", "GEBÄUDE", columns, rows)
    _lines(
        folder / "gewerbe.csv",
        "latin-1",
        "Gewerbe-Nr.;Name;Straße;Haus-Nr.;PLZ;Beginn;Ende;Gebühr;Aktiv",
        "HRB 12345 B;Bäckerei  Größlein;Grosse Bäckerstrasse;12 a;10115;01.02.2003;-;1.234,50;J",
        "HRB 777;Müller & Söhne;GROßE BÄCKERSTRASSE;12A;10115;15.11.1998;31.12.2010;-;N",
        "HRB 42 KÖLN;Kiosk;Königsallee;1;40212;01.01.2020;k. A.;12,00;?",
    )


def hayama(folder: Path) -> None:
    """Licences in one office's database, inspections in the other's Shift JIS file."""
    rows = [
        ("A-12.3/7", "海の家", "1234567890123", "2019/04/01", "01"),
        ("B-0001", "喫茶 葉", None, "2020/12/31", "02"),
        ("C-0003", "無検査", None, "平成30年", "09"),
    ]
    rows += [(f"N-{n:04}", f"店{n}", None, "2021/01/01", "01") for n in range(1, 41)]
    _table(folder / "hoken.db", "営業許可", "許可番号 TEXT, 屋号 TEXT, 法人番号 TEXT, 許可日 TEXT, 業種 TEXT", rows)
    visits = (f"n-{n:04},2022年{n % 12 + 1}月{n % 28 + 1}日,適,{n}" for n in range(1, 41))
    _lines(
        folder / "tenken.csv",
        "shift_jis",
        "許可番号,検査日,結果,消火器",
        "a-12.3/7,2023年4月5日,適,2",
        "a-12.3/7,2024年11月30日,否,",
        "z-9,2024年1月1日,適,1",
        *visits,
    )


MAKE: Mapping[str, Callable[[Path], None]] = {"waterstad": waterstad, "grosskirchen": grosskirchen, "hayama": hayama}
VARIABLE = {"waterstad": "WS_DATA", "grosskirchen": "GK_DATA", "hayama": "HY_DATA"}
