"""Who may use an endpoint of the desk.

Each endpoint says so itself: by one of these decorators, or by loading what it works on with a
function whose name ends in ``_for`` and takes the person. A test finds those that do neither.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import abort
from flask_login import current_user

from ..accounts.models import Person

View = Callable[..., Any]


def everyone(person: Person) -> bool:
    return True


def every_editor(person: Person) -> bool:
    return person.edits_all


def every_chief(person: Person) -> bool:
    return person.is_chief


def anyone(view: View) -> View:
    """Whoever is signed in: the view shows and changes only what is the person's own."""
    return _marked(view)


def editors(view: View) -> View:
    """:raises Forbidden: a writer."""
    return _only(every_editor, view)


def chiefs(view: View) -> View:
    """:raises Forbidden: anyone but the editor-in-chief."""
    return _only(every_chief, view)


def _only(may: Callable[[Person], bool], view: View) -> View:
    @wraps(view)
    def checked(*args: Any, **kwargs: Any) -> Any:
        if not may(current_user):
            abort(403)
        return view(*args, **kwargs)

    return _marked(checked)


def _marked(view: View) -> View:
    view.says_who = True  # type: ignore[attr-defined]
    return view
