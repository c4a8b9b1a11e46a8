"""The error that a user is meant to read."""

from __future__ import annotations


class UserError(Exception):
    """Something the user can mend. Its text is one sentence: what is wrong and what to do.

    On the command line it ends the program with exit code 2; in the window it becomes a
    non-blocking message.
    """
