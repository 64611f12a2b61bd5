"""What the coordinator answers to a checkpoint, in words that both sides of the line know."""

GO_ON, STOP = b"1", b"0"
