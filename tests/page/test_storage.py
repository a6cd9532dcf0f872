"""Projects in the browser's database: all there after reloads and crashes, one writer, no loss without a word."""

import uuid

import pytest

from tests.page.helpers import open_profile
from tests.page.modules import served
from tests.page.scripts import Scripts

JS = Scripts("storage.js")


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    with served(
        tmp_path_factory.mktemp("site"), ["storage/projects_db.js", "storage/autosave.js", "media/kept_regions.js"]
    ) as url:
        yield url


@pytest.fixture(scope="module")
def profile(browser, tmp_path_factory):
    """A profile on the disk, as people have: private ones keep files by reference."""
    folder = tmp_path_factory.mktemp("profile")
    context = open_profile(browser.browser_type, folder)
    yield context
    context.close()


@pytest.fixture
def tab(profile, address):
    """Opens tabs of one browser profile that holds nothing yet; an error that is not caught fails the test."""
    problems = []
    before = profile.new_page()
    before.goto(address)
    before.evaluate(JS.forgetAll)
    tabs = [before]

    def opened():
        tabs.append(profile.new_page())
        tabs[-1].on("pageerror", lambda error: problems.append(str(error)))
        tabs[-1].goto(address)
        return tabs[-1]

    yield opened
    for each in tabs:
        each.close()
    assert problems == []


@pytest.fixture
def cramped(profile, address):
    """A tab at an address of its own, and a function that sets how many bytes the browser gives it.

    To be called before anything is stored there: the browser asks itself only now and then.
    """
    address = address.replace("127.0.0.1", f"{uuid.uuid4().hex}.localhost")
    page = profile.new_page()
    page.goto(address)
    session = profile.new_cdp_session(page)
    origin = address.rsplit("/", 1)[0]
    yield page, lambda size: session.send("Storage.overrideQuotaForOrigin", {"origin": origin, "quotaSize": size})
    page.close()


def test_all_of_a_project_is_there_after_a_reload(tab):
    page = tab()
    saved = page.evaluate(JS.saveProject)
    assert saved[1] == {"stored": True, "kept": 2, "left": 0}
    page.reload()
    found = page.evaluate(JS.loadProject)
    assert found.pop("id") == saved[0]
    listed = found.pop("listed")
    assert listed["created"] <= listed["changed"]
    assert (listed["name"], listed["exported"], listed["frames"]) == ("Kiln", 123, 2)
    facts = {"width": 1024, "height": 768, "digest": "ab", "kept": True}
    assert found == {
        "document": '{"version": 1}',
        "writer": True,
        "origin": "zip",
        "frames": [{"name": "f9.png", **facts}, {"name": "f10.png", **facts}],
        "thumbnail": ["image/jpeg", 40, None],
        "files": [700, 900, None],
        "regions": [
            {},
            {
                "top": {"x": 6, "y": 2, "width": 3, "height": 2, "rgba": [2] * 24},
                "bottom": {"x": 9, "y": 2, "width": 4, "height": 2, "rgba": [3] * 32},
            },
        ],
        "examples": [["training/9/1.png", "1", 4], ["training/10/1.png", "1", 4]],
    }


def test_what_is_listed_of_a_project_is_what_it_holds(tab):
    found = tab().evaluate(JS.saveAndRemoveAtRandom)
    assert found == [[], True, []]


def test_a_deleted_project_leaves_nothing(tab):
    left = tab().evaluate(JS.deleteProject)
    stores = (
        "chunks",
        "clipfiles",
        "clips",
        "documents",
        "examples",
        "files",
        "frames",
        "journal",
        "origins",
        "projects",
        "regions",
        "saves",
    )
    assert left == [True, [[store, 1] for store in stores], None, ["B"]]


def test_clips_and_what_was_read_of_them_are_there_after_a_reload(tab):
    page = tab()
    saved = page.evaluate(JS.saveClips)
    assert saved[1] is True
    page.reload()
    found = page.evaluate(JS.loadClips, saved[0])
    clips = [["a.mp4", 2, [0, 0.5, 1], {}], ["b.mp4", 2, [2], {}]]
    assert found == [3, clips, [12, 5, 20], 900, None, 6, 1, 1, {}, []]


def test_a_database_of_the_first_version_is_taken_over(tab):
    page = tab()
    page.evaluate(JS.makeFirstVersion)
    found = page.evaluate(JS.takeOverFirstVersion)
    assert found == ["Oven", 1, "{}", ["1.png"], 1, 3, []]


