"""Reading files: regular ones only, of bounded size.

A name that ends in ``.yaml`` or ``.csv`` may still be a pipe without a writer or a device without
end. So a file is opened without waiting, and what was opened is asked what it is: nothing can be
exchanged between the question and the reading.
"""

from __future__ import annotations

import errno
import os
import stat

__all__ = ["read_regular_file"]

_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_NONBLOCK", 0)  # systems without pipes in folders have no need of it
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_BINARY", 0)
)


def read_regular_file(path: str | os.PathLike[str], limit: int) -> bytes:
    """Return the first `limit` + 1 bytes of a regular file: more than `limit` is too long.

    Raises
    ------
    OSError
        If there is no such file, or it is a folder, a pipe, a socket or a device.
    ValueError, TypeError
        If `path` cannot be a path.
    """
    descriptor = os.open(os.fspath(path), _FLAGS)
    try:
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, "is a folder")
        if not stat.S_ISREG(mode):
            raise OSError(errno.EINVAL, "is a pipe, a socket or a device")
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            return file.read(limit + 1)
    finally:
        os.close(descriptor)
