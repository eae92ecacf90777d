"""What words of a heading hint at. Hints only choose among what the values allow."""

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


IDENTIFIER = _set(
    """id ids no nbr num number key code codes bin bbl block lot zip zipcode zip4 postcode postal serial license licence
    permit docket index district tract precinct board ward account ticket crfn document reel isn job council census
    community camis uprn apartment apt unit house building bldg phone fax tel telephone ssn ein school nta cb cd
    sequence seq suffix ident section volume boro borough county region globalid objectid uniqueid parid version
    floor story"""
)
"""Digits under such a heading are names, not quantities: they stay text."""

MONEY = _set(
    "price amount amt fee fees cost paid balance penalty penality salary rent fine due taxes dollars usd value"
)
MONEY_PARTS = ("assess", "exmptot", "mkttot", "mktland", "acttot", "actland")
YEAR = _set("year yr built yearbuilt")
DATE = _set("date day dt datetime time timestamp at on issued expires expiration filed created modified")
FLAG = _set("flag ind indicator is has approved qualify")
PHONE = _set("phone telephone tel fax mobile cell")
EMAIL = _set("email mail")
BIRTH = _set("birth birthdate birthday born")
SECRET = _set("ssn ein social password")
LATITUDE = _set("lat latitude ycoordinate")
LONGITUDE = _set("lon lng long longitude xcoordinate")
POSTCODE = _set("zip zipcode postcode postal zip5")
FREE = _set("description descr descrp remarks comments comment notes text resolution detail details")

NAME_PART = _set("first last middle given surname forename fname lname firstname lastname middlename initial")
PERSON_ROLE = _set(
    """owner owner2 ownername respondent grantee grantor applicant holder landlord tenant contact agent officer ceo
    plaintiff defendant party principal manager licensee registrant marshal representative owners applicants exname"""
)
NO_PERSON = _set(
    """street business corporation agency school project building park facility city neighborhood neighbourhood nta
    development dba trade trading doing highway bridge company location state county borough program programme area type
    tract code status title address address1 address2 zip house number no id professional license licence phone
    insurance flag class category relationship stamp landmark street1 boro email floor apt date country description
    unit room"""
)
PLACE = _set(
    "city state county borough boro address street country neighborhood neighbourhood nta location town district"
)

UNITS: Sequence[tuple[Collection[str], str]] = (
    (("sqft", "sqfeet", "sf"), "ft2"),
    (("square", "feet"), "ft2"),
    (("square", "footage"), "ft2"),
    (("sq", "ft"), "ft2"),
    (("square", "metres"), "m2"),
    (("square", "meters"), "m2"),
    (("sqm",), "m2"),
    (("acres",), "acre"),
    (("feet",), "ft"),
    (("metres",), "m"),
    (("meters",), "m"),
    (("minutes",), "min"),
    (("days",), "d"),
    (("kwh",), "kWh"),
)
"""Words that all stand in a heading or description, and the unit they name; a list of one is any of it."""

KINDS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "Violation": _set("violation violations summons summonses infraction infractions citations hearings"),
        "Eviction": _set("eviction evictions ejectment"),
        "Inspection": _set("inspection inspections inspected"),
        "Complaint": _set("complaint complaints nyc311 requests incidents"),
        "Permit": _set("permit permits sheds"),
        "Licence": _set("licence licences license licenses licensee licensed licensing"),
        "Lien": _set("lien liens mortgages"),
        "Sale": _set("sale sales deeds"),
        "Registration": _set("registration registrations registry"),
        "Certificate": _set("certificate certificates occupancy"),
        "Filing": _set("filing filings application applications jobs dobjobs"),
        "Project": _set("project projects"),
    }
)
"""Kinds of records by words of a title, the more telling ones first."""

STATUS: Mapping[str, str] = MappingProxyType(
    {
        "open": "OPEN", "active": "ACTIVE", "current": "ACTIVE", "issued": "ACTIVE", "approved": "ACTIVE",
        "pending": "PENDING", "review": "PENDING", "process": "PENDING", "assigned": "OPEN", "closed": "CLOSED",
        "close": "CLOSED", "resolved": "CLOSED", "resolve": "CLOSED", "dismissed": "CLOSED", "completed": "CLOSED",
        "inactive": "EXPIRED", "expired": "EXPIRED", "lapsed": "EXPIRED", "revoked": "REVOKED", "withdrawn": "CLOSED",
        "denied": "DENIED", "refused": "DENIED", "disapproved": "DENIED", "rejected": "DENIED",
    }
)  # fmt: skip
SEVERITY: Mapping[str, str] = MappingProxyType(
    {
        "hazardous": "HAZARDOUS",
        "immediately": "HAZARDOUS",
        "critical": "SERIOUS",
        "serious": "SERIOUS",
        "minor": "MINOR",
    }
)
OUTCOME: Mapping[str, str] = MappingProxyType(
    {
        "passed": "PASSED",
        "pass": "PASSED",
        "failed": "FAILED",
        "fail": "FAILED",
        "closed": "CLOSED",
        "pending": "PENDING",
    }
)
NEGATIONS = _set("not non no in un")
CATEGORIES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {"status": STATUS, "severity": SEVERITY, "outcome": OUTCOME}
)
"""Categories by a word of a code, for each coded field."""

CLAIMS: Mapping[tuple[str, ...], tuple[str, str]] = MappingProxyType(
    {
        ("year", "built"): ("Address", "yearBuilt"),
        ("yearbuilt",): ("Address", "yearBuilt"),
        ("ownername",): ("Address", "ownerName"),
        ("owner", "name"): ("Address", "ownerName"),
        ("unitsres",): ("Address", "residentialUnits"),
        ("residential", "units"): ("Address", "residentialUnits"),
        ("commercial", "units"): ("Address", "commercialUnits"),
        ("numfloors",): ("Address", "floors"),
        ("bldgclass",): ("Address", "buildingClass"),
        ("building", "class"): ("Address", "buildingClass"),
        ("landuse",): ("Address", "landUse"),
        ("lotarea",): ("Address", "lotArea"),
        ("bldgarea",): ("Address", "buildingArea"),
        ("assesstot",): ("Address", "assessedValue"),
        ("dba",): ("Business", "tradeName"),
        ("dba", "name"): ("Business", "tradeName"),
        ("trade", "name"): ("Business", "tradeName"),
        ("restaurant", "name"): ("Business", "tradeName"),
        ("legal", "business", "name"): ("Business", "legalName"),
        ("entity", "name"): ("Business", "legalName"),
        ("industry",): ("Business", "industry"),
        ("phone",): ("Business", "phone"),
    }
)
"""Shared attributes by the whole of a heading."""

USUAL = _set(
    """
    housing house building street address borough boro apartment unit floor room zip post postal code city county state
    district community board council census tract school police fire court docket index marshal eviction executed
    violation inspection permit licence license complaint registration certificate filing application project agency
    owner applicant respondent business corporation contact agent person first middle last full given legal trade
    name initial phone number description status type class category reason result outcome grade score severity
    date time day month year created closed issued issue approved expiration expiry expired start end last current
    original new certify certified correct received entered modified updated record effective order novid nov by
    sale price amount fee cost total balance paid due tax value assessed land use area built floors units residential
    commercial rent legal class stories lot block bin bbl latitude longitude location place coordinate low high id
    of and is has for in geosearch cleaned unique schedule ind impairing"""
)
"""Words that agencies write together as one ("inspectiondate")."""
