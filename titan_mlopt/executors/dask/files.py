"""Candle files for Dask workers: sent once to each worker and checked against their SHA-256."""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from titan_mlopt.core.trial import TrialJob
from titan_mlopt.executors.dask import worker as host
from titan_mlopt.executors.dask.messages import SentFile

_CHUNK = 8 * 2**20


class CandleSender:
    """Sends the files that jobs name, which must not change until the end.

    ``send`` is for the client's own thread, ``pack`` for the coordinator's.
    """

    def __init__(self, client: Any, session: str) -> None:
        #: How often a file was sent, by worker and digest.
        self.transfers: Counter[tuple[str, str]] = Counter()
        self._client, self._session = client, session
        self._files: dict[str, SentFile] = {}
        self._paths: dict[str, Path] = {}
        self._sending: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    def pack(self, job: TrialJob) -> tuple[TrialJob, tuple[SentFile, ...]]:
        """Return the job with digests where it names files, and these files."""
        candles = self._describe(job.candles_path)
        files = [self._describe(part.path) if part.path else None for part in job.segments]
        packed = replace(
            job,
            candles_path=candles.digest,
            segments=tuple(
                part if file is None else replace(part, path=file.digest)
                for part, file in zip(job.segments, files, strict=True)
            ),
        )
        return packed, tuple(dict.fromkeys([candles, *filter(None, files)]))

    def _describe(self, path: str) -> SentFile:
        if path not in self._files:
            with Path(path).open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            self._files[path] = SentFile(digest, Path(path).suffix)
            self._paths[digest] = Path(path)
        return self._files[path]

    async def send(self, address: str, files: Iterable[SentFile]) -> None:
        """Send files once, in parts, however many trials on that worker lack them."""
        async with self._sending[address]:
            for file in files:
                await self._send(address, file)

    async def _send(self, address: str, file: SentFile) -> None:
        key = self._session, file.digest, file.suffix
        if (await self._client.run(host.has_candles, *key, workers=[address]))[address]:
            return
        self.transfers[address, file.digest] += 1
        path = self._paths[file.digest]
        with path.open("rb") as source:
            size, sent = path.stat().st_size, 0
            while sent < size:
                chunk = source.read(_CHUNK)
                ends = {"first": sent == 0, "last": sent + len(chunk) >= size}
                sent += len(chunk)
                await self._client.run(host.put_candles, *key, chunk, workers=[address], **ends)
