"""The class of all commands: options under headings, flags, and options' names in errors."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

import click

from titan_mlopt.core.errors import ConfigError, TitanMloptError, short_repr
from titan_mlopt.core.settings import BY_FIELD, BY_NAME, SWITCH

# Headings with their options in the order of the help; other settings are advanced.
_HEADINGS = {
    "Walk": ("train", "step", "policy", "anchored", "trials"),
    "Search": (
        *("n_trials", "more", "objective", "sampler", "pruner", "space", "beyond_titan"),
        *("warm_start", "transfer", "seed", "config_file", "freeze_dead"),
    ),
    "Data": ("candles", "symbol", "timezone", "columns", "limit", "holdout", "segments"),
    "Trials": (
        *("n_jobs", "timeout_per_trial", "timeout_total", "min_predictions", "ece_constraint"),
        *("cost_bps", "backtest", "backtest_path"),
    ),
    "Tracking": ("db", "storage", "study_name", "experiment", "no_mlflow"),
    "Production": ("register_as", "register", "name", "placebo", "promote", "gate"),
}
# Fewer options need no headings.
_MANY = 24
_TRUE, _FALSE = ("true", "1", "yes", "on", "t", "y"), ("false", "0", "no", "off", "f", "n")
# A name as Python writes it, outside of quotes, paths and options.
_PYTHON_NAME = re.compile(r"(?<![\w'\"./-])[a-z]+(?:_[a-z]+)+(?![\w'\"./-])")


class Command(click.Command):
    """A command whose long list of options has headings, and whose errors name its options.

    A flag may be followed by true or false as well, as `mlflow run` passes its parameters.
    """

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, under headings where they are many."""
        parameters = self.get_params(ctx)
        if len(parameters) < _MANY:
            super().format_options(ctx, formatter)
            return
        by_name = {str(p.name): p for p in parameters if isinstance(p, click.Option)}
        listed = {name for names in _HEADINGS.values() for name in names}
        settings = {name for name in by_name if name in BY_NAME}
        sections = {
            **{heading: [n for n in names if n in by_name] for heading, names in _HEADINGS.items()},
            "Advanced": [name for name in by_name if name in settings - listed],
            "Options": [name for name in by_name if name not in settings | listed],
        }
        for heading, names in sections.items():
            records = [by_name[name].get_help_record(ctx) for name in names]
            if rows := [record for record in records if record is not None]:
                with formatter.section(heading):
                    formatter.write_dl(rows)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the arguments, flags with or without true or false."""
        with self._naming_options():
            if not ctx.resilient_parsing:
                args = list(self._plain_flags(args))
            return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        with self._naming_options():
            return super().invoke(ctx)

    @contextmanager
    def _naming_options(self) -> Iterator[None]:
        """Let an error say ``--n-trials`` where the settings are called ``n_trials``."""
        try:
            yield
        except TitanMloptError as error:
            error.args = (with_option_names(str(error), self.option_names()), *error.args[1:])
            raise

    def option_names(self) -> dict[str, str]:
        """Return each option as typed, and each argument, by the names that Python has for it."""
        names = {str(param.name): typed_name(param) for param in self.params}
        fields = {
            field: names[setting.name]
            for field, setting in BY_FIELD.items()
            if setting.name in names and setting.kind != SWITCH  # --no-backup is not backup
        }
        return fields | names

    def _plain_flags(self, args: list[str]) -> Iterator[str]:
        """Yield the arguments, a flag that is followed by true alone, and none that is by false.

        Beside arguments of the command only true and false themselves belong to the flag.
        """
        options = [param for param in self.params if isinstance(param, click.Option)]
        flags = {name for option in options if option.is_flag for name in option.opts}
        among_arguments = len(options) < len(self.params)
        queue = deque(args)
        while queue:
            arg = queue.popleft()
            name, joined, value = arg.partition("=")
            name = name.replace("_", "-")
            if arg == "--" or name not in flags:
                yield arg
                if arg == "--":
                    yield from queue
                    return
                continue
            if not joined:
                has_value = queue and _is_value(queue[0], among_arguments)
                value = queue.popleft() if has_value else _TRUE[0]
            if value.lower() not in (*_TRUE, *_FALSE):
                raise ConfigError(f"{name}: must be true or false, got {short_repr(value)}")
            if value.lower() in _TRUE:
                yield name


#: Decorates a function as a command of the program.
command = partial(click.command, cls=Command)


def _is_value(arg: str, among_arguments: bool) -> bool:
    """Return whether the word after a flag is its value."""
    if among_arguments:
        return arg.lower() in (_TRUE[0], _FALSE[0])
    return not arg.startswith("-")


def typed_name(parameter: click.Parameter) -> str:
    """Return an option as it is typed, or how the help calls an argument."""
    if isinstance(parameter, click.Option):
        return parameter.opts[0]
    return parameter.human_readable_name


def with_option_names(text: str, names: Mapping[str, str]) -> str:
    """Return an error's text with options as they are typed.

    Args:
        text: ``<where>: <what must hold>, got <value>; <remedy>``.
        names: Options as typed by the names that Python has for them.
    """
    where, colon, message = text.partition(": ")
    heads = where.split(", ")
    if colon and all(head in names for head in heads):
        where = ", ".join(names[head] for head in heads)
    return where + colon + _PYTHON_NAME.sub(lambda match: names.get(match[0], match[0]), message)
