"""What the champion does in production, against what the gate's figures promised."""
