"""A headless Chromium that reaches this machine only."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from selenium import webdriver
from selenium.common.exceptions import (
    ElementClickInterceptedException,
    ElementNotInteractableException,
    StaleElementReferenceException,
    TimeoutException,
)
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from support.pool_cases import PATIENCE_S

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
DRIVER = shutil.which("chromedriver")
#: Where pictures of the pages go, when somebody wants them.
PICTURES = os.environ.get("TITAN_MLOPT_SCREENSHOTS")
#: Of an element that is drawn anew, or is covered by another one, while the page is still at work.
_NOT_YET = (
    StaleElementReferenceException,
    ElementNotInteractableException,
    ElementClickInterceptedException,
)
_FLAGS = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--disable-dev-shm-usage", "--window-size=2300,1200"),
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
)


class Page:
    """What a person does: go somewhere, read, click, look."""

    def __init__(self, driver: webdriver.Chrome) -> None:
        self.driver = driver

    def go(self, address: str) -> None:
        self.driver.get("about:blank")  # another hash alone would not load the page anew
        self.driver.get(address)
        self.driver.switch_to.default_content()

    @property
    def text(self) -> str:
        return str(self.driver.find_element(By.TAG_NAME, "body").text)

    def wait(self, what: Callable[[], Any]) -> Any:
        """Wait until ``what`` returns something true, and return it."""
        waiting = WebDriverWait(self.driver, PATIENCE_S, ignored_exceptions=_NOT_YET)
        try:
            return waiting.until(lambda _: what())
        except TimeoutException as error:
            self.keep("failed.png")
            raise AssertionError(f"the page shows only:\n{self.text}") from error

    def wait_for(self, *texts: str) -> str:
        """Wait until the page shows every text, and return all that it shows."""
        self.wait(lambda: all(text in self.text for text in texts))
        return self.text

    def find(self, text: str) -> WebElement:
        """Return the last element that shows this text and no other."""
        path = f"//*[normalize-space(text())={text!r}]"
        return self.wait(
            lambda: [e for e in self.driver.find_elements(By.XPATH, path) if e.is_displayed()]
        )[-1]

    def click(self, text: str) -> None:
        self.wait(lambda: self._click(text))

    def _click(self, text: str) -> bool:
        self.find(text).click()
        return True

    def keep(self, name: str) -> None:
        """Keep a picture of the page where somebody wants one."""
        if PICTURES:
            self.driver.save_screenshot(str(Path(PICTURES) / name))


@contextmanager
def open_page() -> Iterator[Page]:
    options = Options()
    for flag in _FLAGS:
        options.add_argument(flag)
    assert CHROMIUM is not None
    options.binary_location = CHROMIUM
    driver = webdriver.Chrome(options=options, service=Service(DRIVER))
    try:
        driver.set_page_load_timeout(PATIENCE_S)
        driver.set_script_timeout(PATIENCE_S)
        yield Page(driver)
    finally:
        driver.quit()


def requests_of(page: Page) -> list[str]:
    """Return the addresses that the page, or the frame looked at, asked for."""
    script = "return performance.getEntriesByType('resource').map(entry => entry.name)"
    return [str(name) for name in page.driver.execute_script(script)]
