"""The page of spaces in a browser: the table, its dialogs, the address, and the way to the Map and back."""

import re
from contextlib import suppress

import pytest

pytestmark = pytest.mark.browser
TABLE = "[data-testid=stDataFrame]"


def still(page):
    page.wait_for_function("!document.querySelector('[data-testid=stApp][data-test-script-state=running]')")
    page.wait_for_timeout(500)


def extract(page, server, folder, per_type):
    """Fill the form and wait until the new space is chosen."""
    page.goto(f"{server}spaces")
    page.get_by_role("button", name="Extract a new space").click()
    page.get_by_role("textbox", name="Checkpoint").fill(str(folder))
    page.get_by_role("spinbutton", name="Sentences per type").fill(str(per_type))
    page.get_by_role("combobox", name="Words").fill("Washington")
    page.get_by_role("option", name="Washington", exact=True).click()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Extract", exact=True).click()
    page.get_by_role("tab", name="Recipe and files").wait_for()
    still(page)
    return chosen(page)


def chosen(page):
    """The space that the address names."""
    found = re.search(r"space=(\w+)", page.url)
    return found and found[1]


def choose(page, x, y):
    """Click a row until another space is chosen, which is returned: a table just drawn anew loses a click."""
    from playwright.sync_api import TimeoutError as TooLate

    before = page.url
    for _ in range(3):
        page.mouse.click(x, y)
        with suppress(TooLate):
            page.wait_for_function("before => location.href !== before", arg=before, timeout=10_000)
            break
    still(page)
    return chosen(page)


def test_a_space_is_extracted_looked_at_found_again_and_removed(page, own_server, bert_folder):
    server = own_server
    first = extract(page, server, bert_folder, 21)
    second = extract(page, server, bert_folder, 22)
    assert first != second
    assert page.evaluate("document.documentElement.scrollWidth <= 1440")
    # A click anywhere in a row chooses it, also after another; the latest is the first, until it is sorted otherwise.
    page.goto(f"{server}spaces")
    page.get_by_text("Choose a row").wait_for()
    still(page)
    box = page.locator(TABLE).bounding_box()
    for _ in range(6):
        page.mouse.click(box["x"] + 500, box["y"] + 16)  # ascending, descending, the latest first, ascending, ...
        still(page)
        if choose(page, box["x"] + 200, box["y"] + 32 * 2 + 16) == second:
            break
    for x, row, name in ((15, 1, first), (200, 2, second), (300, 1, first)):
        assert choose(page, box["x"] + x, box["y"] + 32 * row + 16) == name
    page.reload()
    path = page.get_by_text(re.compile(f"spaces/{first}"))
    path.first.wait_for()
    assert path.first.bounding_box()["y"] < 900
    page.get_by_role("tab", name="Words").click()
    page.locator("table.words .word i").first.wait_for()
    page.get_by_role("button", name="Verify").click()
    page.get_by_role("button", name="Cancel").wait_for()
    # The end of the job does not take away what is being filled in.
    page.get_by_role("button", name="Extract a new space").click()
    page.get_by_role("spinbutton", name="Sentences per type").fill("77")
    page.get_by_role("button", name="Cancel").wait_for(state="detached")
    page.wait_for_timeout(1500)
    assert page.get_by_role("spinbutton", name="Sentences per type").input_value() == "77"
    page.get_by_role("dialog").get_by_role("button", name="Close").click()
    page.get_by_text(re.compile("Verified .* good")).wait_for()
    still(page)
    page.get_by_role("button", name="Remove").click()
    page.get_by_text("Remove this space?").wait_for()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    page.get_by_text("Choose a row").wait_for()
    still(page)
    assert "space=" not in page.url
    page.goto(f"{server}spaces?space={first}")
    page.get_by_text("which is not stored here").wait_for()


def test_to_the_map_and_back(page, server, bert_folder):
    name = extract(page, server, bert_folder, 20)
    page.get_by_role("link", name="Show on the Map").click()
    page.wait_for_url(re.compile("per_type=20"))
    page.get_by_text("PCA", exact=True).click()
    page.wait_for_url(re.compile("method=pca"))
    still(page)
    page.get_by_text("Stored", exact=True).click()
    page.get_by_role("menuitem", name=re.compile("Spaces")).click()
    page.wait_for_url(re.compile(f"space={name}"))
    page.get_by_role("tab", name="Recipe and files").wait_for()
    page.get_by_text("Maps", exact=True).click()
    page.get_by_role("menuitem", name=re.compile("Map")).click()
    page.wait_for_url(re.compile("method=pca"))
    assert "per_type=20" in page.url


def test_wrong_values_stay_in_the_form(page, server):
    page.goto(f"{server}spaces")
    page.get_by_role("button", name="Extract a new space").click()
    page.get_by_role("textbox", name="Layers").fill("last")
    page.get_by_role("button", name="Extract", exact=True).click()
    page.get_by_text("'last' is not possible").wait_for()
    assert page.get_by_role("textbox", name="Layers").input_value() == "last"
