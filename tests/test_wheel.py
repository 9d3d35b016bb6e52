"""The wheel carries the data and the embedded model: installed elsewhere, it works there."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
USE = """
import embspace as es
from embspace.studies.published import published
from embspace.studies.report import _template
from embspace.workspace import data_folder
assert published("exploring", "table-2") and _template()
print(es.__file__)
print(data_folder())
space = es.extract("mini", es.synthetic_ner(["be", "tr"], entity="Washington", per_type=2))
print(space.n_layers, space.n_words, *sorted(set(space.words["text"])))
"""


def test_an_installed_wheel_works_in_another_folder(tmp_path: Path) -> None:
    site, elsewhere = tmp_path / "site", tmp_path / "elsewhere"
    elsewhere.mkdir()
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "-o", str(tmp_path), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    wheel = next(tmp_path.glob("*.whl"))
    install = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "-q",
        "--no-deps",
        "--no-index",
        "--target",
        str(site),
        str(wheel),
    ]
    subprocess.run(install, check=True, capture_output=True)
    run = subprocess.run(
        [sys.executable, "-c", USE],
        cwd=elsewhere,
        env={**os.environ, "PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    package, data, found = run.stdout.splitlines()
    assert package.startswith(str(site)) and data.startswith(str(site))
    assert found.startswith("5 8 ") and "Вашынгтон" in found and "Vaşington" in found
