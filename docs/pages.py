"""What of the documentation is made when it is built: the README, the notebooks with their figures, the reference."""

from __future__ import annotations

import ast
import json
from importlib import import_module
from pathlib import Path
from typing import Any

import nbformat
import plotly
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from nbconvert import MarkdownExporter

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "embspace"
FOUNDATIONS = ("errors", "progress", "storage", "workspace")
ROOMS = ("corpora", "encoders", "spaces", "analyses", "training", "jobs", "figures", "workflows")
FIGURE = "application/vnd.plotly.v1+json"
PLOTLY = "plotly.min.js"


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """The navigation, in which every notebook, room and page of this folder has its place."""
    docs = Path(config.docs_dir)
    written = sorted(path.name for path in docs.glob("*.md"))
    config.nav = [
        {"Start": "index.md"},
        {"Notebooks": [f"notebooks/{path.stem}.md" for path in _notebooks()]},
        {"Reference": ["api/index.md", *({room: f"api/{room}.md"} for room in (*ROOMS, "foundations"))]},
        {"Studies": ["studies.md", *sorted(f"studies/{path.name}" for path in docs.glob("studies/*.md"))]},
        {"Project": [one for one in written if one != "studies.md"]},
    ]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds the pages that are made."""
    made: dict[str, str] = {"index.md": (ROOT / "README.md").read_text("utf-8").replace("](docs/", "](")}
    for path in _notebooks():
        made[f"notebooks/{path.stem}.md"], made[f"notebooks/{path.stem}.js"] = notebook_page(path)
    made["api/index.md"] = door_page()
    made |= {f"api/{room}.md": room_page(room) for room in ROOMS}
    made["api/foundations.md"] = "\n\n".join(["# foundations", *(f"::: embspace.{name}" for name in FOUNDATIONS)])
    for path, content in made.items():
        files.append(File.generated(config, path, content=content))
    drawing = Path(plotly.__file__).parent / "package_data" / PLOTLY
    files.append(File.generated(config, f"notebooks/{PLOTLY}", abs_src_path=str(drawing)))
    return files


def notebook_page(path: Path) -> tuple[str, str]:
    """A notebook as Markdown with a place for every figure, and the script that draws them there."""
    notebook: Any = nbformat.read(path, as_version=4)
    figures: dict[str, Any] = {}
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            if figure := output.get("data", {}).get(FIGURE):
                name = f"figure-{len(figures)}"
                figures[name] = {key: figure[key] for key in ("data", "layout", "frames") if key in figure}
                height = figure["layout"].get("height", 450)
                place = f'<div class="figure" id="{name}" style="height: {height}px"></div>'
                output["data"] = nbformat.from_dict({"text/html": place})
    text, _ = MarkdownExporter().from_notebook_node(notebook)
    lines = [
        "const settings = {responsive: true, displaylogo: false};",
        *(
            f'Plotly.newPlot("{name}", {{...{json.dumps(figure)}, config: settings}});'
            for name, figure in figures.items()
        ),
    ]
    scripts = f'<script src="{PLOTLY}"></script>\n<script src="{path.stem}.js"></script>'
    return f"---\nhide: [toc]\n---\n\n{text}\n\n{scripts}\n", "\n".join(lines)


def room_page(room: str) -> str:
    """The reference of a room: its modules with something public, in alphabetical order."""
    told = ast.get_docstring(ast.parse((SOURCE / room / "__init__.py").read_text("utf-8"))) or ""
    files = [path for path in sorted((SOURCE / room).rglob("*.py")) if _public(path)]
    names = [".".join(path.relative_to(SOURCE).with_suffix("").parts) for path in files]
    blocks = "\n\n".join(f"::: embspace.{name}" for name in names)
    return f"# {room}\n\n{told}\n\n{blocks}\n"


def door_page() -> str:
    """Every verb of `import embspace as es`, and every figure, with a link to its reference."""
    parts = ["# Reference\n\nAs `import embspace as es` offers them."]
    for module, prefix in (("embspace", "es."), ("embspace.figures", "es.figures.")):
        rows = [
            f"| [`{prefix}{name}`][{home}.{name}] | {_first_line(home, name)} |"
            for name, home in sorted(import_module(module)._DOORS.items())
        ]
        parts.append("\n".join(["| name | |", "|---|---|", *rows]))
    return "\n\n".join(parts) + "\n"


def _notebooks() -> list[Path]:
    return sorted((ROOT / "notebooks").glob("*.ipynb"))


def _public(path: Path) -> bool:
    definitions = (ast.FunctionDef, ast.ClassDef)
    body = ast.parse(path.read_text("utf-8")).body
    return path.stem != "__init__" and any(isinstance(one, definitions) and one.name[0] != "_" for one in body)


def _first_line(module: str, name: str) -> str:
    path = SOURCE.joinpath(*module.split(".")[1:]).with_suffix(".py")
    for one in ast.parse(path.read_text("utf-8")).body:
        if isinstance(one, (ast.FunctionDef, ast.ClassDef)) and one.name == name:
            return (ast.get_docstring(one) or "").partition("\n")[0].replace("|", r"\|")
    return ""
