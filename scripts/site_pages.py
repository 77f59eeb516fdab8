"""A hook of MkDocs: the site has the paths of the repository.

MkDocs reads one folder, `docs/`. Our pages also link to what lies outside it:
the README, the benchmarks, the changelog, the licence, an example. So every
file gets its path in the repository, and every file that a page links to joins
the site: a Markdown file as a page, any other as it is. The same relative
links then work on the site and in the repository.
"""

import re
from pathlib import Path
from urllib.parse import unquote

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parent.parent

# [text](target), and [text](target "title"); the target of an image is found as well.
_LINK = re.compile(r"(\]\()([^)\s]+)")
_CODE = re.compile(r"^```.*?^```|`[^`\n]*`", re.DOTALL | re.MULTILINE)


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Replace each folder in the navigation by the pages in it, its README first."""
    config.nav = [_expanded(entry) for entry in config.nav or []]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Give every file its path in the repository, and add the files that pages link to."""
    docs = [file for file in files if file.src_dir == config.docs_dir]
    site = Files([file for file in files if file not in docs])  # what the theme brings
    waiting = [ROOT / "README.md", *(Path(config.docs_dir) / file.src_uri for file in docs)]
    while waiting:
        path = waiting.pop()
        name = path.relative_to(ROOT).as_posix()
        if name in site.src_uris:
            continue
        site.append(File(name, str(ROOT), config.site_dir, config.use_directory_urls))
        if path.suffix == ".md":
            waiting += [target for target in _targets(path) if target.is_file()]
    return site


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Let a link to a folder lead to the folder's README."""
    folder = (ROOT / page.file.src_uri).parent

    def whole(match: re.Match[str]) -> str:
        target = match[2]
        if target.endswith("/") and _inside(folder, target) in {*_targets_in(folder, markdown)}:
            return f"{match[1]}{target}README.md"
        return match[0]

    return _LINK.sub(whole, markdown)


def _expanded(entry: object) -> object:
    if not isinstance(entry, dict):
        return entry
    ((title, value),) = entry.items()
    if isinstance(value, list):
        return {title: [_expanded(item) for item in value]}
    if not value.endswith("/"):
        return entry
    pages = sorted((ROOT / value).glob("*.md"), key=lambda page: (page.name != "README.md", page.name))
    return {title: [page.relative_to(ROOT).as_posix() for page in pages]}


def _targets(page: Path) -> list[Path]:
    return _targets_in(page.parent, page.read_text("utf-8"))


def _targets_in(folder: Path, markdown: str) -> list[Path]:
    """List the files of the repository that a text links to; a folder counts as its README."""
    found = (_inside(folder, match[2]) for match in _LINK.finditer(_CODE.sub("", markdown)))
    return [path for path in found if path]


def _inside(folder: Path, target: str) -> Path | None:
    """Find the file that a relative link means, or None if the link leaves the repository."""
    if re.match(r"[a-z]+:|#|/", target):
        return None
    path = (folder / unquote(target.partition("#")[0])).resolve()
    if path.is_dir():
        path /= "README.md"
    return path if path.is_relative_to(ROOT) and path.is_file() else None