def test_pixels_may_be_moved_away_right_after_the_call(tab):
    found = tab().evaluate(JS.moveAwayPixels)
    assert found == [0, [9] * 24]


# The document


LEAVE = {
    "another page": lambda page, url: page.goto(url),
    "a reload": lambda page, url: page.reload(),
    "the tab is closed": lambda page, url: page.close(run_before_unload=True),
}


@pytest.mark.parametrize("leave", LEAVE.values(), ids=LEAVE)
def test_the_last_of_many_changes_is_there_after_the_page_was_left(tab, address, leave):
    page = tab()
    page.evaluate(JS.saveManyDocuments)
    leave(page, address)
    page = tab()
    assert page.evaluate(JS.loadDocument) == "400 " * 9000


def test_what_was_stored_survives_a_crash(tab):
    page = tab()
    page.evaluate(
        JS.saveTwoDocuments,
    )
    with page.expect_event("crash"):
        crash(page)
    text = tab().evaluate(JS.loadDocument)
    assert text in ("before", "later")


def crash(page):
    """End the tab's process, as the system does when memory runs out."""
    from playwright.sync_api import Error

    with pytest.raises(Error):
        page.goto("chrome://crash")


def test_one_document_is_written_at_a_time_and_few_of_many(tab):
    found = tab().evaluate(JS.saveDocumentsWhileWatched)
    assert found == [True, False, 1, True, "text 299"]


def test_whatever_fails_the_newest_text_is_written_in_the_end(tab):
    """Random saves, flushes and failures against a record of what was written."""
    found = tab().evaluate(JS.autosaveAtRandom)
    assert found == []


# No room


def test_a_full_disk_is_told_and_what_did_not_fit_is_tried_again(cramped):
    page, limit = cramped
    limit(300_000)
    found = page.evaluate(JS.fillTheDisk)
    assert found == [[False, False], True, "small", ["full"]]
    limit(900_000_000)
    found = page.evaluate(JS.saveAgain)
    assert found == [True, ["full"]]


def test_files_make_room_for_the_document(cramped):
    page, limit = cramped
    limit(4_000_000)
    found = page.evaluate(JS.saveDocumentAmongFiles)
    assert found == [True, True, True, 20, 20, ["thinned"]]


@pytest.mark.parametrize("size", [2_500_000, 1_500_000])
def test_without_room_the_files_of_frames_are_left_out_and_the_rest_is_stored(cramped, size):
    page, limit = cramped
    limit(size)
    found = page.evaluate(JS.saveFilesWithoutRoom)
    reports, frames, kept, told = found
    assert all(report["stored"] and report["kept"] + report["left"] == 2 for report in reports)
    assert frames == [40] * 12
    assert 0 < kept == sum(report["kept"] for report in reports) < 12
    assert told == []


def test_a_kept_file_is_a_copy(tab, tmp_path):
    page = tab()
    path = tmp_path / "a.png"
    path.write_bytes(b"picture")
    page.locator("input").set_input_files(path)
    assert page.evaluate(JS.keepFile)["kept"] == 1
    path.unlink()
    page.reload()
    assert page.evaluate(JS.readFile) == "picture"


@pytest.mark.parametrize("known", [True, False])
def test_a_file_that_has_gone_is_left_out(tab, tmp_path, known):
    page = tab()
    path = tmp_path / "a.png"
    path.write_bytes(b"picture")
    page.locator("input").set_input_files(path)
    if known:
        page.evaluate("document.querySelector('input').files[0].size")
    path.unlink()
    found = page.evaluate(JS.saveLostFile)
    facts = {"name": "a.png", "width": 5, "height": None, "digest": None, "thumbnail": None, "kept": False}
    assert found == [{"stored": True, "kept": 0, "left": 1}, [facts], []]


# Edits that are not in the document yet


def test_an_edit_is_written_down_until_a_document_has_it_or_it_came_to_nothing(tab):
    assert tab().evaluate(JS.noteAndSave) == [[True, True, True], [["b"]], [], True]


def test_edits_that_no_document_has_are_there_after_a_reload_in_their_order(tab):
    page = tab()
    page.evaluate(JS.noteWithoutMore)
    page.reload()
    assert page.evaluate(JS.notedEdits) == [["setLabel", ["a"]], ["setLabel", ["b"]]]


