"""Run every benchmark: ``python -m bench``, or those named: ``python -m bench figures``."""

import sys

from bench import figures, imports, packs, pages

BENCHMARKS = {
    "figures": figures.run,
    "import": imports.run,
    "pages": pages.run,
    "packs": packs.run,
}


def main() -> int:
    """Run what was asked for; 2 where there is no such benchmark."""
    names = sys.argv[1:] or list(BENCHMARKS)
    if unknown := set(names) - set(BENCHMARKS):
        print(
            f"no benchmark is called {', '.join(sorted(unknown))}; there are {', '.join(BENCHMARKS)}"
        )
        return 2
    for name in names:
        print(f"\n{name}")
        BENCHMARKS[name]()
    return 0


if __name__ == "__main__":
    sys.exit(main())
