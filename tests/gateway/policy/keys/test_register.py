"""Making, listing, rotating and revoking keys."""

import asyncio
from datetime import timedelta

import pytest

from gateway.policy.keys import KeyRefused, Register
from gateway.store import Store
from tests.gateway.policy.keys.making import DAY, NOW, PEPPER, issued


async def test_a_register_lists_what_it_made_without_secrets(store: Store) -> None:
    second = await issued(store, name="Fire brigade", agreement="fire", admin=True, from_networks=["2001:db8::/32"])
    first = await issued(store, expires=None)
    records = await Register(store, PEPPER).list()
    assert records == (first.record, second.record)
    assert (second.record.admin, second.record.networks, second.record.agreement) == (True, ("2001:db8::/32",), "fire")
    assert (first.record.expires, first.record.used, first.record.created_by) == (None, None, "tests")


async def test_the_states_of_a_key(store: Store) -> None:
    register = Register(store, PEPPER)
    record = (await issued(store)).record
    assert [record.state(NOW + days * DAY) for days in (0, 352, 365)] == ["valid", "expiring", "expired"]
    record = (await register.rotate(record.id, by="Ann", now=NOW)).record
    assert [record.state(NOW + days * DAY) for days in (0, 7)] == ["rotating", "valid"]
    record = await register.revoke(record.prefix, by="Bob", now=NOW)
    assert (record.state(NOW), record.changed_by, record.revoked) == ("revoked", "Bob", NOW)


async def test_a_rotation_keeps_the_term_and_never_prolongs_the_former_secret(store: Store) -> None:
    register = Register(store, PEPPER)
    record = (await issued(store, expires=NOW + 30 * DAY)).record
    at = NOW + 28 * DAY
    rotated = (await register.rotate(record.id, by="tests", now=at)).record
    assert (rotated.expires, rotated.former_until) == (at + 30 * DAY, NOW + 30 * DAY)
    again = (await register.rotate(record.id, by="tests", now=at + 10 * DAY)).record
    assert again.expires == at + 40 * DAY
    given = await register.rotate(record.id, by="tests", now=at + 20 * DAY, expires=at + 21 * DAY)
    assert given.record.expires == at + 21 * DAY


async def test_an_expired_key_may_be_rotated_but_its_secret_stays_dead(store: Store) -> None:
    record = (await issued(store, expires=NOW + DAY)).record
    rotated = (await Register(store, PEPPER).rotate(record.id, by="tests", now=NOW + 5 * DAY)).record
    assert rotated.former_until == NOW + DAY


async def test_a_second_rotation_within_the_overlap_is_refused_unless_all_ends_at_once(store: Store) -> None:
    register = Register(store, PEPPER)
    record = (await issued(store)).record
    await register.rotate(record.id, by="tests", now=NOW)
    with pytest.raises(KeyRefused, match="is valid until 2026-11-29 12:00 UTC; rotate then, or without overlap"):
        await register.rotate(record.id, by="tests", now=NOW + DAY)
    rotated = await register.rotate(record.id, by="tests", now=NOW + DAY, overlap=timedelta(0))
    assert rotated.record.former_until is None


async def test_rotations_at_once_leave_one_winner(store: Store) -> None:
    register = Register(store, PEPPER)
    record = (await issued(store)).record
    tried = [register.rotate(record.id, by="tests", now=NOW) for _ in range(4)]
    results = await asyncio.gather(*tried, return_exceptions=True)
    assert sum(isinstance(result, KeyRefused) for result in results) == 3


async def test_what_is_refused_says_why(store: Store) -> None:
    register = Register(store, PEPPER)
    made = await issued(store)
    await register.revoke(made.secret, by="tests", now=NOW)
    refused = [
        (register.create("", by="tests", now=NOW), "name takes 1 to 100 printable characters"),
        (register.create("a\nb", by="tests", now=NOW), "name takes 1 to 100"),
        (register.create("a" * 101, by="tests", now=NOW), "name takes 1 to 100"),
        (register.create("a", by="tests", now=NOW, agreement=" b"), "agreement takes 1 to 100"),
        (register.create("a", by="tests", now=NOW, expires=NOW), "give a later end"),
        (register.create("a", by="tests", now=NOW, from_networks=["192.0.2.1/24"]), "did you mean 192.0.2.0/24"),
        (register.rotate(made.record.id, by="tests", now=NOW), "is revoked and stays so; make a new key"),
        (register.rotate(made.record.id, by="tests", now=NOW, overlap=-DAY), "the overlap can't be negative"),
        (register.rotate(made.record.id, by="tests", now=NOW, expires=NOW), "give a later end"),
        (register.revoke(made.record.id, by="tests", now=NOW), "has been revoked at 2026-11-22 12:00 UTC"),
        (register.revoke("cg_00000000", by="tests", now=NOW), "there is no key cg_00000000"),
        (register.revoke(made.secret[:-1], by="tests", now=NOW), "a key is named by its beginning, like cg_k3v9x0aa"),
    ]
    for change, says in refused:
        with pytest.raises(KeyRefused) as raised:
            await change
        assert says in str(raised.value)
        assert made.secret[12:] not in str(raised.value)
    assert len(await register.list()) == 1
