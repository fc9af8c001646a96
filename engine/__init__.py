"""The ENAS engine: plans, runs, records and analyses searches; it never imports what draws."""

__version__ = "0.2.0"
