"""Store: a folder in which long work is kept, chunk by chunk, so that it can be resumed.

Contents
--------
``manifest.json``
    What is computed: format, version of the package, fingerprint of the model, inputs, outputs,
    number of points and size of the chunks. A folder is continued only by the same work.
``chunks/NNNNNNN.jsonl``
    A finished chunk: a line of JSON per point, then a line with their SHA-256 and with that of the
    manifest, as it was written. A chunk that is damaged, or belongs to other work, is computed
    again.
``results.jsonl``, ``results.csv``
    All points, in order; written once every chunk is there. The first has exact numbers, the
    second decimals (:func:`negotiation.results.csv_line`).
``lock``
    Names the process at work. The operating system frees the lock when that process ends, in
    whatever way; its name may stay behind.

Every file is written under another name, brought to the disk and then renamed: it is there
completely, or not at all. No link in a folder is followed: what is written goes to the folder
itself. The path of the folder may be a link.

A line ends with a line feed and nothing else; other characters at which some programs end lines
are escaped.

Numbers in JSON
---------------
Integers that are integers and true, false and null are those of JSON. A fraction is text such
as ``"3/5"`` or ``"2"``. Text that would read as such has an apostrophe put before it. So every
value is read back as it was.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import socket
import stat
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import IO, Any, Self

from negotiation import __version__
from negotiation.errors import NegotiationError, shorten
from negotiation.exact import FrozenMap, exact_text
from negotiation.model.model import Model
from negotiation.results import Tied, csv_line, tied

__all__ = ["FORMAT", "Folder", "decoded", "encoded", "fingerprint"]

FORMAT = 2
"""Version of the layout of a folder; folders of other versions are refused."""

_NUMBER = re.compile(r"'*-?[0-9]+(/[0-9]+)?", re.ASCII)
TIED = "tied values"  # no name has a space in it
_ODD = re.compile("[\x85\u2028\u2029\ud800-\udfff]")  # ends of lines, halves of characters
_LONG = 4000  # digits that `int` reads from text, and a little less


def encoded(value: Any) -> Any:
    """Return a value as data for JSON, from which :func:`decoded` returns it.

    Examples
    --------
    >>> encoded((1, Fraction(3, 5), "3/5", "fight", None))
    [1, '3/5', "'3/5", 'fight', None]
    """
    if isinstance(value, Fraction):
        return exact_text(value)
    if isinstance(value, str):
        return "'" + value if _NUMBER.fullmatch(value) else value
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, Mapping):
        return {str(key): encoded(item) for key, item in value.items()}
    if isinstance(value, Tied):
        return {TIED: [encoded(item) for item in value.values]}
    if isinstance(value, (list, tuple)):
        return [encoded(item) for item in value]
    return str(value)


def decoded(value: Any) -> Any:
    """Return what :func:`encoded` was given, lists as tuples.

    Examples
    --------
    >>> decoded([1, "3/5", "'3/5", "fight", None])
    (1, Fraction(3, 5), '3/5', 'fight', None)
    """
    if isinstance(value, str):
        if not _NUMBER.fullmatch(value):
            return value
        return value[1:] if value[0] == "'" else Fraction(*map(_integer, value.split("/")))
    if isinstance(value, dict) and [*value] == [TIED]:
        return tied([decoded(item) for item in value[TIED]])
    if isinstance(value, dict):
        return FrozenMap({key: decoded(item) for key, item in value.items()})
    if isinstance(value, list):
        return tuple(map(decoded, value))
    return value


def _integer(text: str) -> int:
    return int(text) if len(text) < _LONG else int(Decimal(text))


def line(data: Any) -> str:
    r"""Return data as one line of JSON, the same for the same data.

    Examples
    --------
    >>> line(["é", "\u2028"])
    '["é","\\u2028"]\n'
    """
    return _escaped(json.dumps(data, ensure_ascii=False, separators=(",", ":"))) + "\n"


def _escaped(text: str) -> str:
    """Escape what ends lines for some programs, or cannot be in a file, in JSON."""
    return _ODD.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def fingerprint(model: Model) -> str:
    """Return the SHA-256 of what a model says, with its reading and overrides.

    Examples
    --------
    >>> import negotiation as ng
    >>> model = ng.load("classics/chicken")
    >>> fingerprint(model) == fingerprint(model.override({"parameters.win": 2}))
    False
    """
    said = [model.origin.data, model.origin.reading, list(map(list, model.origin.overrides))]
    return hashlib.sha256(line(encoded(said)).encode()).hexdigest()


class Folder:
    """A results folder; use it as a context, which holds its lock.

    Parameters
    ----------
    path : str or path
        Made if it does not exist.
    work : mapping
        What is computed, as data for JSON; the format and the package's version are added.
    resume : bool
        Whether a folder with results of the same work is continued, or refused.

    Raises
    ------
    NegotiationError
        On entering, if another process is at work there, or the folder holds something else.
        Later, if something cannot be written.
    """

    def __init__(
        self, path: str | os.PathLike[str], work: Mapping[str, Any], *, resume: bool
    ) -> None:
        self.path = Path(path)
        self.kept = 0  # points in finished chunks
        self._work = {"format": FORMAT, "version": __version__, **work}
        self._resume = resume
        self._lock: IO[str] | None = None

    # ---- opening ------------------------------------------------------------------------

    def __enter__(self) -> Self:
        with self._told():
            if self.path.exists() and not self.path.is_dir():
                raise NegotiationError(
                    "this is a file", where=str(self.path), remedy="name a folder for the results"
                )
            created = not self.path.exists()
            if not created:  # look before anything is written
                self._refuse_links()
                self._check()
            self.path.mkdir(parents=True, exist_ok=True)
            self._lock = self._locked()
        try:
            with self._told():
                self._refuse_links()
                if not self._check():
                    self._put(
                        "manifest.json",
                        [_escaped(json.dumps(self._work, indent=1, ensure_ascii=False)), "\n"],
                    )
                chunks = self.path / "chunks"
                chunks.mkdir(exist_ok=True)
                for place in (self.path, chunks):
                    for left in place.glob(".*.part"):  # of a process that was killed
                        left.unlink()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self._lock is not None:
            with suppress(OSError):
                self._lock.truncate(0)  # the name of the process; the file stays
            with suppress(OSError):
                self._lock.close()
            self._lock = None

    def _refuse_links(self) -> None:
        """Refuse a folder in which something that is written to or read is a link."""
        for name in ("lock", "manifest.json", "chunks"):
            if (self.path / name).is_symlink():
                raise NegotiationError(
                    f"{name} is a link to something else",
                    where=str(self.path),
                    remedy="remove the link, or name another folder; nothing was changed",
                )

    def chunk_size(self) -> int | None:
        """Return the size of the chunks that the folder was begun with; None if it was not."""
        with suppress(OSError, ValueError, TypeError, AttributeError):
            size = json.loads(_text_of(self.path / "manifest.json")).get("chunk")
            return size if isinstance(size, int) and size > 0 else None
        return None

    def suit(self, chunk: int) -> None:
        """Set the size of the chunks, before the folder is entered."""
        self._work["chunk"] = chunk

    def _check(self) -> bool:
        """Return whether this work was begun here; refuse a folder of something else."""
        try:
            text = _text_of(self.path / "manifest.json")
        except FileNotFoundError:
            others = sorted(
                own.name
                for own in self.path.iterdir()
                if own.name not in {"lock", "chunks", ".manifest.json.part"}
                or (own.name == "chunks" and any(own.iterdir()))
            )
            if others:
                raise NegotiationError(
                    f"the folder holds {shorten(', '.join(others))}, and no manifest of a sweep",
                    where=str(self.path),
                    remedy="name a new or an empty folder",
                ) from None
            return False
        except UnicodeDecodeError:
            text = ""
        try:
            found = json.loads(text)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise NegotiationError(
                "manifest.json is damaged",
                where=str(self.path),
                remedy="name another folder: what was computed here cannot be told any more",
            )
        wanted = json.loads(json.dumps(self._work))
        for key, said in _KEYS.items():
            if found.get(key) != wanted.get(key):
                text = f"{said} {shorten(_brief(found.get(key)))}"
                if not isinstance(wanted.get(key), (list, dict)):
                    text += f" and not {shorten(_brief(wanted.get(key)))}"
                raise NegotiationError(
                    f"the folder was begun with another {text}",
                    where=str(self.path),
                    remedy="name another folder; nothing was changed here",
                )
        if found != wanted:
            raise NegotiationError(
                "the folder was begun by other work",
                where=str(self.path),
                remedy="name another folder; nothing was changed here",
            )
        if not self._resume:
            raise NegotiationError(
                "the folder holds results of this sweep already",
                where=str(self.path),
                remedy="go on with resume=True, or name another folder",
            )
        return True

    def _locked(self) -> IO[str]:
        handle = _opened(self.path / "lock", os.O_RDWR | os.O_CREAT | os.O_APPEND)
        lock = os.fdopen(handle, "a+", encoding="utf-8")
        about = os.fstat(handle)
        if not stat.S_ISREG(about.st_mode) or about.st_nlink > 1:
            lock.close()
            raise NegotiationError(
                "lock is no file of its own",
                where=str(self.path),
                remedy="remove it, or name another folder; nothing was changed",
            )
        try:
            _hold(lock)
        except OSError:
            lock.seek(0)
            holder = lock.read(200).strip() or "another process"
            lock.close()
            raise NegotiationError(
                f"{shorten(holder)} is at work in this folder",
                where=str(self.path),
                remedy="wait for it to end, or name another folder",
            ) from None
        lock.truncate(0)
        lock.write(f"process {os.getpid()} on {socket.gethostname()}\n")
        lock.flush()
        return lock

    # ---- chunks -------------------------------------------------------------------------

    def _chunk(self, number: int) -> Path:
        return self.path / "chunks" / f"{number:07d}.jsonl"

    def has(self, number: int) -> bool:
        """Return whether there is a file of this chunk, sound or not."""
        return os.path.lexists(self._chunk(number))

    @cached_property
    def _digest(self) -> str:
        """What ties a chunk to its work."""
        return hashlib.sha256(line(self._work).encode()).hexdigest()

    def read(self, number: int) -> tuple[list[Any], bool] | None:
        """Return the lines of a finished chunk as data, and whether it is worth another try.

        None if the chunk is absent, damaged, or of other work.
        """
        try:
            lines = _text_of(self._chunk(number)).split("\n")
            if lines.pop():
                return None  # the last line has no end
            footer = json.loads(lines.pop())
            lines = [own + "\n" for own in lines]
            sound = footer["sha256"] == _digest(lines) and footer["work"] == self._digest
            if not sound or footer["chunk"] != number:
                return None
            return [json.loads(own) for own in lines], bool(footer.get("again"))
        except (OSError, ValueError, LookupError, TypeError):
            return None

    def sound(self, number: int) -> list[Any]:
        """Return the lines of a chunk that was found to be sound before."""
        found = self.read(number)
        if found is None:
            raise NegotiationError(
                f"chunk {number} was damaged while others were computed",
                where=str(self.path),
                remedy="run the same sweep again: it computes this chunk anew",
            )
        return found[0]

    def write(self, number: int, rows: Iterable[Any], *, again: bool = False) -> None:
        """Keep a chunk; `again` marks one that is to be computed again when resumed."""
        lines = [line(row) for row in rows]
        footer: dict[str, Any] = {"chunk": number, "sha256": _digest(lines), "work": self._digest}
        if again:
            footer["again"] = True
        with self._told():
            self._put(f"chunks/{number:07d}.jsonl", [*lines, line(footer)])
        self.kept += len(lines)

    def assemble(self, count: int, inputs: Sequence[str], outputs: Sequence[str]) -> None:
        """Write all results, from the files of `count` chunks; the names are columns."""
        with self._told():
            self._put("results.jsonl", (own for own, _ in self._all(count)))
            rows = (row for _, row in self._all(count))
            self._put("results.csv", _csv(rows, inputs, outputs))

    def _all(self, count: int) -> Iterator[tuple[str, dict[str, Any]]]:
        for number in range(count):
            for row in self.sound(number):
                yield line(row), row

    # ---- files --------------------------------------------------------------------------

    def _put(self, name: str, parts: Iterable[str]) -> None:
        """Write a file completely or not at all."""
        target = self.path / name
        part = target.with_name(f".{target.name}.part")
        try:
            part.unlink(missing_ok=True)
            handle = _opened(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
            with os.fdopen(
                handle, "w", encoding="utf-8", errors="backslashreplace", newline=""
            ) as file:
                file.writelines(parts)
                file.flush()
                os.fsync(file.fileno())
            part.replace(target)
        except BaseException:
            with suppress(OSError):
                part.unlink(missing_ok=True)
            raise
        if sys.platform != "win32":  # the name, too, is to outlive a loss of power
            handle = os.open(target.parent, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Tell what cannot be read or written in one sentence."""
        try:
            yield
        except OSError as error:
            raise NegotiationError(
                f"cannot write here: {error.strerror or error}",
                where=str(self.path),
                remedy=f"make room or give access, then run the same again: {self.kept:,} points "
                "are kept and need not be computed again",
            ) from error


