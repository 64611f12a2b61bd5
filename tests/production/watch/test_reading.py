"""A live run's file: read from where the last look stopped, rotated, truncated, copied."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from support.watch_cases import lines_of, live, write
from titan_mlopt.backtest.predictions import LINE_LIMIT_BYTES
from titan_mlopt.core.errors import ConfigError
from titan_mlopt.production.watch import reading
from titan_mlopt.production.watch.reading import Batch, Position, end_of, holds, read_new


def read(path: Path, position: Position | None = None) -> tuple[list[float], Position, list[str]]:
    """Return the confidences that are new, the position after them, and the notices."""
    position, notices, found = position or Position(), list[str](), list[float]()
    for batch in read_new(path, position):
        found += batch.returns.tolist()
        position = batch.position
        notices += [batch.notice] if batch.notice else []
    return found, position, notices


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "predictions.jsonl"


def test_each_look_reads_what_was_appended_since_and_no_half_line(path: Path) -> None:
    first, second = live(30, seed=1), live(20, seed=2)
    assert read(path) == ([], Position(), [])
    write(path, first)
    got, position, _ = read(path)
    assert got == first.returns.tolist()
    line, *others = lines_of(second)
    with path.open("a") as file:
        file.write(line[:40])
        file.flush()
        assert read(path, position)[:2] == ([], position)
        file.write(line[40:] + "\n" + "".join(f"{other}\n" for other in others))
    got, position, notices = read(path, position)
    assert (got, notices) == (second.returns.tolist(), [])
    assert position.offset == path.stat().st_size
    assert end_of(path) == position


def test_more_records_than_a_batch_come_in_batches(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "BATCH", 7)
    write(path, live(20, seed=1))
    sizes = [len(batch.direction) for batch in read_new(path, Position())]
    assert sizes == [7, 7, 6]


def test_lines_that_are_no_record_are_counted_and_passed_over(path: Path) -> None:
    one, two = lines_of(live(2, seed=1))
    long = '{"x": "' + "y" * (LINE_LIMIT_BYTES + 5) + '"}'
    path.write_text(f"{one}\nno json\n\n{long}\n{two}\n")
    (batch,) = read_new(path, Position())
    assert (len(batch.direction), batch.n_bad) == (2, 2)
    assert batch.position.offset == path.stat().st_size
    # Parts of a batch count its bad lines once.
    assert [batch.part(0, 1).n_bad, batch.part(1, 2).n_bad] == [0, 2]


def test_a_rotated_file_is_read_to_its_end_and_then_the_new_one(path: Path) -> None:
    before, late, after = live(9, seed=1), live(4, seed=2), live(5, seed=3)
    write(path, before)
    _, position, _ = read(path)
    write(path, late)
    path.rename(path.with_name("predictions.jsonl.1"))
    write(path, after)
    got, position, notices = read(path, position)
    assert got == [*late.returns.tolist(), *after.returns.tolist()]
    (notice,) = notices
    assert notice == (
        f"{path}: was replaced or truncated, and is read from its start; the rest of the old one "
        "was read from predictions.jsonl.1"
    )
    assert read(path, position)[::2] == ([], [])


def test_a_truncated_file_is_read_from_its_start_also_when_it_has_grown_again(path: Path) -> None:
    write(path, live(9, seed=1))
    _, position, _ = read(path)
    after = live(40, seed=3)
    os.truncate(path, 0)
    write(path, after)
    assert path.stat().st_size > position.offset
    got, position, (notice,) = read(path, position)
    assert got == after.returns.tolist()
    assert "records that were left in the old one are not counted" in notice
    os.truncate(path, 0)
    assert read(path, position)[0] == []
    assert read(path, read(path, position)[1])[2] == []  # said once


def test_a_copy_of_the_file_goes_on_where_the_file_ended(path: Path) -> None:
    write(path, live(9, seed=1))
    _, position, _ = read(path)
    shutil.copy(path, path.with_name("copy"))
    path.with_name("copy").replace(path)
    after = live(3, seed=2)
    write(path, after)
    got, new, notices = read(path, position)
    assert (got, notices) == (after.returns.tolist(), [])
    assert new.inode == path.stat().st_ino


def test_a_folder_or_a_pipe_is_refused(path: Path) -> None:
    path.mkdir()
    with pytest.raises(ConfigError, match=r"predictions\.jsonl: must be a regular file"):
        read(path)
    with pytest.raises(ConfigError, match="must be a regular file, got another kind"):
        read(Path(os.devnull))


def test_a_pipe_without_a_writer_is_refused_before_it_is_opened(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def opened(*_: object, **__: object) -> None:
        raise AssertionError("the pipe was opened")

    os.mkfifo(path)
    monkeypatch.setattr(Path, "open", opened)
    with pytest.raises(ConfigError, match="must be a regular file, got another kind"):
        read(path)
    assert not holds(path, Position(1, 2, 3, "m"))


def test_the_columns_are_those_of_the_records(path: Path) -> None:
    stats = live(50, seed=1)
    write(path, stats)
    (batch,) = read_new(path, Position())
    assert isinstance(batch, Batch)
    assert batch.direction.tolist() == stats.direction.tolist()
    assert batch.confidence.tolist() == stats.confidence.tolist()
    assert batch.outcome.tolist() == np.sign(stats.returns).tolist()
