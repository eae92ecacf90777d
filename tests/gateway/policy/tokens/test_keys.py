"""Keys of an issuer: fetched once, kept, rotated, withdrawn; and days on which it does not answer."""

import asyncio
import gzip
from datetime import timedelta

import pytest
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response

from gateway.policy.tokens.issuer import AGAIN, FIRST, KEPT, REFRESH
from tests.gateway.policy.tokens.conftest import NOW, Floor, elliptic, rsa


async def settled(floor: Floor) -> None:
    """Until a refresh in the background is through."""
    floor.provider.gave_keys.clear()
    async with asyncio.timeout(5):
        await floor.provider.gave_keys.wait()
    await asyncio.sleep(0.1)


async def test_a_token_is_checked_once(floor: Floor) -> None:
    token = floor.token()
    assert floor.issuers.known(token, NOW) is None
    first = await floor.issuers.check(token, NOW)
    assert first is not None
    assert floor.issuers.known(token, NOW) is first
    assert await floor.issuers.check(token, NOW) is first
    assert floor.provider.asked == {"discovery": 1, "keys": 1}


async def test_what_is_known_ends_with_the_token(floor: Floor) -> None:
    token = floor.token()
    assert await floor.accepts(token)
    assert await floor.accepts(token, NOW + timedelta(seconds=329))
    assert not await floor.accepts(token, NOW + timedelta(seconds=330))


async def test_many_at_once_ask_once(floor: Floor) -> None:
    floor.provider.delay = 0.1
    tokens = [floor.token(sub=f"app-{n}") for n in range(50)]
    assert all(await asyncio.gather(*map(floor.accepts, tokens)))
    assert floor.provider.asked == {"discovery": 1, "keys": 1}


async def test_who_goes_away_takes_nothing_from_the_others(floor: Floor) -> None:
    floor.provider.delay = 0.2
    leaving = asyncio.create_task(floor.accepts(floor.token(sub="leaving")))
    staying = asyncio.create_task(floor.accepts(floor.token(sub="staying")))
    await asyncio.sleep(0.1)
    leaving.cancel()
    assert await staying
    assert floor.provider.asked["keys"] == 1


async def test_rotated_keys_are_found_at_once_but_asked_for_seldom(floor: Floor) -> None:
    assert await floor.accepts(floor.token())
    floor.provider.rotate("k2", elliptic("P-256"))
    token = floor.provider.token(NOW, "k2", "ES256")
    assert not await floor.accepts(token), "asked less than AGAIN ago"
    floor.clock.seconds += AGAIN
    assert await floor.accepts(token)
    assert floor.provider.asked["keys"] == 2


async def test_unknown_keys_can_not_make_us_ask_all_the_time(floor: Floor) -> None:
    assert await floor.accepts(floor.token())
    floor.provider.pairs["zz"] = rsa(2)
    for step in range(300):
        floor.clock.seconds += 0.5
        assert not await floor.accepts(floor.provider.token(NOW, "zz", "RS256", {"kid": f"z{step}"}))
    assert floor.provider.asked["keys"] == 1 + 150 // AGAIN
    assert await floor.accepts(floor.token()), "known keys go on"


async def test_a_withdrawn_key_ends_what_it_signed(floor: Floor) -> None:
    token = floor.token()
    assert await floor.accepts(token)
    floor.provider.rotate("k2", rsa(2))
    floor.clock.seconds += REFRESH
    assert await floor.accepts(token)
    floor.clock.seconds += 1
    assert await floor.accepts(token), "the keys are asked for in the background"
    await settled(floor)
    assert not await floor.accepts(token)
    assert await floor.accepts(floor.provider.token(NOW, "k2", "RS256"))


