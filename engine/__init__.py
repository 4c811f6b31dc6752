"""Formwork: a low-code rule and form engine. A business application is a folder of YAML."""

__version__ = "0.1.0"
