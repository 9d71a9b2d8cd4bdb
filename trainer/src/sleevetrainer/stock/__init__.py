"""The stock's rule: when a sleeve is one of its records, fitted for a bundle."""

from .stage import stock

__all__ = ["stock"]
