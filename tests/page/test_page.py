"""The page as a person meets it: settings in the URL, keyboard, screen readers, any width."""

import ast
import re
import textwrap

import pytest
from playwright.sync_api import expect

from tests.page.helpers import ROOT, load_axe, wait_until_read
from tests.page.scripts import Scripts

JS = Scripts("views.js")


def test_the_number_of_sets_comes_from_the_url_if_it_makes_sense(page, site):
    queries = {
        "": 4,
        "?sets=7": 7,
        "?sets=0": 0,
        "?backbone=cats": 4,
        "?backbone=__proto__": 4,
        "?sets=nine": 4,
        "?sets=2.4": 2,
    }
    for query, sets in queries.items():
        page.goto(site + query)
        assert page.get_by_role("slider").input_value() == str(sets), query


def test_the_url_follows_the_slider_keeps_what_else_it_holds_and_drops_the_default(page, site):
    page.goto(f"{site}?other=1&sets=2#how")
    page.get_by_role("slider").fill("5")
    assert page.url == f"{site}?other=1&sets=5#how"
    page.get_by_role("slider").fill("4")
    assert page.url == f"{site}?other=1#how"


def test_it_paints_before_any_script_has_run(browser, site):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(site)
    assert page.get_by_role("heading", level=1).is_visible()
    assert page.locator(".loupe img").evaluate("image => image.naturalWidth") == 1024
    context.close()


def test_everything_can_be_done_by_keyboard(page, site):
    page.goto(f"{site}?sets=1&backbone=imagenet")
    wait_until_read(page, 1)
    slider = page.get_by_role("slider")
    slider.focus()
    page.keyboard.press("ArrowRight")
    wait_until_read(page, 2)

    page.locator("button.frame").first.focus()
    page.keyboard.press("Enter")
    heading = page.get_by_role("dialog").get_by_role("heading", level=2)
    heading.wait_for()
    page.keyboard.press("ArrowRight")
    expect(heading).to_have_text("image-0002.png")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(heading).to_have_text("image-0050.png")
    page.keyboard.press("Escape")
    heading.wait_for(state="detached")
    expect(page.locator("button.frame").first).to_be_focused()

    slider.focus()
    page.keyboard.press("ArrowLeft")
    wait_until_read(page, 1)
    wrong = page.locator("button.frame.wrong").count()
    assert wrong > 0
    page.get_by_role("checkbox").focus()
    page.keyboard.press("Space")
    expect(page.locator("button.frame")).to_have_count(wrong)


def test_details_that_are_closed_in_the_same_moment_as_they_go_on_stay_closed(tab):
    """The other frame is shown after the next paint: by then the dialog must not open again, and be empty."""
    opener = tab.locator("button.frame:enabled").first
    opener.focus()
    tab.keyboard.press("Enter")
    tab.get_by_role("dialog").get_by_role("heading", level=2).wait_for()
    tab.locator("dialog.details").evaluate(
        """(dialog) => {
          dialog.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowLeft", bubbles: true }));
          return new Promise((resolve) => queueMicrotask(() => resolve(dialog.close())));
        }"""
    )
    expect(opener).to_be_focused()
    expect(tab.locator("dialog.details[open]")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_violation(tab, scheme):
    wait_until_read(tab)
    tab.emulate_media(color_scheme=scheme)
    load_axe(tab)
    violations = tab.evaluate(JS.violations, "html")
    tab.locator("button.frame").first.click()
    tab.get_by_role("dialog").locator(".bars").first.wait_for()
    violations += tab.evaluate(JS.violations, "dialog")
    tab.keyboard.press("Escape")
    tab.emulate_media(color_scheme="light")
    assert violations == []


@pytest.mark.parametrize("width", [320, 390, 768, 1440, 3840])
def test_nothing_sticks_out_at_any_width(tab, width):
    tab.set_viewport_size({"width": width, "height": 900})
    wait_until_read(tab)
    tab.wait_for_function("(width) => document.documentElement.scrollWidth <= width", arg=width)
    tab.locator("button.frame").first.click()
    dialog = tab.get_by_role("dialog")
    dialog.locator(".bars").first.wait_for()
    assert dialog.evaluate("dialog => dialog.scrollWidth <= dialog.clientWidth && dialog.clientWidth <= innerWidth")
    tab.keyboard.press("Escape")


def test_more_sets_than_there_are_become_all_there_are(page, site):
    page.goto(f"{site}?sets=99")
    page.get_by_text("loaded and started in").wait_for()
    page.wait_for_url("**sets=8")
    expect(page.get_by_role("slider")).to_have_value("8")


def test_the_lesson_shows_the_source_that_runs(tab):
    shown = tab.locator("[data-source]").all()
    assert len(shown) == 6
    for element in shown:
        name, symbol = re.fullmatch(r"(.+)#(.+)", element.get_attribute("data-source")).groups()
        node = ast.parse((ROOT / name).read_text(encoding="utf-8"))
        for part in symbol.split("."):
            node = next(each for each in node.body if getattr(each, "name", None) == part)
        node.body = [each for each in node.body if not isinstance(each, ast.Expr)]  # the docstring
        assert ast.unparse(ast.parse(textwrap.dedent(element.text_content()))) == ast.unparse(node)
