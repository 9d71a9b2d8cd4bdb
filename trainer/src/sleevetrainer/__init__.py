"""The trainer of Sleevesight: from a folder of covers to a model bundle."""

__version__ = "0.1.0"
