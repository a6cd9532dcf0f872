"""The lesson shows the project's real source: that symbol's, dedented, without docstrings."""

import pytest

from tooling.errors import BuildError
from tooling.lessons import fill, modules, source_of

MODULE = '''"""Module."""
import math


@decorated(1)
def plain(x: int) -> bool:
    """One line."""
    return x < 1 and "<b>" != "&"


class Head:
    """Several

    lines.
    """

    size = 3

    def fit(self, X):
        """Learn.

        More.
        """

        # n x n
        def inner():
            """Within."""
            return X

        return inner

    async def wait(self): "short"; return 1

    def only(self):
        """Nothing else."""

    class Inner:
        def deep(self):
            return """not a docstring"""
'''
SOURCES = {
    "plain": '@decorated(1)\ndef plain(x: int) -> bool:\n    return x < 1 and "<b>" != "&"',
    "Head.fit": "def fit(self, X):\n    # n x n\n    def inner():\n        return X\n\n    return inner",
    "Head.wait": 'async def wait(self): "short"; return 1',
    "Head.only": 'def only(self):\n    """Nothing else."""',
    "Head.Inner.deep": 'def deep(self):\n    return """not a docstring"""',
}


@pytest.mark.parametrize("symbol", SOURCES)
def test_source_of_a_symbol(symbol):
    assert source_of(MODULE, symbol) == SOURCES[symbol]


def test_source_of_a_class_has_no_docstring_in_any_method():
    source = source_of(MODULE, "Head")
    assert source.startswith("class Head:\n    size = 3\n")
    for docstring in ("Several", "Learn", "Within"):
        assert docstring not in source
    compile(source, "Head", "exec")


@pytest.fixture
def root(tmp_path):
    (tmp_path / "py").mkdir()
    (tmp_path / "py/head.py").write_text(MODULE, encoding="utf-8")
    (tmp_path / "py/broken.py").write_text("def f(:\n", encoding="utf-8")
    (tmp_path / "notes.txt").write_text("x", encoding="utf-8")
    return tmp_path


def test_the_element_is_filled_with_escaped_source_and_the_rest_is_untouched(root):
    page = "<p>a</p><pre><code class='x'\n data-source='py/head.py#plain'>old\n<b>\n</b></code></pre><code>b</code>"
    assert fill(page, root) == (
        "<p>a</p><pre><code class='x'\n data-source='py/head.py#plain'>"
        "@decorated(1)\ndef plain(x: int) -&gt; bool:\n"
        "    return x &lt; 1 and &quot;&lt;b&gt;&quot; != &quot;&amp;&quot;"
        "</code></pre><code>b</code>"
    )


def test_every_element_is_filled_and_filling_twice_changes_nothing(root):
    page = '<code data-source="py/head.py#plain"></code><code data-source="py/head.py#Head.only"></code>'
    once = fill(page, root)
    assert "def plain" in once and "def only" in once
    assert fill(once, root) == once


WRONG = {
    '<code data-source="py/head.py#Head.fot"></code>': ["py/head.py#Head.fot", "no Head.fot", "Head, Head.fit"],
    '<code data-source="py/head.py"></code>': ["symbol of no name", "Head.Inner.deep"],
    '<code data-source="py/tail.py#plain"></code>': ["py/tail.py#plain", "must name a Python file"],
    '<code data-source="../secret.py#plain"></code>': ["must name a Python file of the repository"],
    '<code data-source="notes.txt#x"></code>': ["must name a Python file"],
    '<code data-source="py/broken.py#f"></code>': ["py/broken.py is not valid Python"],
    '<code data-source="py/head.py#plain">': ["of 1 data-source attributes in index.html 0 are understood"],
    "<code data-source=py/head.py#plain></code>": ["of 1 data-source attributes in index.html 0 are understood"],
}


@pytest.mark.parametrize("page", WRONG)
def test_a_wrong_element_is_a_build_error(root, page):
    with pytest.raises(BuildError) as failure:
        fill(page, root)
    for part in WRONG[page]:
        assert part in str(failure.value)


def test_the_modules_that_the_page_links_to_are_found_by_their_names_in_the_site(tmp_path):
    module = tmp_path / "py/readout/model/head.py"
    module.parent.mkdir(parents=True)
    module.write_text("x = 1", encoding="utf-8")
    page = '<a href="source/model/head.py.txt">head</a> <a href="licences.txt">licences</a>'
    assert modules(page, tmp_path) == {"source/model/head.py.txt": module}
    with pytest.raises(BuildError, match=r"source/model/feet\.py\.txt"):
        modules(page.replace("head", "feet"), tmp_path)
