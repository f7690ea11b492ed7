"""Write what the product is made of, from its locks, as CycloneDX: ``make sbom``.

Needs nothing but Python: the locks say names, versions and hashes of all that is installed.
"""

import base64
import json
import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCKS = {"runtime.txt": "required", "server.txt": "optional", "dev.txt": "excluded"}
"""Lock → the scope of what stands in it; what stands in several takes the first."""


def components() -> list[dict[str, object]]:
    """Return everything that the locks name, by kind and name."""
    found: dict[str, dict[str, object]] = {}
    for lock, scope in LOCKS.items():
        text = (ROOT / "requirements" / lock).read_text(encoding="utf-8")
        for entry in re.split(r"\n(?=\S)", text.strip()):
            match = re.match(r"([a-z0-9][a-z0-9._-]*)(?:\[[^\]]*\])?==([^\s;\\]+)", entry)
            if match is None:
                msg = f"{lock}: cannot read {entry[:60]!r}"
                raise ValueError(msg)
            purl = f"pkg:pypi/{match[1]}@{match[2]}"
            hashes = re.findall(r"--hash=sha256:([0-9a-f]{64})", entry)
            found.setdefault(
                purl, component(purl, match[1], match[2], scope, [("SHA-256", h) for h in hashes])
            )
    packages = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    for path, package in packages.items():
        if not path:
            continue
        name = path.rpartition("node_modules/")[2]
        purl = f"pkg:npm/{name.replace('@', '%40')}@{package['version']}"
        digest = base64.b64decode(package["integrity"].removeprefix("sha512-")).hex()
        scope = "excluded" if package.get("dev") else "required"
        found[purl] = component(purl, name, package["version"], scope, [("SHA-512", digest)])
    return [found[purl] for purl in sorted(found)]


def component(
    purl: str, name: str, version: str, scope: str, hashes: list[tuple[str, str]]
) -> dict[str, object]:
    """Return one component; several hashes are those of its files for several platforms."""
    result: dict[str, object] = {
        "type": "library",
        "bom-ref": purl,
        "name": name,
        "version": version,
        "purl": purl,
        "scope": scope,
    }
    if len(hashes) == 1:
        result["hashes"] = [{"alg": alg, "content": content} for alg, content in hashes]
    else:
        result["properties"] = [{"name": f"hash:{alg}", "value": value} for alg, value in hashes]
    return result


def document() -> dict[str, object]:
    """Return the whole bill; the same locks give the same bytes."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        project = tomllib.load(file)["project"]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": "spm",
                "name": project["name"],
                "version": project["version"],
                "licenses": [{"license": {"id": project["license"]}}],
            }
        },
        "components": components(),
    }


def main() -> int:
    """Write the file that is named, or instance/sbom.json."""
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "instance" / "sbom.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    bill = document()
    path.write_text(json.dumps(bill, indent=1) + "\n", encoding="utf-8")
    print(f"{path}: {len(components())} components")
    return 0


if __name__ == "__main__":
    sys.exit(main())
