"""Keys."""

from tests.partners.serving import DEMO, Partners


def test_a_partner_is_known(partners: Partners) -> None:
    for key, agreement in ((partners.benefits, "benefits-office"), (partners.brigade, "fire-brigade")):
        answer = partners.ask("{ me { key agreement { id } } }", key)
        assert answer.data == {"me": {"key": key.prefix, "agreement": {"id": agreement}}}
    assert partners.ask("{ me { admin } }", partners.admin).data == {"me": {"admin": True}}
    assert partners.ask("{ me { name } }", headers=DEMO).data == {"me": {"name": "demo"}}
