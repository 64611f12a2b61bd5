"""The documentation's site: every page in its navigation, nothing from elsewhere."""

from __future__ import annotations

import ast
import importlib.util
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import yaml

import titan_mlopt
from support.paths import DOCS, ROOT
from titan_mlopt.cli.main import COMMANDS
from titan_mlopt.core.settings import SETTINGS

SITE = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
#: Pages that docs/hooks.py makes from the code.
GENERATED = {"cli.md", "settings.md"}
#: Attributes by which a page loads something; `href` of a link to read is not among them.
LOADING = {"script": "src", "img": "src", "iframe": "src", "link": "href"}


def nav_pages(entries: list[Any]) -> Iterator[str]:
    for entry in entries:
        if isinstance(entry, str):
            yield entry
        else:
            for value in entry.values():
                yield from [value] if isinstance(value, str) else nav_pages(value)


def text_of(page: Path) -> str:
    """Return the words of a built page, without its tags."""
    html = page.read_text(encoding="utf-8")
    return re.sub(r"<[^>]+>", "", html).replace("&lt;", "<").replace("&gt;", ">")


# --- pages ---------------------------------------------------------------------------------------


def test_every_page_stands_once_in_the_navigation() -> None:
    pages = list(nav_pages(SITE["nav"]))
    written = {str(page.relative_to(DOCS)) for page in DOCS.glob("*.md")} | {"adr/README.md"}
    assert sorted(page for page in pages if not page.startswith("repository/")) == sorted(
        written | GENERATED
    )
    for page in pages:
        if page.startswith("repository/"):
            assert (ROOT / page.removeprefix("repository/")).is_file()


def test_every_public_name_is_on_the_page_of_the_python_api() -> None:
    page = (DOCS / "api.md").read_text(encoding="utf-8")
    assert sorted(re.findall(r"^::: titan_mlopt\.(\w+)$", page, re.MULTILINE)) == sorted(
        titan_mlopt.__all__
    )


def test_every_page_says_in_its_first_lines_what_it_is_about() -> None:
    for page in DOCS.glob("*.md"):
        heading, blank, first, *_ = page.read_text(encoding="utf-8").splitlines()
        assert heading.startswith("# "), page.name
        assert blank == ""
        assert first, page.name


def test_the_hooks_of_the_site_have_no_more_than_150_lines() -> None:
    text = (DOCS / "hooks.py").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 150
    assert ast.get_docstring(ast.parse(text))


# --- the site as it is built ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built as `make docs` does: any warning would end it."""
    if importlib.util.find_spec("mkdocs") is None:
        pytest.skip("needs the extra site")
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--site-dir", str(folder)]
    ran = subprocess.run(
        command,
        cwd=ROOT,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return folder


class Loaded(HTMLParser):
    """Collects the addresses of what a page loads."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        address = dict(attrs).get(LOADING.get(tag, ""))
        if address:
            self.addresses.append(address)


@pytest.mark.docs
def test_no_page_loads_a_script_a_style_or_a_font_from_another_host(site: Path) -> None:
    pages = sorted(site.rglob("*.html"))
    assert len(pages) > 100
    for page in pages:
        parser = Loaded()
        parser.feed(page.read_text(encoding="utf-8"))
        assert parser.addresses, page
        assert [a for a in parser.addresses if re.match(r"(https?:)?//", a)] == [], page
    for style in site.rglob("*.css"):
        text = style.read_text(encoding="utf-8")
        assert re.findall(r"url\([\"']?(?:https?:)?//", text) == [], style


@pytest.mark.docs
def test_the_generated_pages_have_every_command_and_every_setting(site: Path) -> None:
    commands, settings = text_of(site / "cli.html"), text_of(site / "settings.html")
    for name in COMMANDS:
        assert f"titan-mlopt {name}" in commands
    for setting in SETTINGS:
        assert setting.option in settings


@pytest.mark.docs
def test_the_page_of_the_python_api_has_the_methods_of_the_tuner(site: Path) -> None:
    page = text_of(site / "api.html")
    for name in ("optimize", "get_summary", "export_config", "open_study", "ece_constraint"):
        assert name in page


@pytest.mark.docs
def test_the_search_finds_a_page_when_the_site_is_opened_as_files(site: Path) -> None:
    pytest.importorskip("selenium", reason="the browser tests need selenium")
    from selenium.webdriver.common.by import By

    from support.browser_cases import CHROMIUM, DRIVER, open_page, requests_of

    if CHROMIUM is None or DRIVER is None:
        pytest.skip("no Chromium with its driver on this machine")
    with open_page() as page:
        page.go((site / "index.html").as_uri())
        field = page.wait(lambda: page.driver.find_element(By.CSS_SELECTOR, ".md-search__input"))
        field.click()
        field.send_keys("deflated")
        results = page.wait(
            lambda: page.driver.find_elements(By.CSS_SELECTOR, ".md-search-result__link")
        )
        addresses = [str(result.get_attribute("href")) for result in results]
        assert any("verdicts.html" in address for address in addresses)
        assert [name for name in requests_of(page) if not name.startswith("file:")] == []
