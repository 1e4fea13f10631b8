"""Room: captures kept between processes, in `.queryscope/` under the project root."""

from __future__ import annotations

from queryscope.store.directory import Store
from queryscope.store.text import decode, encode

__all__ = ["Store", "decode", "encode"]
