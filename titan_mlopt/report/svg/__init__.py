"""Pictures written as SVG text, without a plotting library."""
