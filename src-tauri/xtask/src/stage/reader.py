"""Says as JSON what a screen reader finds in the windows of a program, in order."""

import json
import sys

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, GLib  # noqa: E402


def text(thing):
    """What stands in it, where that is not its name."""
    words = thing.get_text_iface()
    return Atspi.Text.get_text(words, 0, -1) if words else ""


def read(thing, found):
    states = thing.get_state_set()
    if not states.contains(Atspi.StateType.SHOWING):
        return
    found.append(
        {
            "role": thing.get_role_name(),
            "name": thing.get_name() or "",
            "text": text(thing),
            "more": thing.get_description() or "",
            "labelled": [
                relation.get_target(0).get_name()
                for relation in thing.get_relation_set()
                if relation.get_relation_type() == Atspi.RelationType.LABELLED_BY
            ],
            "focused": states.contains(Atspi.StateType.FOCUSED),
            "enabled": states.contains(Atspi.StateType.SENSITIVE),
            "checked": states.contains(Atspi.StateType.CHECKED),
        }
    )
    for at in range(thing.get_child_count()):
        child = thing.get_child_at_index(at)
        if child is not None:
            read(child, found)


def windows(program):
    desktop = Atspi.get_desktop(0)
    for at in range(desktop.get_child_count()):
        known = desktop.get_child_at_index(at)
        if known is not None and known.get_name() == program:
            for number in range(known.get_child_count()):
                window = known.get_child_at_index(number)
                if window is not None and window.get_name() == sys.argv[2]:
                    yield window


Atspi.init()
found = []
try:
    for window in windows(sys.argv[1]):
        read(window, found)
except GLib.Error:
    # It changed while it was read.
    found = []
print(json.dumps(found))
