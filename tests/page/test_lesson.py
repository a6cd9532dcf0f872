"""The lesson's code, edited in the page: it runs in a Python of its own, and nothing that it does harms the page."""

import re

import pytest
from playwright.sync_api import expect

from tests.page.helpers import wait_until_read
from tooling.serve import serve

SETS = 2
HARD = "def softmax(scores):\n    return np.eye(scores.shape[1])[scores.argmin(axis=1)]"
BROKEN = "def softmax(scores):\n    return np.exp(scors)"
ENDLESS = "def softmax(scores):\n    while True: pass"


@pytest.fixture(scope="module")
def lesson(tab, site):
    """The page, with all frames read by the project's own code."""
    tab.goto(f"{site}?sets={SETS}")
    wait_until_read(tab, SETS)
    return tab


@pytest.fixture
def step(lesson):
    """A function that gives the part of the page with the source of a name; the original code reads again after it."""

    def find(name):
        return lesson.locator(".source", has=lesson.locator(f'[data-source$="#{name}"]'))

    yield find
    for reset in lesson.get_by_role("button", name="Reset").all():
        if reset.is_enabled():
            reset.click()
    expect(lesson.locator(".whose")).to_have_count(0)
    expect(lesson.locator(".headline")).to_contain_text("200 of 200 digits")


def write(page, step, text):
    """Replace a step's code, by keys alone, and run it."""
    if not step.get_by_role("textbox").is_visible():
        step.get_by_role("button", name="Edit and run").focus()
        page.keyboard.press("Enter")
    step.get_by_role("textbox").focus()
    page.keyboard.press("Control+A")
    page.keyboard.press("Delete")
    page.keyboard.insert_text(text)
    page.keyboard.press("Control+Enter")


def test_the_editor_is_fetched_when_it_is_wanted_and_not_before(page, site):
    fetched = []
    page.on("request", lambda request: fetched.append(request.url))
    page.goto(f"{site}?sets={SETS}")
    edit = page.get_by_role("button", name="Edit and run").first
    edit.wait_for()
    assert not any("editor" in url for url in fetched)
    edit.click()
    page.get_by_role("textbox", name="Python source of softmax").wait_for()
    assert sum("editor" in url for url in fetched) == 1


def test_edited_code_changes_score_matrix_and_thumbnails(lesson, step):
    write(lesson, step("softmax"), HARD)
    expect(step("softmax").locator(".result")).to_contain_text("0 of 200 digits with 2 sets")
    expect(step("softmax").locator(".result")).to_contain_text("The original: 200.")
    expect(lesson.locator(".headline")).to_contain_text("0 of 200 digits")
    expect(lesson.locator(".confusion td.right")).to_have_count(0)
    expect(lesson.locator("button.frame.wrong")).to_have_count(50)
    expect(lesson.locator(".whose")).to_contain_text("Read with your code")
    lesson.locator("button.frame").first.click()
    expect(lesson.get_by_role("dialog").locator("h3").first).to_contain_text("✗")
    expect(lesson.get_by_role("dialog").locator(".bars .best td.number").first).to_have_text("100.0 %")
    lesson.keyboard.press("Escape")


def test_it_is_learned_again_with_another_number_of_sets(lesson, step):
    step("fit_head").get_by_role("button", name="nearest neighbours").click()
    expect(step("fit_head").locator(".result")).to_contain_text("with 2 sets")
    expect(step("fit_head").locator(".printed")).to_contain_text("pictures by heart")
    lesson.get_by_role("slider").fill("1")
    expect(step("fit_head").locator(".result")).to_contain_text("with 1 set,")
    lesson.get_by_role("slider").fill(str(SETS))
    expect(step("fit_head").locator(".result")).to_contain_text("with 2 sets")


def test_an_error_marks_its_line_in_plain_words_and_what_was_read_stays(lesson, step):
    write(lesson, step("softmax"), BROKEN)
    expect(step("softmax").locator(".result")).to_contain_text("Line 2: NameError: name 'scors' is not defined")
    expect(step("softmax").locator(".cm-wrong")).to_have_text("    return np.exp(scors)")
    expect(lesson.locator(".whose")).to_contain_text("the last run failed")
    write(lesson, step("softmax"), HARD)
    expect(step("softmax").locator(".cm-wrong")).to_have_count(0)
    expect(step("softmax").locator(".result")).to_contain_text("0 of 200 digits")