async def test_while_the_issuer_is_down_known_keys_hold_for_a_while(
    floor: Floor, caplog: pytest.LogCaptureFixture
) -> None:
    token = floor.token(exp=int(NOW.timestamp()) + 80_000)
    assert await floor.accepts(token)
    floor.provider.answers["discovery"] = PlainTextResponse("down", 503)
    floor.clock.seconds += KEPT
    assert await floor.accepts(token)
    assert await floor.accepts(floor.token(sub="new"))
    await asyncio.sleep(0.2)
    assert "issuer city: no keys: its discovery document: status 503; those known hold for 0 s more" in caplog.messages
    floor.clock.seconds += 1
    assert not await floor.accepts(token)
    assert not await floor.accepts(floor.token(sub="new"))
    del floor.provider.answers["discovery"]
    floor.clock.seconds += AGAIN
    assert await floor.accepts(token)


async def test_a_first_failure_is_tried_again_soon(floor: Floor) -> None:
    floor.provider.answers["keys"] = PlainTextResponse("", 500)
    token = floor.token()
    assert not await floor.accepts(token)
    del floor.provider.answers["keys"]
    assert not await floor.accepts(token)
    floor.clock.seconds += FIRST
    assert await floor.accepts(token)


OTHER = JSONResponse({"issuer": "https://login.example", "jwks_uri": "https://login.example/keys"})


@pytest.mark.parametrize(
    ("what", "answer", "said"),
    [
        ("discovery", RedirectResponse("https://login.example/"), "its discovery document: status 307"),
        ("discovery", OTHER, "its discovery document is of another issuer"),
        ("discovery", PlainTextResponse("<html>"), "its discovery document: no JSON"),
        ("discovery", JSONResponse([]), "its discovery document: no JSON object"),
        ("keys", JSONResponse({"keys": "none"}), "its keys hold none that we can use"),
        ("keys", JSONResponse({"keys": [], "padding": "x" * 300_000}), "its keys: longer than 256 KiB"),
        (
            "keys",
            Response(gzip.compress(b"{}" + b" " * 10_000_000), headers={"Content-Encoding": "gzip"}),
            "its keys: packed, which was not asked for",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_bad_answers(
    floor: Floor, caplog: pytest.LogCaptureFixture, what: str, answer: Response, said: str
) -> None:
    floor.provider.answers[what] = answer
    assert not await floor.accepts(floor.token())
    (line,) = [r.getMessage() for r in caplog.records if r.name == "citygraph.tokens"]
    assert said in line


@pytest.mark.parametrize(
    "where", ["http://login.example/keys", "https://169.254.169.254/keys", "https://u:p@login.example/", "file:///x", 7]
)
async def test_discovery_leads_to_no_strange_place(
    floor: Floor, caplog: pytest.LogCaptureFixture, where: object
) -> None:
    floor.provider.answers["discovery"] = JSONResponse({"issuer": floor.provider.url, "jwks_uri": where})
    assert not await floor.accepts(floor.token())
    assert "its discovery document has no jwks_uri that can be used" in caplog.text


async def test_an_issuer_that_hangs(floor: Floor, caplog: pytest.LogCaptureFixture) -> None:
    floor.provider.delay = 8
    async with asyncio.timeout(7):
        assert not await floor.accepts(floor.token())
    assert "did not answer within 5 seconds" in caplog.text
    floor.provider.delay = 0


async def test_an_issuer_that_is_not_there(floor: Floor, caplog: pytest.LogCaptureFixture) -> None:
    issuers = await floor.of(jwks="http://127.0.0.1:9/keys")
    assert await issuers.check(floor.token(), NOW) is None
    assert "its keys: ConnectError" in caplog.text


async def test_keys_without_discovery(floor: Floor) -> None:
    issuers = await floor.of(jwks=f"{floor.provider.url}/keys")
    assert await issuers.check(floor.token(), NOW) is not None
    assert floor.provider.asked == {"keys": 1}


async def test_closing_gives_up_what_is_under_way(floor: Floor) -> None:
    floor.provider.delay = 1
    asking = asyncio.create_task(floor.accepts(floor.token()))
    await asyncio.sleep(0.1)
    await floor.issuers.aclose()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
