"""GraphiQL as a browser shows it: headless Chromium on the gateway as it is served."""

import os
import re
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from playwright.async_api import Page, async_playwright, expect

from tests.gateway.web.conftest import Running

WATCH = """
window.violations = []
document.addEventListener('securitypolicyviolation', event => {
  window.violations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`)
})
"""
EDITOR = ".graphiql-query-editor .monaco-editor"


@dataclass(slots=True)
class Visit:
    """A page that is open, and what it did that it should not."""

    page: Page
    url: str
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)


@pytest.fixture
def chromium() -> str:
    """The browser's path."""
    path = os.environ.get("CITYGRAPH_TEST_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if path:
        return path
    message = "no Chromium here: install it, or set CITYGRAPH_TEST_CHROMIUM to its path"
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture
async def visit(running: Running, chromium: str) -> AsyncIterator[Visit]:
    """GraphiQL, just opened for the first time."""
    async with async_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
        browser = await playwright.chromium.launch(executable_path=chromium, args=arguments)
        page = await browser.new_page(viewport={"width": 1280, "height": 800})
        await page.add_init_script(WATCH)
        visit = Visit(page, running.url)
        page.on("console", lambda m: visit.complaints.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: visit.complaints.append(str(error)))
        page.on("request", lambda request: visit.requests.append(request.url))
        await page.goto(running.url)
        await expect(page.locator(EDITOR)).to_be_visible(timeout=30_000)
        yield visit
        await browser.close()


async def run(page: Page) -> None:
    await page.locator(".graphiql-execute-button").click()


async def test_it_works_and_breaks_no_rule(visit: Visit) -> None:
    page = visit.page
    tabs = page.locator(".graphiql-tabs [role=tab]")
    await expect(tabs).to_have_text([re.compile("^Hello"), re.compile("^Me")])
    answer = page.locator(".result-window")

    await run(page)
    await expect(answer).to_contain_text('"hello": "hello </script><b>Ann"', timeout=15_000)

    await tabs.nth(1).click()
    await page.wait_for_timeout(1000)  # GraphiQL notices late that another tab has another operation
    await run(page)
    await expect(answer).to_contain_text('"caller": "clerk"', timeout=15_000)

    await page.locator(f"{EDITOR} .view-lines").click()
    await page.keyboard.press("Control+A")
    await page.keyboard.type("{ he", delay=50)
    suggestion = page.locator(".suggest-widget .monaco-list-row", has_text="hello")
    await expect(suggestion).to_be_visible(timeout=15_000)
    await page.keyboard.press("Tab")
    await expect(page.locator(f"{EDITOR} .view-lines")).to_contain_text("hello")

    await page.keyboard.type(" nothing")
    await expect(page.locator(f"{EDITOR} .squiggly-error")).not_to_have_count(0, timeout=15_000)

    await page.get_by_role("button", name=re.compile("Documentation")).click()
    await expect(page.locator(".graphiql-doc-explorer")).to_contain_text("Query", timeout=15_000)

    assert await page.evaluate("window.violations") == []
    assert visit.complaints == []
    assert [url for url in visit.requests if not url.startswith((visit.url, "data:", "blob:"))] == []
    assert {url.rsplit("/")[-1].split("-")[0] for worker in page.workers if (url := worker.url)} == {
        "editor.worker",
        "graphql.worker",
        "json.worker",
    }
    assert all(worker.url.startswith(f"{visit.url}/graphiql/") for worker in page.workers)


async def test_a_link_opens_its_query(visit: Visit) -> None:
    await visit.page.goto(f"{visit.url}/graphql?query=query+Linked+%7B+hello(name%3A+%22link%22)+%7D")
    await expect(visit.page.locator(".graphiql-tabs [role=tab]", has_text="Linked")).to_be_visible(timeout=15_000)
    await run(visit.page)
    await expect(visit.page.locator(".result-window")).to_contain_text('"hello": "hello link"', timeout=15_000)
    assert visit.complaints == []