def test_an_endless_loop_can_be_stopped_and_the_page_lives_on(lesson, step):
    write(lesson, step("softmax"), ENDLESS)
    expect(step("softmax").locator(".result")).to_contain_text("If it runs forever, stop it")
    step("softmax").get_by_role("button", name="Stop").click()
    expect(step("softmax").locator(".result")).to_contain_text("the page has lost nothing")
    expect(lesson.locator(".whose")).to_contain_text("was stopped")
    write(lesson, step("softmax"), HARD)
    expect(step("softmax").locator(".result")).to_contain_text("0 of 200 digits")
    write(lesson, step("softmax"), ENDLESS)
    expect(step("softmax").locator(".result")).to_contain_text("Running")
    lesson.get_by_role("button", name="Back to the original code").click()  # without stopping it first
    expect(lesson.locator(".headline")).to_contain_text("200 of 200 digits")
    expect(lesson.locator(".whose")).to_have_count(0)


def test_code_finds_no_way_out_of_the_tab(lesson, step):
    names = ["fetch", "XMLHttpRequest", "WebSocket", "indexedDB", "caches", "navigator", "BroadcastChannel", "Worker"]
    code = f"import js\n\nprint([name for name in {names} if hasattr(js, name)])\n\n{HARD}"
    write(lesson, step("softmax"), code)
    expect(step("softmax").locator(".printed")).to_have_text("[]\n")


LIVE_CHECK = re.compile("looks at the same crops|sees what came with the page")
"""What the page says while its own network looks, and afterwards."""


def test_the_lesson_alone_learns_from_what_came_with_the_page_while_its_own_network_looks(page, site):
    page.goto(f"{site}#learn")
    expect(page.get_by_role("radio", name="ImageNet")).to_be_checked()
    expect(page.locator(".bench-bar")).not_to_be_visible()
    expect(page.locator(".headline")).to_contain_text("200 of 200 digits")
    page.get_by_role("slider").fill("1")
    expect(page.locator(".headline")).to_contain_text("182 of 200 digits")
    page.get_by_role("link", name="3 read as 2: 9. Show them").click()
    expect(page.locator("button.frame")).not_to_have_count(50)
    for frame in page.locator("button.frame").all():
        assert "3" in frame.locator(".caption").inner_text()
    page.get_by_role("button", name="Show all frames").click()
    page.get_by_role("link", name="below").click()
    expect(page).to_have_url(re.compile("#learn$"))
    expect(page.get_by_role("radio", name="ImageNet")).to_be_checked()
    expect(page.locator(".embeddings")).to_contain_text(LIVE_CHECK)


def test_embeddings_that_come_when_another_backbone_is_in_use_are_not_missed(page, site):
    held = []
    page.context.route("**/models/embeddings/*", lambda route: held.append(route))
    page.goto(f"{site}#learn")
    expect(page.get_by_role("radio", name="ImageNet")).to_be_checked()
    while not held:
        page.wait_for_timeout(100)
    page.goto(f"{site}#bench/demo")
    wait_until_read(page)
    for route in held:
        route.continue_()
    page.locator("button.frame").first.click()
    expect(page.get_by_role("dialog")).to_contain_text("top")
    expect(page.get_by_role("alert")).to_have_count(0)


def test_chapters_two_and_three_show_what_they_change_beside_the_first_score(page, site):
    page.goto(f"{site}?sets=1#learn")
    chapters = page.locator(".chapters")
    expect(chapters).to_contain_text("ImageNet MobileNet reads 182 of 200 digits with 1 set.")
    chapters.get_by_role("button", name="Try Glyphs").click()
    both = "With 1 set ImageNet MobileNet reads 182 of 200 digits, Glyphs 200 of 200."
    expect(chapters).to_contain_text(both)
    expect(chapters).to_contain_text("Before its first picture Glyphs had read 200 of 200 digits already")
    chapters.get_by_role("button", name="Take all pictures away").click()
    expect(page.get_by_role("slider")).to_have_value("0")
    expect(page.locator("#read")).to_have_attribute("data-sets", "0")
    expect(page.locator(".headline")).to_contain_text("200 of 200 digits")
    expect(chapters).to_contain_text(both)
    chapters.get_by_role("button", name="Try the LED board").click()
    expect(page).to_have_url(re.compile("display=leds"))
    expect(page.locator(".headline")).to_contain_text("138 of 200 digits")
    page.get_by_role("link", name="6 read as unknown: 13. Show them").click()
    assert all("?" in frame.inner_text() for frame in page.locator("button.frame .answer").all())
    page.get_by_role("button", name="Show all frames").click()
    expect(chapters).to_contain_text("Before its first picture Glyphs had read 138 of 200 digits already")
    chapters.get_by_role("button", name="Show it one picture").click()
    expect(page.locator(".headline")).to_contain_text("200 of 200 digits")
    expect(chapters).to_contain_text("With 1 set of your pictures it reads 200 of 200.")
    chapters.get_by_role("button", name="Let it read these frames").click()
    expect(chapters).to_contain_text("wrong without a word: in image-0003 it took 40.87 for 40.07.")
    chapters.get_by_role("button", name="Type the first 4 numbers for it").click()
    expect(chapters).to_contain_text(re.compile(r"With 4 numbers typed it reads 4[2-6] of 46 of the others\."))
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("radio", name="Thermal").check()
    expect(chapters).to_contain_text(both)
    expect(page.locator("#read")).to_have_attribute("data-sets", "1")


