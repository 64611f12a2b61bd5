"""Whether a candidate may become champion, on candles that no trial has seen."""
