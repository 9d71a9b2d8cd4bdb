"""Makes a bill of materials (CycloneDX 1.5) of what `cargo metadata` tells: all that is built into the program."""

import json
import sys
import tomllib
from pathlib import Path


def built_in(metadata: dict) -> dict[str, list[str]]:
    """Each package that is built into the program, and what it depends on; not what only its tests need."""
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    needs: dict[str, list[str]] = {}
    wanted = [metadata["resolve"]["root"]]
    while wanted:
        package = wanted.pop()
        if package in needs:
            continue
        kinds = {dep["pkg"]: {kind["kind"] for kind in dep["dep_kinds"]} for dep in nodes[package]["deps"]}
        needs[package] = sorted(name for name, kind in kinds.items() if kind & {None, "build"})
        wanted += needs[package]
    return needs


def component(package: dict, hashes: dict[tuple[str, str], str]) -> dict:
    """A package as CycloneDX tells it."""
    name, version = package["name"], package["version"]
    told = {
        "type": "library",
        "bom-ref": package["id"],
        "name": name,
        "version": version,
        "purl": f"pkg:cargo/{name}@{version}",
        "licenses": [{"expression": package["license"].replace("/", " OR ")}] if package["license"] else [],
    }
    if digest := hashes.get((name, version)):
        told["hashes"] = [{"alg": "SHA-256", "content": digest}]
    return told


def main() -> None:
    """Reads what cargo tells, and writes the bill."""
    metadata = json.load(sys.stdin)
    lock = tomllib.loads(Path("Cargo.lock").read_text())
    hashes = {(p["name"], p["version"]): p["checksum"] for p in lock["package"] if "checksum" in p}
    packages = {package["id"]: package for package in metadata["packages"]}
    needs = built_in(metadata)
    root = metadata["resolve"]["root"]
    components = [component(packages[name], hashes) for name in sorted(needs) if name != root]
    unknown = [told["name"] for told in components if not told["licenses"]]
    if unknown:
        sys.exit(f"no licence is told of {', '.join(unknown)}; deny.toml must clarify it")
    bill = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": component(packages[root], hashes) | {"type": "application"}},
        "components": components,
        "dependencies": [{"ref": name, "dependsOn": needs[name]} for name in sorted(needs)],
    }
    json.dump(bill, sys.stdout, indent=1)
    print()


main()
