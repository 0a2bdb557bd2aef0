"""The tray of a desktop, as far as the session bus goes: it takes up one program's icon, writes down what its menu says,
and clicks in it.

argv: a file for what is seen (JSON), and a file in which the text of the line to be clicked appears.
"""

import json
import os
import sys

import gi

gi.require_version("Gio", "2.0")
from gi.repository import Gio, GLib  # noqa: E402

seen_file, click_file = sys.argv[1:3]
WATCHER = Gio.DBusNodeInfo.new_for_xml(
    """<node><interface name="org.kde.StatusNotifierWatcher">
    <method name="RegisterStatusNotifierItem"><arg type="s" direction="in"/></method>
    <method name="RegisterStatusNotifierHost"><arg type="s" direction="in"/></method>
    <property name="RegisteredStatusNotifierItems" type="as" access="read"/>
    <property name="IsStatusNotifierHostRegistered" type="b" access="read"/>
    <property name="ProtocolVersion" type="i" access="read"/>
    <signal name="StatusNotifierItemRegistered"><arg type="s"/></signal>
    <signal name="StatusNotifierHostRegistered"/></interface></node>"""
)
MENU = "com.canonical.dbusmenu"
bus = Gio.bus_get_sync(Gio.BusType.SESSION)
item = None


def called(_bus, sender, _path, _interface, method, arguments, invocation):
    global item
    if method == "RegisterStatusNotifierItem":
        name = arguments.unpack()[0]
        item = (sender, name) if name.startswith("/") else (name, "/StatusNotifierItem")
    invocation.return_value(None)


def read(_bus, _sender, _path, _interface, name):
    if name == "RegisteredStatusNotifierItems":
        return GLib.Variant("as", ["".join(item)] if item else [])
    return GLib.Variant("b", True) if name == "IsStatusNotifierHostRegistered" else GLib.Variant("i", 0)


def call(path, interface, method, arguments):
    return bus.call_sync(item[0], path, interface, method, arguments, None, Gio.DBusCallFlags.NONE, 2000, None)


def look():
    try:
        look_now()
    except GLib.Error:
        # The program has gone, or is about to show something else.
        write({"there": False})
    return True


def write(what):
    with open(seen_file + ".new", "w") as file:
        json.dump(what, file)
    os.rename(seen_file + ".new", seen_file)


def look_now():
    if item is None:
        return
    arguments = GLib.Variant("(s)", ("org.kde.StatusNotifierItem",))
    about = call(item[1], "org.freedesktop.DBus.Properties", "GetAll", arguments).unpack()[0]
    menu = about["Menu"]
    layout = call(menu, MENU, "GetLayout", GLib.Variant("(iias)", (0, -1, []))).unpack()
    lines = [(one[0], one[1].get("label", "")) for one in layout[1][2] if one[1].get("type") != "separator"]
    icon = os.path.join(about.get("IconThemePath", ""), os.path.basename(about.get("IconName", "")))
    label = about.get("XAyatanaLabel", "")
    write({"there": True, "lines": [text for _, text in lines], "label": label, "icon": icon})
    if os.path.exists(click_file):
        with open(click_file) as file:
            wanted = file.read()
        for number, text in lines:
            if text == wanted:
                os.remove(click_file)
                clicked = GLib.Variant("(isvu)", (number, "clicked", GLib.Variant("i", 0), 0))
                call(menu, MENU, "Event", clicked)
                break


bus.register_object("/StatusNotifierWatcher", WATCHER.interfaces[0], called, read, None)
Gio.bus_own_name_on_connection(bus, "org.kde.StatusNotifierWatcher", Gio.BusNameOwnerFlags.NONE, None, None)
GLib.timeout_add(150, look)
GLib.MainLoop().run()
