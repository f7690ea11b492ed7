"""Where ``make setup`` puts what it fetches: front-end copies, and the fonts of the PDF."""

from pathlib import Path

VENDOR = Path(__file__).resolve().parent.parent / "static" / "vendor"
