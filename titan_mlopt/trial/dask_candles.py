"""Candle files on their way to Dask workers: each once to each worker, held against its SHA-256."""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from titan_mlopt.records import TrialJob
from titan_mlopt.trial import dask_host as host
from titan_mlopt.trial.dask_messages import SentFile

_CHUNK = 8 * 2**20


class CandleSender:
    """Knows the files that jobs name, which stay as they are until the end, and sends them.

    ``send`` is for the client's own thread, ``pack`` for the coordinator's.
    """

    def __init__(self, client: Any, session: str) -> None:
        #: How often a file was sent, by worker and digest.
        self.transfers: Counter[tuple[str, str]] = Counter()
        self._client, self._session = client, session
        self._known: dict[str, SentFile] = {}
        self._paths: dict[str, Path] = {}
        self._sending: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    def pack(self, job: TrialJob) -> tuple[TrialJob, tuple[SentFile, ...]]:
        """Return the job with digests where it names files, and these files."""
        candles = self._know(job.candles_path)
        segments = [self._know(one.path) if one.path else None for one in job.segments]
        packed = replace(
            job,
            candles_path=candles.digest,
            segments=tuple(
                one if file is None else replace(one, path=file.digest)
                for one, file in zip(job.segments, segments, strict=True)
            ),
        )
        return packed, tuple(dict.fromkeys([candles, *filter(None, segments)]))

    def _know(self, path: str) -> SentFile:
        if path not in self._known:
            with Path(path).open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            self._known[path] = SentFile(digest, Path(path).suffix)
            self._paths[digest] = Path(path)
        return self._known[path]

    async def send(self, address: str, files: Iterable[SentFile]) -> None:
        """Send files once, in parts, however many trials on that worker lack them."""
        async with self._sending[address]:
            for file in files:
                await self._send(address, file)

    async def _send(self, address: str, file: SentFile) -> None:
        what = self._session, file.digest, file.suffix
        if (await self._client.run(host.has_candles, *what, workers=[address]))[address]:
            return
        self.transfers[address, file.digest] += 1
        path = self._paths[file.digest]
        with path.open("rb") as source:
            size, sent = path.stat().st_size, 0
            while sent < size:
                chunk = source.read(_CHUNK)
                first, sent = sent == 0, sent + len(chunk)
                ends = {"first": first, "last": sent >= size}
                await self._client.run(host.put_candles, *what, chunk, workers=[address], **ends)
