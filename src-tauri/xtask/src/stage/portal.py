"""The portal of a Wayland desktop, as far as the session bus goes: whoever asks for the screen gets a node of PipeWire,
and every key and motion is written down.

argv: the name of the node to show, a file for what was asked (a line of JSON each), and yes or no.
"""

import json
import os
import socket
import subprocess
import sys
import threading
import time

import gi

gi.require_version("Gio", "2.0")
from gi.repository import Gio, GLib  # noqa: E402

node, asked, answer = sys.argv[1:4]
OBJECT = "/org/freedesktop/portal/desktop"
INTERFACES = Gio.DBusNodeInfo.new_for_xml(
    """<node>
  <interface name="org.freedesktop.portal.ScreenCast">
    <method name="SelectSources"><arg type="o" direction="in"/><arg type="a{sv}" direction="in"/>
      <arg type="o" direction="out"/></method>
    <method name="OpenPipeWireRemote"><arg type="o" direction="in"/><arg type="a{sv}" direction="in"/>
      <arg type="h" direction="out"/></method>
    <property name="AvailableCursorModes" type="u" access="read"/>
    <property name="version" type="u" access="read"/>
  </interface>
  <interface name="org.freedesktop.portal.RemoteDesktop">
    <method name="CreateSession"><arg type="a{sv}" direction="in"/><arg type="o" direction="out"/></method>
    <method name="SelectDevices"><arg type="o" direction="in"/><arg type="a{sv}" direction="in"/>
      <arg type="o" direction="out"/></method>
    <method name="Start"><arg type="o" direction="in"/><arg type="s" direction="in"/>
      <arg type="a{sv}" direction="in"/><arg type="o" direction="out"/></method>
    <method name="NotifyPointerMotionAbsolute"><arg type="o" direction="in"/><arg type="a{sv}" direction="in"/>
      <arg type="u" direction="in"/><arg type="d" direction="in"/><arg type="d" direction="in"/></method>
    <method name="NotifyPointerButton"><arg type="o" direction="in"/><arg type="a{sv}" direction="in"/>
      <arg type="i" direction="in"/><arg type="u" direction="in"/></method>
    <method name="NotifyPointerAxisDiscrete"><arg type="o" direction="in"/><arg type="a{sv}" direction="in"/>
      <arg type="u" direction="in"/><arg type="i" direction="in"/></method>
    <method name="NotifyKeyboardKeycode"><arg type="o" direction="in"/><arg type="a{sv}" direction="in"/>
      <arg type="i" direction="in"/><arg type="u" direction="in"/></method>
    <method name="NotifyKeyboardKeysym"><arg type="o" direction="in"/><arg type="a{sv}" direction="in"/>
      <arg type="i" direction="in"/><arg type="u" direction="in"/></method>
    <property name="AvailableDeviceTypes" type="u" access="read"/>
    <property name="version" type="u" access="read"/>
  </interface>
  <interface name="org.freedesktop.portal.Session">
    <method name="Close"/>
  </interface></node>"""
)
PROPERTIES = {"AvailableCursorModes": 7, "AvailableDeviceTypes": 7, "version": 2}
bus = Gio.bus_get_sync(Gio.BusType.SESSION)
log = open(asked, "a", buffering=1)


def node_id():
    """The number of the node that is shown."""
    for thing in json.loads(subprocess.check_output(["pw-dump"])):
        props = (thing.get("info") or {}).get("props") or {}
        if thing["type"].endswith(":Node") and props.get("node.name") == node:
            return thing["id"]
    raise RuntimeError(f"PipeWire has no node {node}")


def link():
    """What a session manager does for whoever looks: it connects him with the node."""
    for _ in range(200):
        ports = subprocess.run(["pw-link", "-i"], capture_output=True, text=True).stdout.split()
        for port in ports:
            if port.startswith("deskhand-screen:"):
                subprocess.run(["pw-link", f"{node}:out_0", port], stderr=subprocess.DEVNULL)
                return
        time.sleep(0.05)


def respond(sender, options, code, results):
    path = f"{OBJECT}/request/{sender[1:].replace('.', '_')}/{options['handle_token']}"
    said = GLib.Variant("(ua{sv})", (code, results))

    def say():
        bus.emit_signal(sender, path, "org.freedesktop.portal.Request", "Response", said)

    GLib.timeout_add(50, say)
    return GLib.Variant("(o)", (path,))


def call(_, sender, path, interface, method, parameters, invocation):
    said = parameters.unpack()
    log.write(json.dumps({"method": method, "said": said}) + "\n")
    if method == "CreateSession":
        session = f"{OBJECT}/session/{sender[1:].replace('.', '_')}/{said[0]['session_handle_token']}"
        bus.register_object(session, INTERFACES.interfaces[2], call, None, None)
        results = {"session_handle": GLib.Variant("s", session)}
        invocation.return_value(respond(sender, said[0], 0, results))
    elif method in ("SelectDevices", "SelectSources"):
        invocation.return_value(respond(sender, said[1], 0, {}))
    elif method == "Start":
        facts = {"position": GLib.Variant("(ii)", (0, 0)), "size": GLib.Variant("(ii)", (640, 480))}
        results = {
            "devices": GLib.Variant("u", 3),
            "streams": GLib.Variant("a(ua{sv})", [(node_id(), facts)]),
            "restore_token": GLib.Variant("s", "again"),
        }
        yes = answer == "yes"
        invocation.return_value(respond(sender, said[2], 0 if yes else 1, results if yes else {}))
    elif method == "OpenPipeWireRemote":
        line = socket.socket(socket.AF_UNIX)
        line.connect(os.path.join(os.environ["XDG_RUNTIME_DIR"], "pipewire-0"))
        threading.Thread(target=link, daemon=True).start()
        descriptors = Gio.UnixFDList.new_from_array([line.detach()])
        invocation.return_value_with_unix_fd_list(GLib.Variant("(h)", (0,)), descriptors)
    else:
        invocation.return_value(None)


def read(_, sender, path, interface, name):
    return GLib.Variant("u", PROPERTIES[name])


for interface in INTERFACES.interfaces[:2]:
    bus.register_object(OBJECT, interface, call, read, None)
Gio.bus_own_name_on_connection(
    bus,
    "org.freedesktop.portal.Desktop",
    Gio.BusNameOwnerFlags.NONE,
    lambda *_: log.write(json.dumps({"method": "there", "said": []}) + "\n"),
    None,
)
GLib.MainLoop().run()
