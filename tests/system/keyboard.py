"""Presses keys on a virtual screen, as a keyboard would: through the X server's test extension."""

from __future__ import annotations

import ctypes
import ctypes.util
from typing import Self

_RAISED = 1  # RevertToPointerRoot


def missing_libraries() -> list[str]:
    """Return what of the X libraries is not there."""
    return [name for name in ("X11", "Xtst") if ctypes.util.find_library(name) is None]


class Keyboard:
    """A keyboard at a display; a context manager.

    Without a window manager nobody gives a window the focus: `use` does.
    """

    def __init__(self, display: str) -> None:
        self._x = ctypes.CDLL(ctypes.util.find_library("X11"))
        self._test = ctypes.CDLL(ctypes.util.find_library("Xtst"))
        self._x.XOpenDisplay.restype = ctypes.c_void_p
        self._x.XDefaultRootWindow.restype = ctypes.c_ulong
        self._x.XStringToKeysym.restype = ctypes.c_ulong
        self._x.XKeysymToKeycode.restype = ctypes.c_ubyte
        self._display = ctypes.c_void_p(self._x.XOpenDisplay(display.encode()))
        assert self._display, f"no display {display}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._x.XCloseDisplay(self._display)

    def use(self, title: str) -> bool:
        """Type into the window whose title begins so, from now on; False if there is none."""
        root = ctypes.c_ulong(self._x.XDefaultRootWindow(self._display))
        above, parent, count = ctypes.c_ulong(), ctypes.c_ulong(), ctypes.c_uint()
        windows = ctypes.POINTER(ctypes.c_ulong)()
        self._x.XQueryTree(
            *(self._display, root, ctypes.byref(above), ctypes.byref(parent)),
            *(ctypes.byref(windows), ctypes.byref(count)),
        )
        found = False
        for k in range(count.value):
            window, name = ctypes.c_ulong(windows[k]), ctypes.c_char_p()
            named = self._x.XFetchName(self._display, window, ctypes.byref(name))
            if named and (name.value or b"").startswith(title.encode()):
                self._x.XSetInputFocus(self._display, window, _RAISED, ctypes.c_ulong(0))
                found = True
                break
        self._x.XSync(self._display, 0)
        return found

    def press(self, key: str, *, shift: bool = False) -> None:
        """Press and let go of a key, by its X name."""
        keys = ["Shift_L"] * shift + [key]
        for name in keys:
            self._key(name, down=True)
        for name in reversed(keys):
            self._key(name, down=False)
        self._x.XSync(self._display, 0)

    def _key(self, name: str, *, down: bool) -> None:
        symbol = ctypes.c_ulong(self._x.XStringToKeysym(name.encode()))
        code = self._x.XKeysymToKeycode(self._display, symbol)
        self._test.XTestFakeKeyEvent(self._display, code, int(down), ctypes.c_ulong(0))
