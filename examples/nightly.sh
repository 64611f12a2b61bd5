#!/bin/sh
# One night of production: tune on the candles as they are now, look at the live run, ask the gate,
# apply the champion. A night that was killed is run again with the same command and goes on.
#
#   examples/nightly.sh [OPTIONS OF tune]      in the folder of titan.db and candles.csv
#
# BACKTEST  import path of Titan's backtest     BACKTEST_PATH  folder to look for it
# NIGHT     name of the night, today's date     LIVE           predictions.jsonl of the live run
# Exit code: 0; 4 after an alarm of watch; else that of the command that failed.
set -eu
night=${NIGHT:-$(date -u +%F)}
backtest=${BACKTEST:-titan.core.backtest:run_backtest}
live=${LIVE:-predictions.jsonl}
candles=nights/$night.csv
alarm=0

run_with_backtest() {
  titan-mlopt "$@" --backtest "$backtest" ${BACKTEST_PATH:+--backtest-path "$BACKTEST_PATH"} --json
}

# Whether there is a champion; without an answer of MLflow the night ends.
look_for_champion() {
  versions=$(titan-mlopt versions --json)
  case $versions in
    *'"champion"'*) champion=yes ;;
    *) champion=no ;;
  esac
}

# A study goes on only with the same candles, and candles.csv grows: the night keeps its own file.
mkdir -p nights
if [ ! -e "$candles" ]; then
  cp candles.csv "$candles.$$"
  ln "$candles.$$" "$candles" || [ -e "$candles" ]  # a night that runs at once was quicker
  rm "$candles.$$"
fi

run_with_backtest tune --candles "$candles" --study-name "night-$night" "$@" >"nights/$night-tune.json"
version=$(sed -n '/^  "registered"/,/}/s/.*"version": "\([0-9]*\)".*/\1/p' "nights/$night-tune.json")

# Before the champion changes, so that each record is counted for the version that made it.
look_for_champion
if [ "$champion" = yes ]; then
  code=0
  run_with_backtest watch --predictions "$live" --once --on-alarm rollback --db titan.db \
    >"nights/$night-watch.json" || code=$?
  case $code in
    0) ;;
    4) alarm=4 ;;
    *) exit "$code" ;;
  esac
fi

code=0
run_with_backtest promote "$version" --db titan.db >"nights/$night-promote.json" || code=$?
case $code in
  0 | 3) ;;  # 3: the champion stays
  *) exit "$code" ;;
esac

# Whatever the gate said: a night that was killed between promotion and here is completed.
look_for_champion
if [ "$champion" = yes ]; then
  titan-mlopt apply --db titan.db --backtest "$backtest" --json >"nights/$night-apply.json"
fi
exit "$alarm"
