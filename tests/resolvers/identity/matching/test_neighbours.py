"""How many businesses share an address, and what that says."""

from resolvers.identity.addresses import locale
from resolvers.identity.matching.businesses import Business, business, compare
from resolvers.identity.matching.model import model
from resolvers.identity.matching.neighbours import surrounded

US = locale("us")


def at(address: str, name: str) -> Business:
    return business([name], address=US.parse(address))


def test_others_of_the_same_list_are_counted() -> None:
    records = [at("12 Oak St", "One"), at("12 Oak Street", "Two"), at("14 Oak St", "Three"), business(["Nowhere"])]
    assert [each.others for each in surrounded(records, ["a"] * 4)] == [1, 1, 0, None]
    assert [each.others for each in surrounded(records, ["a", "b", "a", "a"])] == [0, 0, 0, None]


def level(here: int, there: int, address: str = "12 Oak St") -> str:
    """That of two at the address; so many their lists have there."""
    one, other = (
        surrounded([at(text, name)] * count, [""] * count)[0]
        for text, name, count in (("12 Oak St", "Kale", here), (address, "Beet", there))
    )
    return compare(one, other).levels["others"]


def test_the_fuller_list_says_how_many() -> None:
    assert level(1, 1) == "none"
    assert level(1, 4) == level(2, 1) == "few"
    assert level(5, 1) == "many"


def test_it_says_nothing_where_it_is_not_known_or_elsewhere() -> None:
    assert compare(at("12 Oak St", "Kale"), at("12 Oak St", "Beet")).levels["others"] == "missing"
    assert level(1, 1, "99 Oak St") == "missing"


def test_who_is_alone_at_an_address_is_likelier_one() -> None:
    bits = model("business").weights["others"]
    assert bits["none"] > 0 > bits["few"] > bits["many"]
