"""Reading and decompressing candle files, with limits on their size."""

from __future__ import annotations

import gzip
import io
import zlib
from pathlib import Path

from titan_mlopt.core.errors import CandleError, short_repr

PARQUET = b"PAR1"
_GZIP, _NPY = b"\x1f\x8b", b"\x93NUMPY"
#: Fifteen years of one-minute candles as text.
MOST_BYTES = 2**29
# gzip compresses candles to a third or a fifth. A larger file with a far higher ratio is a
# decompression bomb.
_MOST_PACKED, _SMALL_BYTES = 100, 2**26
_CHUNK_BYTES = 2**20


def read_content(path: Path) -> bytes | None:
    """Return the decompressed content of a text or parquet file; None for a ``.npy`` file.

    Raises:
        CandleError: It cannot be read, has a content other than its name says, or is too large.
    """
    where = path.name
    try:
        if not path.is_file():
            got = "a directory" if path.is_dir() else "no such file"
            raise CandleError(f"{path}: must be a file, got {got}; give the path of a candle file")
        with path.open("rb") as stream:
            magic = stream.read(6)
            _check_magic(where, magic)
            if magic.startswith(_NPY):
                return None  # it is memory-mapped by the caller
            stream.seek(0)
            data = stream.read(MOST_BYTES + 1)
    except OSError as error:
        raise CandleError(
            f"{where}: must be readable, got {error.strerror}; change its permissions"
        ) from error
    _check_size(where, len(data))
    return _unpacked(where, data) if magic.startswith(_GZIP) else data


def _check_magic(where: str, magic: bytes) -> None:
    for ending, sign in ((".gz", _GZIP), (".parquet", PARQUET), (".npy", _NPY)):
        if where.lower().endswith(ending) and not magic.startswith(sign):
            raise CandleError(
                f"{where}: must be a {ending[1:]} file as its name says, got bytes "
                f"{short_repr(magic)}; rename it or export it again"
            )


def _check_size(where: str, size: int) -> None:
    if size > MOST_BYTES:
        raise CandleError(
            f"{where}: must be at most {MOST_BYTES >> 20} MB of candles, got more; keep only the "
            "months that are to be tuned on"
        )


def _unpacked(where: str, data: bytes) -> bytes:
    chunks, size = list[bytes](), 0
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as stream:
            while chunk := stream.read(_CHUNK_BYTES):
                chunks.append(chunk)
                size += len(chunk)
                _check_size(where, size)
                if size > max(_SMALL_BYTES, _MOST_PACKED * len(data)):
                    raise CandleError(
                        f"{where}: must be candles, which unpack to at most {_MOST_PACKED} times "
                        f"their size, got more than {size >> 20} MB out of {len(data):,} bytes; "
                        "unpack it yourself if it is yours"
                    )
    except (OSError, EOFError, zlib.error) as error:
        raise CandleError(
            f"{where}: must be whole gzip data, got a damaged file ({error}); download it again"
        ) from error
    return b"".join(chunks)
