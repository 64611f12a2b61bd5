"""Reading and decompressing candle files, with limits on their size."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import struct
import zipfile
import zlib
from pathlib import Path
from typing import IO, Any

from titan_mlopt.core.errors import CandleError, short_repr

PARQUET, FEATHER = b"PAR1", b"ARROW1"
_NPY = b"\x93NUMPY"
# The first bytes of packed files, by the ending that their names have.
_PACKED = {"gz": b"\x1f\x8b", "bz2": b"BZh", "zst": b"\x28\xb5\x2f\xfd", "zip": b"PK\x03\x04"}
_SIGNS = {**_PACKED, "parquet": PARQUET, "feather": FEATHER, "npy": _NPY}
#: Fifteen years of one-minute candles as text.
MOST_BYTES = 2**29
# gzip compresses candles to a third or a fifth. A larger file with a far higher ratio is a
# decompression bomb.
_MOST_PACKED, _SMALL_BYTES = 100, 2**26
_CHUNK_BYTES = 2**20
# What the libraries raise for damaged data; zipfile lets errors of its parts through.
_DAMAGED = (
    *(OSError, EOFError, ValueError, RuntimeError, LookupError, OverflowError),
    *(struct.error, zlib.error, lzma.LZMAError, zipfile.BadZipFile),
)


def read_content(path: Path) -> bytes | None:
    """Return the unpacked content of a text, parquet or feather file; None for a ``.npy`` file.

    Raises:
        CandleError: It cannot be read, has a content other than its name says, or is too large.
    """
    where = path.name
    try:
        if not path.is_file():
            got = "another thing" if path.exists() else "no such file"
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
    for kind, sign in _PACKED.items():
        if magic.startswith(sign):
            return _unpacked(where, kind, data)
    return data


def _check_magic(where: str, magic: bytes) -> None:
    for ending, sign in _SIGNS.items():
        if where.lower().endswith(f".{ending}") and not magic.startswith(sign):
            raise CandleError(
                f"{where}: must be a {ending} file as its name says, got bytes "
                f"{short_repr(magic)}; rename it or export it again"
            )


def _check_size(where: str, size: int) -> None:
    if size > MOST_BYTES:
        raise CandleError(
            f"{where}: must be at most {MOST_BYTES >> 20} MB of candles, got more; keep only the "
            "months that are to be tuned on"
        )


def _unpacked(where: str, kind: str, data: bytes) -> bytes:
    chunks, size = list[bytes](), 0
    try:
        with _opened(where, kind, data) as stream:
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
    except _DAMAGED as error:
        name = {"gz": "gzip"}.get(kind, kind)
        raise CandleError(
            f"{where}: must be whole {name} data without a password, got a damaged file "
            f"({short_repr(str(error))}); download it again"
        ) from error
    return b"".join(chunks)


def _opened(where: str, kind: str, data: bytes) -> IO[bytes] | Any:
    """Return a stream of what a packed file holds.

    Raises:
        CandleError: A zip holds another number of files than one.
    """
    packed = io.BytesIO(data)
    if kind == "gz":
        return gzip.GzipFile(fileobj=packed)
    if kind == "bz2":
        return bz2.BZ2File(packed)
    if kind == "zst":
        from pyarrow import CompressedInputStream

        return CompressedInputStream(packed, "zstd")
    archive = zipfile.ZipFile(packed)
    # macOS adds its own notes to each file.
    names = [n for n in archive.namelist() if not n.endswith("/") and not n.startswith("__MACOSX")]
    if len(names) != 1:
        listed = ", ".join(short_repr(name, 42) for name in names[:5]) or "no file"
        raise CandleError(
            f"{where}: must hold exactly one table, got {len(names)} files: {listed}; unpack it, "
            "and give the folder if they are parts of one series"
        )
    return archive.open(names[0])
