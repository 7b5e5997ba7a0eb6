"""Sphinx's settings: `make docs` builds the pages of this folder, and the reference."""

import pathlib
import re
import sys

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parent
sys.path.insert(0, str(HERE / "_ext"))

project = "rtjack"
author = "the rtjack authors"
release = re.search(r"^  version: '(.+)'", (ROOT / "meson.build").read_text(), re.M)[1]

extensions = ["myst_parser", "sphinx.ext.napoleon", "autoapi.extension"]
extensions += ["calls", "descriptions", "plots"]
exclude_patterns = ["_build", "_ext", "Thumbs.db"]
html_theme = "furo"
html_show_copyright = False
html_title = f"rtjack {release}"
html_static_path = ["_static"]
html_css_files = ["rtjack.css"]
myst_heading_anchors = 3
smartquotes = False  # "--markdown" has two hyphens
toc_object_entries_show_parents = "hide"
default_role = "code"  # docstrings have `names` as help() shows them

# The reference: read from the stub of the extension and from the package's Python, which
# need not be installed.
autoapi_dirs = [str(ROOT / "src" / "jack")]
autoapi_file_patterns = ["*.pyi", "*.py"]
autoapi_root = "reference"
autoapi_add_toctree_entry = False
autoapi_own_page_level = "class"
autoapi_options = ["members", "undoc-members", "show-inheritance", "imported-members"]
autoapi_member_order = "groupwise"
autoapi_python_class_content = "class"
napoleon_use_ivar = True
suppress_warnings = [
    # The stub and the package's Python name each other's types, and _version is made by the
    # build; nothing of that is missing in the reference.
    "autoapi.python_import_resolution",
    # A type called as a method is, "type" for one, is no link then.
    "ref.python",
]
