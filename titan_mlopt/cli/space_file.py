"""Search spaces as files that commands write, for ``tune --space``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from titan_mlopt.core.errors import ConfigError, short_repr
from titan_mlopt.core.files import write_file
from titan_mlopt.core.search_space import Space, space_text
from titan_mlopt.core.space.toml_text import toml_text


def check_space_file(option: str, path: str) -> None:
    """Raise ``ConfigError`` where the file would be read as YAML, which is not written.

    Args:
        option: The option that names the file, for the message.
        path: The file.
    """
    if Path(path).suffix.lower() in (".yaml", ".yml"):
        raise ConfigError(
            f"{option}: must end in .toml or .json, got {short_repr(path)}; name it "
            f"{Path(path).with_suffix('.toml')}"
        )


def write_space(
    path: str,
    space: Space,
    candles: Mapping[str, object] | None = None,
    reasons: Mapping[str, str] | None = None,
) -> None:
    """Write a space: into a file that ends in .toml as TOML with comments, else as JSON.

    Args:
        path: The file; not one in YAML, see ``check_space_file``.
        space: The space.
        candles: Those on which it was found, for JSON; None for none.
        reasons: Why a range is as it is, by the parameter's name; None for no reasons.

    Raises:
        ConfigError: It cannot be written.
    """
    as_toml = Path(path).suffix.lower() == ".toml"
    text = toml_text(space, reasons) if as_toml else space_text(space, candles, reasons)
    write_file(path, text)
