"""MkDocs hooks: the pages made from the code, and the files outside of docs/ that pages link to.

``mkdocs.yml`` names this file; MkDocs calls the functions ``on_…``.
"""

from __future__ import annotations

import inspect
import posixpath
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from mkdocs.structure.files import File, Files
from pymdownx.slugs import slugify

from titan_mlopt.cli.main import SECTIONS, main
from titan_mlopt.core.settings import SETTINGS

ROOT = Path(__file__).parents[1]
#: Folder of the site for files from outside of docs/.
OUTSIDE = "repository"
# The relative address in a link or a picture, without its anchor.
_ADDRESS = re.compile(r"(?<=\]\()([^)\s#:]+)(?=[)#])")


def on_config(config: Any) -> Any:
    """Give headings the anchors that repository hosts give them, which the pages' links use."""
    config.mdx_configs.setdefault("toc", {})["slugify"] = slugify(case="lower")
    return config


def on_files(files: Files, config: Any) -> Files:
    """Add the pages made from the code, and each file outside of docs/ that a page links to."""
    sources = {page.src_uri: page.content_string for page in files.documentation_pages()}
    for name, content in (("cli.md", cli_page()), ("settings.md", settings_page())):
        files.append(File.generated(config, name, content=content))
    entries = re.findall(rf": {OUTSIDE}/(\S+)", Path(config.config_file_path).read_text("utf-8"))
    queue = [*sources.items(), *(("index.md", f"[](../{entry})") for entry in entries)]
    while queue:
        page, text = queue.pop()
        for uri in outside_links(page, text):
            if files.get_file_from_path(uri) is None:
                path = ROOT / uri.removeprefix(f"{OUTSIDE}/")
                files.append(File.generated(config, uri, abs_src_path=str(path)))
                if path.suffix == ".md":
                    queue.append((uri, path.read_text(encoding="utf-8")))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Let links to files outside of docs/ lead to the site's copies of them."""
    uri = page.file.src_uri
    folder = posixpath.dirname(uri) or "."
    return _ADDRESS.sub(lambda m: posixpath.relpath(uri_of(uri, m[1]), folder), markdown)


def uri_of(page: str, address: str) -> str:
    """Return where the site has what a page links to: its place in docs/, or below OUTSIDE."""
    outside = page.startswith(f"{OUTSIDE}/")
    source = page.removeprefix(f"{OUTSIDE}/") if outside else f"docs/{page}"
    target = posixpath.normpath(posixpath.join(posixpath.dirname(source), address))
    return target.removeprefix("docs/") if target.startswith("docs/") else f"{OUTSIDE}/{target}"


def outside_links(page: str, text: str) -> Iterator[str]:
    """Yield the places in the site of the files outside of docs/ that a page links to."""
    for match in _ADDRESS.finditer(text):
        uri = uri_of(page, match[1])
        if uri.startswith(f"{OUTSIDE}/") and (ROOT / uri.removeprefix(f"{OUTSIDE}/")).is_file():
            yield uri


def cli_page() -> str:
    """Return the reference of the command line, made from the commands themselves."""
    top = click.Context(main, info_name="titan-mlopt")
    parts = [
        "# Command line",
        "Made from the commands; `titan-mlopt COMMAND --help` says the same in a terminal. Every "
        "error is one line with exit code 2 ([Troubleshooting](troubleshooting.md)), other exit "
        "codes stand with the command, and all of them in [one table]"
        "(stored-names.md#exit-codes). The keys of `--json` are listed in "
        "[Studies](studies.md#in-scripts).",
    ]
    for heading, commands in SECTIONS.items():
        parts.append(f"## {heading}")
        for name in commands:
            command = main.get_command(top, name)
            assert isinstance(command, click.Command)
            parts += command_parts(command, click.Context(command, top, info_name=name))
    return "\n\n".join(parts) + "\n"


def command_parts(command: click.Command, context: click.Context) -> Iterator[str]:
    """Yield heading, usage, help and table of options of a command."""
    yield f"### titan-mlopt {context.info_name}"
    usage = " ".join(command.collect_usage_pieces(context))
    yield f"```text\n{context.command_path} {usage}\n```"
    for paragraph in inspect.cleandoc(command.help or "").split("\n\n"):
        literal = paragraph.startswith("\b\n")
        yield f"```text\n{paragraph[2:]}\n```" if literal else markdown_of(paragraph)
    records = [option.get_help_record(context) for option in command.get_params(context)]
    rows = [f"| `{record[0]}` | {cell(record[1])} |" for record in records if record and record[1]]
    yield "\n".join(["| option | meaning |", "|---|---|", *rows])


def settings_page() -> str:
    """Return the table of all settings, made from their one list."""
    rows = [
        f"| `{s.option}` | {f'`{s.field}`' if s.field else '–'} | `{s.default}` "
        f"| {'yes' if s.pins else '–'} | {cell(s.help)} |"
        for s in SETTINGS
    ]
    head = (
        "# Settings",
        "Every setting of `titan-mlopt tune`, made from the list that the options themselves are "
        "made from (`titan_mlopt/core/settings.py`). A parameter of `mlflow run -P` has the name "
        "of the option, with underscores. *Pinned*: a study goes on only with the same value "
        "([Studies](studies.md#what-is-pinned)). [Tuner settings](parameters.md#tuner-settings) "
        "has Python's defaults, and the fields without an option.",
        "| option | field of `TunerConfig` | default | pinned | meaning |\n|---|---|---|---|---|",
    )
    return "\n\n".join(head) + "\n" + "\n".join(rows) + "\n"


def cell(text: str) -> str:
    """Return a text as the content of a cell of a table."""
    return markdown_of(text).replace("|", "\\|")


def markdown_of(text: str) -> str:
    """Return a help text as Markdown, with links to the pages that it names."""
    plain = re.sub(r"([<*])", r"\\\1", text)
    return re.sub(r"docs/([a-z-]+\.md)", r"[\1](\1)", plain)
