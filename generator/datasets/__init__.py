"""Data sets: one file each, one function `load() -> Dataset` each."""
