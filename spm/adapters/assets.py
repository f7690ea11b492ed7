"""The files that ``make setup`` fetches: front-end copies, and the fonts of the PDF."""

from pathlib import Path

from spm.domain.errors import SpmError

VENDOR = Path(__file__).resolve().parent.parent / "static" / "vendor"


class AssetMissing(SpmError):
    """A fetched file is not there: ``make setup`` has not been run."""

    code = "asset-missing"


def vendor_path(name: str) -> Path:
    """Return a fetched file by its name below ``spm/static/vendor``.

    Raises:
        AssetMissing: The front-end files have not been fetched.
    """
    path = VENDOR / name
    if not path.is_file():
        raise AssetMissing(name=name)
    return path
