"""Write the lock files anew from pyproject.toml and package.json. For developers: needs uv and npm.

No lock names a registry's address: pip and npm use the ones they are set up with, and the hashes
decide whether what they got is what was locked.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UV = [
    "uv", "pip", "compile", "--quiet", "--universal", "--python-version", "3.11",
    "--generate-hashes", "--no-annotate", "--no-header",
]  # fmt: skip
LOCKS = {
    "requirements/runtime.txt": ["pyproject.toml"],
    "requirements/server.txt": ["pyproject.toml", "--extra", "postgres", "--extra", "redis"],
    "requirements/assets.txt": ["--group", "assets"],
    "requirements/dev.txt": ["pyproject.toml", "--all-extras", "--group", "dev"],
}
NPM = ["npm", "install", "--package-lock-only", "--ignore-scripts"]


def main(arguments: list[str]) -> None:
    """Lock again; ``--upgrade`` takes the newest releases that pyproject.toml allows."""
    for lock, sources in LOCKS.items():
        command = [*UV, *sources, "--output-file", lock, *arguments]
        if lock == "requirements/runtime.txt":
            subprocess.run(command, check=True, cwd=ROOT)
        else:  # the same versions everywhere
            subprocess.run(
                [*command, "--constraint", "requirements/runtime.txt"], check=True, cwd=ROOT
            )
    subprocess.run([*NPM, "--omit-lockfile-registry-resolved"], check=True, cwd=ROOT)


if __name__ == "__main__":
    main(sys.argv[1:])