_KEYS = {
    "format": "format of folders:",
    "version": "version of the package:",
    "model": "model, reading or override:",
    "title": "model:",
    "inputs": "set of inputs:",
    "outputs": "set of outputs:",
    "points": "number of points:",
    "chunk": "size of chunks:",
}


def _opened(path: Path, flags: int) -> int:
    """Open a file that is no link."""
    more = ("O_NOFOLLOW", "O_CLOEXEC", "O_BINARY", "O_NONBLOCK")
    for name in more:
        flags |= getattr(os, name, 0)
    return os.open(path, flags, 0o666)


def _text_of(path: Path) -> str:
    """Read a file that is no link; its lines end as they are written."""
    with os.fdopen(_opened(path, os.O_RDONLY), encoding="utf-8", newline="") as file:
        return file.read()


def _brief(value: Any) -> str:
    if isinstance(value, dict):
        value = list(value)
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _digest(lines: Iterable[str]) -> str:
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _csv(
    rows: Iterable[dict[str, Any]], inputs: Sequence[str], outputs: Sequence[str]
) -> Iterator[str]:
    yield csv_line([*inputs, *outputs, "failure"])
    for row in rows:
        found = row.get("outputs", {})
        cells = [row["inputs"][name] for name in inputs] + [found.get(name) for name in outputs]
        yield csv_line([*map(decoded, cells), row.get("failure", "")])


if sys.platform == "win32":
    import msvcrt

    def _hold(file: IO[str]) -> None:
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _hold(file: IO[str]) -> None:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
