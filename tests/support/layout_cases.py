"""One small candle file of each layout: what it looks like, and whether it loads.

All hold the same four candles, made up, or say why not.
"""

from __future__ import annotations

import bz2
import io
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import pyarrow as pa

from support.candle_cases import HEADER, ROWS, text_of

#: Of ``ROWS``: 2023-11-14 22:14 to 22:17 UTC.
CLOCKS = ("22:14", "22:15", "22:16", "22:17")
CELLS = tuple(row.split(",") for row in ROWS)


@dataclass(frozen=True)
class Layout:
    """A line of the table in docs/candles.md.

    content: of the file, or what writes it. options: of ``load_candles``. refused: words of the
    error, "" for a file that loads. notice: the beginning of a notice, "" for none. names: what
    else the error must name. plus: what the prices are above those of ``ROWS``.
    """

    what: str
    content: str | bytes | Callable[[Path], None]
    file: str = "x.csv"
    options: Mapping[str, str] = field(default_factory=dict)
    refused: str = ""
    notice: str = ""
    names: tuple[str, ...] = ()
    plus: float = 0.0

    def write(self, folder: Path) -> Path:
        path = folder / self.file
        if callable(self.content):
            self.content(path)
        else:
            content = self.content
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path


def lines(row: str, *head: str, end: str = "\n", newest_first: bool = False) -> str:
    """Return a line for each candle.

    row: with the fields ts, clock, o, h, l, c and v. head: the lines before them.
    """
    made = [
        row.format(ts=ts, clock=clock, o=o, h=h, l=low, c=c, v=v)
        for clock, (ts, o, h, low, c, v) in zip(CLOCKS, CELLS, strict=True)
    ]
    return end.join([*head, *(reversed(made) if newest_first else made)]) + end


def frame(index: str = "") -> pd.DataFrame:
    """Return the candles with datetimes of UTC, in a column or in the index of this name."""
    table = pd.DataFrame(
        [list(map(float, row[1:])) for row in CELLS], columns=HEADER.split(",")[1:]
    )
    times = pd.to_datetime([int(row[0]) for row in CELLS], unit="s", utc=True)
    table.insert(0, index or "timestamp", times)
    return table.set_index(index) if index else table


def yahoo(tickers: tuple[str, ...]) -> pd.DataFrame:
    """Return a table as Yahoo's clients do: fields and tickers above, the times in the index."""
    tables = {
        t: frame("Datetime").rename(columns=str.title) * (1 + k) for k, t in enumerate(tickers)
    }
    table = pd.concat(tables, axis=1).swaplevel(axis=1).sort_index(axis=1)
    table.columns.names = ["Price", "Ticker"]
    return table


def alpaca(path: Path) -> None:
    table = frame("timestamp").assign(trade_count=1.0, vwap=11.0)
    pd.concat({"ACME": table}, names=["symbol"]).to_parquet(path)


def date_and_time(path: Path) -> None:
    table = frame()
    table.insert(0, "time", table["timestamp"].dt.time)
    table.insert(0, "date", table.pop("timestamp").dt.date)
    table.to_parquet(path)


def zipped(**files: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name.replace("_csv", ".csv"), text)
    return stream.getvalue()


def zstd(text: str) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(text.encode())
    return sink.getvalue().to_pybytes()


def with_commas(text: str) -> str:
    """Return a table of plain numbers with semicolons and decimal commas."""
    return text.replace(",", ";").replace(".", ",")


NAIVE = "times without a zone counted as UTC"
BINANCE = "{ts}000,{o},{h},{l},{c},{v},{ts}999,55.5,3,2,25.5,0"
# Microseconds from the third candle on.
BINANCE_MIXED = "\n".join(
    line.replace("000,", "000000,", 1).replace("999,", "999999,", 1) if k > 1 else line
    for k, line in enumerate(lines(BINANCE).splitlines())
)
BINANCE_HEADER = (
    "open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,"
    "taker_buy_quote_volume,ignore"
)
MT5 = "<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>"
MT_ROW = "2023.11.14\t{clock}:00\t{o}\t{h}\t{l}\t{c}\t{v}\t0\t3"
IB_HEADER = "date,open,high,low,close,volume,average,barCount"
TWO = [f"{row},{name}" for name in ("AAA", "BBB") for row in ROWS]
AUTUMN = [
    f"2025-10-26 {clock}:00,10,12,9,11,5"
    for clock in ("01:30", "02:00", "02:30", "02:00", "02:30", "03:00")
]
ZONE = {"timezone": "Europe/Berlin"}
SIX = "must be a header line or candles of a known layout"
COLUMNS = "--columns timestamp,open,high,low,close,volume"