def test_another_display_of_the_address_has_all_that_the_first_has(page, site):
    page.goto(f"{site}?display=leds&sets=1#learn")
    expect(page.get_by_role("radio", name="LED board")).to_be_checked()
    expect(page.locator(".headline")).to_contain_text("164 of 200 digits")
    expect(page.locator(".examples tbody tr")).to_have_count(7)
    page.get_by_role("slider").fill("7")
    expect(page.locator(".headline")).to_contain_text("198 of 200 digits")
    page.locator(".confusion").get_by_role("link").first.click()
    expect(page.locator("button.frame")).to_have_count(1)
    page.locator("button.frame").click()
    expect(page.get_by_role("dialog")).to_contain_text("✗, it shows")
    whole = page.get_by_role("dialog").get_by_role("img", name="The whole frame")
    expect(whole).to_have_js_property("naturalWidth", 88)
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Try it on a video")).to_have_count(0)
    page.get_by_role("button", name="nearest neighbours").click()
    expect(page.locator(".result").filter(has_text="with 7 sets")).to_contain_text("The original: 198.")


def test_code_from_a_link_is_shown_and_runs_when_somebody_says_so(browser, lesson, step, site):
    lesson.context.grant_permissions(["clipboard-read", "clipboard-write"])
    write(lesson, step("softmax"), HARD)
    step("softmax").get_by_role("button", name="Copy a link").click()
    expect(lesson.locator(".notice")).to_contain_text("no picture")
    link = lesson.evaluate("navigator.clipboard.readText()")
    assert "#learn&code=" in link
    page = browser.new_context().new_page()
    page.goto(link.replace("sets=2", "sets=2&backbone=glyphs"))
    expect(page.locator(".notice")).to_contain_text("somebody else wrote")
    wait_until_read(page, SETS)
    expect(page.locator(".headline")).to_contain_text("200 of 200 digits")
    there = page.locator(".source", has=page.locator('[data-source$="#softmax"]'))
    expect(there.get_by_role("textbox")).to_contain_text("argmin")
    there.get_by_role("button", name="Run").click()
    expect(there.locator(".result")).to_contain_text("0 of 200 digits with 2 sets")
    page.context.close()


def test_a_damaged_link_says_so(page, site):
    page.goto(f"{site}#learn&code=abc")
    expect(page.locator(".notice")).to_contain_text("damaged on its way")


@pytest.fixture
def framed(page, site, tmp_path):
    """The lesson in a frame of a page of another site."""
    address = f"{site}?sets={SETS}&backbone=glyphs#learn"
    frame = f'<iframe src="{address}" title="Lesson" width="1000" height="800"></iframe>'
    (tmp_path / "index.html").write_text(f"<!doctype html><title>A course</title>{frame}", encoding="utf-8")
    with serve(tmp_path) as server:
        page.goto(server.url.replace("127.0.0.1", "localhost"))
        yield page.frame_locator("iframe")


def test_in_a_frame_of_another_site_it_learns_runs_code_and_leads_out_in_a_tab(framed):
    expect(framed.locator(".headline")).to_contain_text("200 of 200 digits")
    softmax = framed.locator(".source", has=framed.locator('[data-source$="#softmax"]'))
    softmax.get_by_role("button", name="be less sure").click()
    expect(softmax.locator(".result")).to_contain_text(f"with {SETS} sets")
    outside = framed.locator("a[href]:not([href^='#'])")
    assert {link.get_attribute("target") for link in outside.all()} == {"_blank"}
    assert framed.get_by_role("link", name="below").get_attribute("target") is None


def test_on_paper_all_code_is_there_and_nothing_that_can_only_be_clicked(page, site):
    page.set_viewport_size({"width": 720, "height": 1000})  # A4 within its margins
    page.goto(f"{site}?sets={SETS}&backbone=glyphs#learn")
    wait_until_read(page, SETS)
    page.get_by_role("button", name="Edit and run").last.click()
    page.locator(".cm-content").wait_for()
    page.emulate_media(media="print", color_scheme="dark")
    code = page.locator(".steps pre:visible, .cm-scroller")
    assert [box.evaluate("(element) => element.scrollWidth - element.clientWidth") for box in code.all()] == [0] * 6
    for name in ("Edit and run", "Run", "Reset", "Download CSV"):
        expect(page.get_by_role("button", name=name, exact=True).first).to_be_hidden()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def test_who_leaves_the_lesson_for_a_video_finds_the_workbench(page, site):
    page.goto(f"{site}?sets={SETS}&backbone=glyphs#learn")
    page.get_by_role("button", name="Try it on a video").click()
    expect(page.locator(".bench-bar")).to_be_visible()
