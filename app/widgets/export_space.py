"""A stored space for other programs: which format, which layer, and where to."""

from __future__ import annotations

import re

import streamlit as st

import state
from embspace.errors import EmbspaceError
from embspace.spaces.shelf import StoredSpace
from embspace.workflows.settings import from_json
from embspace.workflows.spaces import ExportConfig
from widgets.say import say_error

KINDS = {"zarr": "Zarr", "safetensors": "safetensors", "numpy": "NumPy", "projector": "Projector"}
ENDS = {"zarr": ".zarr", "safetensors": ".safetensors", "numpy": "", "projector": "-projector"}
HELP = {
    "zarr": "A Zarr group, format 3: `vectors` by layer, word and dimension, and the words.",
    "safetensors": "One file with a tensor per layer; the words in a Parquet file beside it.",
    "numpy": "A folder with a `.npy` file per layer and the words in Parquet.",
    "projector": "A folder that the TensorBoard Projector opens: one layer, and what is known of each word.",
}


@st.dialog("Export this space", on_dismiss="rerun")
def export_space(one: StoredSpace) -> None:
    """Choose and start the export; what is wrong with the settings is said."""
    state.in_dialog(True)
    kind = st.segmented_control(
        "Format", list(KINDS), default="zarr", format_func=KINDS.__getitem__, key="export_kind", required=True
    )
    st.caption(HELP[kind])
    layers = None
    if kind == "projector":
        layers = [st.selectbox("Layer", one.layers, len(one.layers) - 1, key="export_layer", help="0: the embeddings")]
    output = st.text_input("To", target(one, kind, layers), key=f"export_to_{one.path.name}_{kind}_{layers}")
    force = st.checkbox("Replace an export that is there", key="export_force")
    if st.button("Export", key="export_now", type="primary"):
        settings = {"space": one.path.name, "output": output, "kind": kind, "layers": layers, "force": force}
        try:
            state.begin("export", from_json(ExportConfig, settings))
        except EmbspaceError as error:
            say_error(str(error))
            return
        st.rerun()


def target(one: StoredSpace, kind: str, layers: list[int] | None) -> str:
    """Where an export goes if nothing else is said: a name of its own in the workspace."""
    checkpoint = re.sub(r"[^\w.-]+", "-", str(one.recipe.get("checkpoint", "space"))).strip("-.")[-40:]
    layer = f"-layer-{layers[0]:02d}" if layers else ""
    folder = state.workspace().root / "exports"
    return str(folder / f"{checkpoint or 'space'}-{one.path.name[:12]}{layer}{ENDS[kind]}")