LAYOUTS = (
    # --- text, by source
    Layout("a header, epoch seconds", text_of()),
    Layout(
        "MetaTrader 5: tabs, `<DATE>` and `<TIME>`; the volume is `<TICKVOL>`",
        *(lines(MT_ROW, MT5), "x.csv"),
        notice="volume taken from the column '<TICKVOL>'",
    ),
    Layout(
        "MetaTrader 5 with commas, without `<VOL>`",
        lines(
            MT_ROW.replace("\t0\t3", "").replace("\t", ","),
            MT5.replace("\t<VOL>\t<SPREAD>", "").replace("\t", ","),
        ),
        notice=NAIVE,
    ),
    Layout(
        "MetaTrader 5 without its header",
        lines(MT_ROW),
        notice="no header: read as a MetaTrader file",
    ),
    Layout(
        "MetaTrader 4: no header, date, time, prices, volume",
        lines("2023.11.14,{clock},{o},{h},{l},{c},{v}"),
        notice="no header: read as a MetaTrader file",
    ),
    Layout(
        "date and time in two columns",
        lines("2023-11-14,{clock}:00,{o},{h},{l},{c},{v}", "date,time,open,high,low,close,volume"),
        notice=NAIVE,
    ),
    Layout(
        "date and time in two columns of digits (Stooq)",
        lines(
            "ACME,5,20231114,{clock}00,{o},{h},{l},{c},{v},0",
            "<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>,<OPENINT>",
        ).replace(":", ""),
        notice=NAIVE,
    ),
    Layout("date and time in two columns of a parquet", date_and_time, "x.parquet", notice=NAIVE),
    Layout(
        "TradingView",
        lines(
            "2023-11-14T{clock}:00Z,{o},{h},{l},{c},{v},1.5", "time,open,high,low,close,Volume,RSI"
        ),
    ),
    Layout(
        "TradingView without its volume",
        lines("{ts},{o},{h},{l},{c}", "time,open,high,low,close"),
        refused="got no volume",
    ),
    Layout(
        "Kraken: no header, seven numbers",
        lines("{ts},{o},{h},{l},{c},{v},3"),
        notice="no header: read as Kraken's OHLCVT",
    ),
    Layout(
        "Coinbase's order with a header",
        lines("{ts},{l},{h},{o},{c},{v}", "time,low,high,open,close,volume"),
    ),
    Layout(
        "Coinbase's order without one, where the rows prove it",
        lines("{ts},{l},{h},{o},{c},{v}"),
        notice="no header: read as Coinbase's time, low",
    ),
    Layout(
        "Binance: a zip without a header, ms",
        *(zipped(a_csv=lines(BINANCE)), "x.zip"),
        notice="no header: read as Binance klines",
    ),
    Layout(
        "Binance with a header, ms, then µs",
        *(zipped(a_csv=f"{BINANCE_HEADER}\n{BINANCE_MIXED}"), "x.zip"),
        notice="the times come in several units: ms, us",
    ),
    Layout(
        "Bybit: camelCase, newest first",
        lines(
            "{ts}000,{o},{h},{l},{c},{v},9.5",
            "startTime,openPrice,highPrice,lowPrice,closePrice,volume,turnover",
            newest_first=True,
        ),
        notice="newest first: turned round",
    ),
    Layout(
        "CryptoDataDownload without a header",
        lines("{ts},2023-11-14 {clock}:00,BTCUSDT,{o},{h},{l},{c},{v},9.5,3"),
        notice="no header: read as a CryptoDataDownload file",
    ),
    Layout("Yahoo: three header lines", yahoo(("ACME",)).to_csv()),
    Layout(
        "Yahoo with several tickers",
        yahoo(("ACME", "BOLT")).to_csv(),
        refused="must hold candles of one symbol, got those of 'ACME', 'BOLT'",
        names=("--symbol ACME",),
    ),
    Layout(
        "Yahoo with several tickers and `--symbol`",
        yahoo(("ACME", "BOLT")).to_csv(),
        options={"symbol": "ACME"},
        notice="read the rows of 'ACME' alone",
    ),
    Layout(
        "Yahoo as parquet, with several tickers and `--symbol`",
        *(yahoo(("ACME", "BOLT")).to_parquet, "x.parquet"),
        options={"symbol": "acme"},
    ),
    Layout("Alpaca as parquet: symbol and time in the index", alpaca, "x.parquet"),
    Layout(
        "Interactive Brokers: the zone beside the time",
        lines("20231114  {clock}:00 UTC,{o},{h},{l},{c},{v},11,3", IB_HEADER),
    ),
    Layout(
        "Interactive Brokers, of New York",
        lines("20231114 {clock}:00 US/Eastern,{o},{h},{l},{c},{v},11,3", IB_HEADER).replace(
            " 22:", " 17:"
        ),
    ),
    # --- packed
    Layout("bz2", bz2.compress(text_of().encode()), "x.csv.bz2"),
    Layout("zst", zstd(text_of()), "x.csv.zst"),
    Layout("feather, with times of UTC", frame("date").reset_index().to_feather, "x.feather"),
    Layout("parquet, with the times in its index", frame("date").to_parquet, "x.parquet"),
    Layout(
        "a zip of two tables",
        *(zipped(a_csv=text_of(), b_csv=text_of()), "x.zip"),
        refused="must hold exactly one table, got 2 files: 'a.csv', 'b.csv'",
    ),
    # --- numbers
    Layout(
        "decimal commas, semicolons",
        with_commas(text_of()),
        notice="decimal commas: '12,25' read as 12.25",
    ),
    Layout(
        "thousands separators in quotes",
        lines('{ts},"1,0{o}","1,0{h}","1,0{l}","1,0{c}",{v}', HEADER).replace("1,09", "1,009"),
        notice="thousands separators: '1,010' read as 1010",
        plus=1000.0,
    ),
    Layout(
        "numbers that may be either: every comma before three digits",
        lines('{ts},"10,500","10,500","10,500","10,500",5', HEADER),
        refused="got '10,500', which is 10.5 with a decimal comma and 10500 with a decimal point",
    ),
    # --- symbols
    Layout(
        "two symbols, one after the other",
        text_of(*TWO, header=HEADER + ",symbol"),
        refused="must hold candles of one symbol, got those of 'AAA', 'BBB'",
        names=("--symbol AAA",),
    ),
    Layout(
        "two symbols, row by row",
        text_of(*sorted(TWO), header=HEADER + ",symbol"),
        refused="must hold candles of one symbol, got those of 'AAA', 'BBB'",
        names=("--symbol AAA",),
    ),
    Layout(
        "two symbols and `--symbol`",
        text_of(*sorted(TWO), header=HEADER + ",symbol"),
        options={"symbol": "BBB"},
        notice="read the rows of 'BBB' alone",
    ),
    Layout(
        "two symbols and a third `--symbol`",
        text_of(*TWO, header=HEADER + ",symbol"),
        options={"symbol": "CCC"},
        refused="must hold candles of the symbol CCC, got those of 'AAA', 'BBB'",
    ),
    Layout(
        "two series, one after the other, without a symbol",
        text_of(*[f"{1700000040 + 60 * k},10,12,9,11,5" for k in range(100)] * 2),
        refused="two series seem to stand in the file",
        names=("row 102: timestamp must be after row 101's", "--symbol NAME"),
    ),
    Layout(
        "two series, row by row, without a symbol",
        text_of(*sorted(ROWS * 2)),
        refused="two series seem to stand in the file",
        names=("row 3: timestamp must differ from row 2's", "--symbol NAME"),
    ),
    # --- times
    Layout(
        "times without a zone",
        lines("2023-11-14 {clock}:00,{o},{h},{l},{c},{v}", HEADER),
        notice=NAIVE,
    ),
    Layout(
        "local times and `--timezone`",
        lines("2023-11-14 {clock}:00,{o},{h},{l},{c},{v}", HEADER).replace(" 22:", " 23:"),
        options=ZONE,
    ),
    Layout(
        "local times over the end of summer time",
        text_of(*AUTUMN),
        refused="an hour comes twice, as in local times when summer time ends",
        names=("row 5: timestamp must be after row 4's", "--timezone"),
    ),
    Layout(
        "the hour that autumn repeats once, with `--timezone`",
        text_of(*AUTUMN[:3], AUTUMN[5]),
        options=ZONE,
        refused="must go once through the hour that autumn repeats in Europe/Berlin",
        names=("rows 3 to 4", "'2025-10-26 02:00:00'"),
    ),
    Layout(
        "an hour that spring skips, with `--timezone`",
        text_of("2025-03-30 01:30,10,12,9,11,5", "2025-03-30 02:30,10,12,9,11,5"),
        options=ZONE,
        refused="timestamp must exist in Europe/Berlin, got '2025-03-30 02:30'",
        names=("row 3",),
    ),
    Layout(
        "times in another notation",
        lines("14/11/2023 {clock},{o},{h},{l},{c},{v}", HEADER),
        refused="nearly all rows are so: write the times as 2024-01-31 09:30:00",
        names=("row 2: timestamp must be an ISO time", "'14/11/2023 22:14'"),
    ),
    # --- columns
    Layout("six plain numbers", "\n".join(ROWS), refused=SIX, names=(COLUMNS,)),
    Layout(
        "six plain numbers and `--columns`",
        "\n".join(ROWS),
        options={"columns": "timestamp,open,high,low,close,volume"},
    ),
    Layout(
        "unknown names and `--columns`",
        lines(
            "x,2023-11-14,{clock},{c},{v},{o},{h},{l}", "n,Tag,Zeit,Schluss,Stück,Erster,Max,Min"
        ),
        options={"columns": "-,date,time,close,volume,open,high,low"},
        notice=NAIVE,
    ),
    Layout(
        "another number of cells than `--columns` has",
        "\n".join(ROWS),
        options={"columns": "timestamp,open,high,low,close,volume,-"},
        refused="must have the 7 cells that columns names, got 6",
        names=("row 1",),
    ),
    Layout(
        "a header of fewer cells than the rows",
        lines("{ts},{o},{h},{l},{c},{v},0", HEADER),
        refused="must have a header line of as many cells as the rows, got 6 and 7",
    ),
    Layout(
        "a header in another order than the rows",
        text_of(header="timestamp,high,open,close,low,volume"),
        refused="nearly all rows are so, so the columns are others than they were taken for",
        names=("row 2: high must be >= low, got high=10, low=11", COLUMNS),
    ),
)
