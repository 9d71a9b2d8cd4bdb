"""The stock's rule: which record a sleeve is, and what its neighbours say of its genre, fitted for a bundle."""

from .stage import stock

__all__ = ["stock"]
