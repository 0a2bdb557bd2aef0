"""A window that takes files which are dropped on it, as a file manager's does: it copies them into a folder.

Its title says what it sees: "Catcher", "Catcher over" while files are held over it, "Catcher has N" after the Nth drop.
"""

import os
import shutil
import sys

import gi

gi.require_version("Gdk", "3.0")
gi.require_version("Gtk", "3.0")
from gi.repository import Gdk, GLib, Gtk  # noqa: E402

folder = sys.argv[1]
drops = 0

window = Gtk.Window(title="Catcher")
window.set_default_size(260, 180)
window.set_keep_above(True)
window.add(Gtk.Label(label="Drop files here"))
window.drag_dest_set(Gtk.DestDefaults.ALL, [Gtk.TargetEntry.new("text/uri-list", 0, 0)], Gdk.DragAction.COPY)


def over(_widget, _context, _x, _y, _time):
    window.set_title("Catcher over")
    return False


def gone(_widget, _context, _time):
    window.set_title("Catcher")


def received(_widget, _context, _x, _y, data, _info, _time):
    global drops
    for uri in data.get_uris():
        path, _host = GLib.filename_from_uri(uri)
        there = os.path.join(folder, os.path.basename(path))
        if os.path.isdir(path):
            shutil.copytree(path, there)
        else:
            shutil.copy2(path, there)
    drops += 1
    window.set_title(f"Catcher has {drops}")


window.connect("drag-motion", over)
window.connect("drag-leave", gone)
window.connect("drag-data-received", received)
window.connect("destroy", Gtk.main_quit)
window.show_all()
Gtk.main()
