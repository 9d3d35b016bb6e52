"""The app: `streamlit run app/main.py`."""

from pathlib import Path

import streamlit as st

HERE = Path(__file__).parent

st.set_page_config(page_title="embspace", page_icon=str(HERE / "icon.svg"), layout="wide")
st.html(HERE / "page.css")
st.navigation(
    [st.Page("views/projection.py", title="Map", default=True), st.Page("views/spaces.py", title="Spaces")]
).run()
