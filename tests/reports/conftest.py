"""Fonts for the reports, and what a reader finds in a PDF."""

import io
import shutil
import subprocess
from collections.abc import Callable

import pytest
from pypdf import PdfReader

from spm.adapters.assets import VENDOR
from spm.reports import fonts


@pytest.fixture(scope="session", autouse=True)
def _registered() -> None:
    """The typefaces; skips where nobody has fetched them."""
    try:
        fonts.register(VENDOR / "fonts")
    except fonts.FontsMissing:
        pytest.skip("the fonts of the PDF are not fetched: run make setup")


@pytest.fixture
def text_of() -> Callable[[bytes], str]:
    """The text of a PDF as poppler finds it, the pages one after another."""
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not installed")

    def read(pdf: bytes) -> str:
        done = subprocess.run(
            ["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True
        )
        return done.stdout.decode()

    return read


@pytest.fixture
def fonts_of() -> Callable[[bytes], set[tuple[str, bool]]]:
    """The fonts of a PDF: name without its subset's tag, and whether it is embedded."""

    def read(pdf: bytes) -> set[tuple[str, bool]]:
        found = set()
        for page in PdfReader(io.BytesIO(pdf)).pages:
            resources = page["/Resources"].get_object()
            for font in resources.get("/Font", {}).values():  # type: ignore[union-attr]
                face = font.get_object()
                described = face.get("/FontDescriptor")
                embedded = described is not None and "/FontFile2" in described.get_object()
                found.add((str(face["/BaseFont"]).split("+")[-1].lstrip("/"), embedded))
        return found

    return read
