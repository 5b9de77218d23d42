"""Pickles of plain values, read without running them.

A pickle is a program for a small stack machine. Python's own reader can call whatever a program
names, change what is already there, and be led to fill the memory or to compute for ever. This one
knows the operations that plain values need and no others, and calls what it is given, no more.
"""

import pickletools
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO

Call = Callable[..., Any]
MOST_OPERATIONS = 1_000_000
# Operations that put the value in them on the stack, and those that put what they stand for.
VALUES = frozenset("BININT BININT1 BININT2 INT LONG1 BINUNICODE UNICODE SHORT_BINUNICODE".split())
CONSTANTS: Mapping[str, Any] = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False, "EMPTY_TUPLE": ()}
TUPLES = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}


class Refused(Exception):
    """Says what a pickle holds that no plain value needs."""


class PlainUnpickler:
    """Reads one pickle after another from a stream.

    `calls` are the functions that a pickle may name, by module and name, such as "collections
    OrderedDict"; `persistent` makes a value of what a pickle says is kept elsewhere.
    """

    def __init__(self, calls: Mapping[str, Call], persistent: Call) -> None:
        self.calls, self.persistent = calls, persistent
        self.stack: list[Any] = []
        self.marks: list[int] = []
        self.memo: dict[int, Any] = {}

    def load(self, stream: BinaryIO) -> Any:
        """Return the next value. Raises Refused for anything but plain values."""
        self.stack, self.marks, self.memo = [], [], {}
        try:
            for count, (operation, argument, _) in enumerate(pickletools.genops(stream)):
                if operation.name == "STOP":
                    (value,) = self.stack
                    return value
                if count > MOST_OPERATIONS:
                    raise Refused("more operations than a checkpoint has")
                self.run(operation.name, argument)
        # An operation finds too little on the stack, another type than it needs, no such number ...
        except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
            raise Refused(f"a pickle that cannot be read ({str(error)[:200]})") from error
        raise Refused("a pickle without an end")

    def run(self, name: str, argument: Any) -> None:
        """Do one operation (pickletools tells what each of them means)."""
        stack = self.stack
        if name in VALUES:
            stack.append(argument)
        elif name in CONSTANTS:
            stack.append(CONSTANTS[name])
        elif name in ("EMPTY_DICT", "EMPTY_LIST"):
            stack.append({} if name == "EMPTY_DICT" else [])
        elif name == "MARK":
            self.marks.append(len(stack))
        elif name in ("TUPLE", *TUPLES):
            stack.append(tuple(self.taken(TUPLES.get(name))))
        elif name in ("APPEND", "APPENDS"):
            values = self.taken(1 if name == "APPEND" else None)
            self.last(list).extend(values)
        elif name in ("SETITEM", "SETITEMS"):
            self.set_items(self.taken(2 if name == "SETITEM" else None))
        elif name in ("BINPUT", "LONG_BINPUT", "PUT"):
            self.memo[argument] = stack[-1]
        elif name in ("BINGET", "LONG_BINGET", "GET"):
            stack.append(self.memo[argument])
        elif name == "GLOBAL":
            stack.append(self.named(argument))
        elif name == "BINPERSID":
            stack.append(self.persistent(stack.pop()))
        elif name == "REDUCE":
            self.call()
        elif name == "BUILD":
            # Attributes, such as the versions that PyTorch notes beside a state: nobody needs them.
            self.taken(1)
        elif name != "PROTO":
            raise Refused(f"the operation {name}")

    def taken(self, count: int | None) -> list[Any]:
        """The last `count` values, or those since the last mark, off the stack."""
        start = self.marks.pop() if count is None else len(self.stack) - count
        if start < (self.marks[-1] if self.marks else 0) or start > len(self.stack):
            raise ValueError("too few values")
        values = self.stack[start:]
        del self.stack[start:]
        return values

    def last(self, kind: type) -> Any:
        """The value on top of the stack, which has to be of this kind."""
        if not isinstance(self.stack[-1], kind):
            raise TypeError(f"no {kind.__name__} to add to")
        return self.stack[-1]

    def set_items(self, values: list[Any]) -> None:
        target = self.last(dict)
        for key, value in zip(values[::2], values[1::2], strict=True):
            # A tuple of tuples of tuples takes for ever to hash.
            if not isinstance(key, str):
                raise TypeError(f"a key that is no text but {type(key).__name__}")
            target[key] = value

    def named(self, name: str) -> Call:
        if name not in self.calls:
            raise Refused(f"a call of {name.replace(' ', '.')}, which could run code")
        return self.calls[name]

    def call(self) -> None:
        function, arguments = self.taken(2)
        if not any(function is known for known in self.calls.values()):
            raise TypeError("a call of no function")
        self.stack.append(function(*arguments))