def test_edits_stay_in_their_order_when_the_clock_is_set_back(tab):
    page = tab()
    page.evaluate(JS.noteWithoutMore)
    page.reload()
    page.evaluate(JS.noteInThePast)
    page.reload()
    assert page.evaluate(JS.notedEdits) == [["setLabel", [name]] for name in "abc"]


def test_what_is_put_beside_a_project_that_is_gone_is_not_said_to_be_stored(tab):
    assert tab().evaluate(JS.clearWhileOpen) == [True, [False, False], False, ["gone"]]


# What the browser cannot store, and what it does not answer


def test_data_that_are_cleared_while_a_project_is_open_are_told_of_at_once(cramped):
    page, _ = cramped
    page.evaluate(JS.begin)
    origin = page.evaluate("origin")
    session = page.context.new_cdp_session(page)
    session.send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": "all"})
    page.wait_for_function("() => window.told.includes('gone')")


def test_where_no_blob_can_be_stored_files_are_stored_as_their_bytes(tab):
    page = tab()
    page.evaluate(JS.refuseBlobs)
    clips = page.evaluate(JS.saveClips)
    saved = page.evaluate(JS.saveProject)
    assert (saved[1], clips[1]) == ({"stored": True, "kept": 2, "left": 0}, True)
    page.reload()
    found = page.evaluate(JS.loadProject)
    assert (found["id"], found["origin"], found["files"]) == (saved[0], "zip", [700, 900, None])
    assert page.evaluate(JS.loadClips, clips[0])[3:5] == [900, None]


def test_what_the_browser_does_not_answer_in_ten_seconds_is_told_until_it_does(tab):
    before, *stored, told, document = tab().evaluate(JS.storeLate, 10_500)
    assert set(before) == {"late"}
    assert (stored, document) == ([True, True], "text")
    assert told == [*before, "answered"]


# Two tabs


def test_of_two_tabs_one_writes(tab):
    first, second = tab(), tab()
    first.evaluate(JS.openAsWriter)
    found = second.evaluate(JS.changeAsReader)
    assert found == ["one", False, [False] * 7, ["elsewhere", "elsewhere"]]
    assert first.evaluate(JS.saveThird) is True
    assert second.evaluate(JS.takeOver) == ["three", True]
    assert first.evaluate(JS.saveLost) == [
        False,
        ["taken"],
    ]
    assert second.evaluate(JS.saveFourth) is True
    assert first.evaluate(JS.loadWithWriter) == [
        "four",
        False,
    ]


@pytest.mark.parametrize("ends", ["closes the project", "closes the tab"])
def test_the_next_tab_writes_once_the_first_has_ended(tab, ends):
    first, second = tab(), tab()
    first.evaluate(JS.openAsWriter)
    if ends == "closes the tab":
        first.close()
    else:
        first.evaluate(JS.closeProject)
    found = second.evaluate(
        JS.loadWithWriter,
    )
    assert found == ["one", True]


# Without a database

ABSENT = {
    "there is none": (JS.withoutDatabase, "missing"),
    "it is forbidden": (JS.withForbiddenDatabase, "missing"),
    "a newer version made it": (JS.makeNewerVersion, "newer"),
}
NOTHING = [
    [],
    False,
    None,
    {"stored": False, "kept": 0, "left": 1},
    [],
    None,
    [],
    False,
    False,
    False,
    False,
    False,
]


@pytest.mark.parametrize(("absent", "kind"), ABSENT.values(), ids=ABSENT)
def test_without_a_database_everything_goes_on_with_one_notice(tab, absent, kind):
    page = tab()
    page.evaluate(absent)
    assert page.evaluate(JS.callEverything) == ["string", NOTHING, [kind]]


def test_a_tab_makes_way_for_a_newer_version(tab):
    old, new = tab(), tab()
    old.evaluate(JS.openAsWriter)
    upgraded = new.evaluate(JS.upgrade)
    assert upgraded == "upgraded"
    assert old.evaluate(JS.saveSecond) == [False, ["newer"]]


def test_without_locks_every_tab_may_write(tab):
    page = tab()
    page.evaluate("Object.defineProperty(navigator, 'locks', { value: undefined })")
    assert page.evaluate(
        JS.saveOne,
    ) == [True, True]


def test_persistence_can_be_asked_for(tab):
    page = tab()
    assert page.evaluate(JS.persist) in (True, False)
    page.evaluate("Object.defineProperty(navigator, 'storage', { value: undefined })")
    assert page.evaluate(JS.persist) is False
