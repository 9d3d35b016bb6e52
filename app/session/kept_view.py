"""A page's view between the address, the session and the widgets: each says it to the others, and the newest counts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

import streamlit as st

Address = dict[str, list[str]]


class Addressed(Protocol):
    """What an address can say."""

    def to_address(self) -> Mapping[str, Any]:
        """Its query parameters."""
        ...


View = TypeVar("View", bound=Addressed)


@dataclass(frozen=True, slots=True)
class KeptView(Generic[View]):
    """The view of a kind of page in this session.

    Attributes:
        name: of the view in the session's state.
        address: there, of the address that was read or said last.
        notices: there, of what of the address was not possible.
        generation: there, of the number in the keys of widgets.
        read: the view that an address asks for, and what of it is not possible.
    """

    name: str
    address: str
    notices: str
    generation: str
    read: Callable[[Address], tuple[View, list[str]]]

    def view(self, page: str) -> View:
        """What the address asks for when it was opened or changed by hand, else the view as it was left."""
        session, address = st.session_state, read_address()
        session.setdefault(self.generation, 0)
        if arrive(page) and not address and self.name in session:
            session[self.address] = {}  # back from another page: the address says the view again
        elif session.get(self.address) != address:
            session[self.name], session[self.notices] = self.read(address)
            # Widgets keep their value under their key; new keys make them take those of the address.
            session[self.generation] += 1
            session[self.address] = address
        return session[self.name]

    def not_possible(self) -> list[str]:
        """What of the address was not possible; empty once something else was chosen."""
        return st.session_state[self.notices]

    def key(self, page: str, name: str) -> str:
        """The key of a widget of a page, stable until the address is changed by hand."""
        return f"{page}_{name}_{st.session_state.get(self.generation, 0)}"

    def keep(self, view: View, told: bool = True) -> None:
        """Make a view this session's, and the address say it; `told`: the widgets show it already."""
        session = st.session_state
        if view != session[self.name]:
            session[self.name], session[self.notices] = view, []
            session[self.generation] += not told
        say_address(self.address, view.to_address())


def arrive(page: str) -> bool:
    """Whether this session comes from another page, or is new."""
    before = st.session_state.get("page")
    st.session_state["page"] = page
    return before != page


def read_address() -> Address:
    """The query parameters, each with all its values."""
    return {name: st.query_params.get_all(name) for name in st.query_params}


def say_address(place: str, parameters: Mapping[str, Any]) -> None:
    """Make the address say parameters, where that of the session's state at `place` says others."""
    address = {name: value if isinstance(value, list) else [value] for name, value in parameters.items()}
    if address != st.session_state[place]:
        st.session_state[place] = address
        st.query_params.from_dict(parameters)
