"""The app: `streamlit run app/main.py`."""

from pathlib import Path

import streamlit as st

st.set_page_config(page_title="embspace", page_icon=":material/scatter_plot:", layout="wide")
st.html(Path(__file__).with_name("page.css"))
st.navigation([st.Page("views/projection.py", title="Map", default=True)], position="hidden").run()
