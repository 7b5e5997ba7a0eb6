"""What the stub says a name gives, and whether a value is that."""

import ast
import builtins
import collections.abc
import types
import typing

import numpy as np
import numpy.typing

import jack
from jack import _jack

EXACT = (bool, int, float, str, bytes, tuple, list, dict)  # no subclass will do: bool is an int


class Member(typing.NamedTuple):
    name: str
    kind: str  # "property", "method" or "constant"
    returns: object  # its annotation, or the constant's value
    needs_arguments: bool


class Stub:
    """Reads a stub's text: `functions` and `classes` with their members, by name."""

    def __init__(self, text):
        self._tree = ast.parse(text)
        self._names = {**vars(builtins), **vars(_jack)}
        self._import()
        self._read_aliases()
        self.functions = self._members(self._tree.body, None)
        self.classes = {
            node.name: self._members(node.body, getattr(_jack, node.name))
            for node in self._tree.body
            if isinstance(node, ast.ClassDef)
        }

    def _import(self):
        """What is for type checkers alone stands in no annotation of a result."""
        for node in self._tree.body:
            module = getattr(node, "module", None)
            if module in ("_typeshed", "typing_extensions"):
                self._names |= {alias.asname or alias.name: typing.Any for alias in node.names}
                continue
            if isinstance(node, ast.Import | ast.ImportFrom):
                exec(ast.unparse(node), self._names)

    def _read_aliases(self):
        """A type variable stands for its bound, so far as a value can show."""
        for node in self._tree.body:
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
                bounds = [k.value for k in node.value.keywords if k.arg == "bound"]
                bound = self._evaluate(bounds[0]) if bounds else typing.Any
                self._names[node.targets[0].id] = bound
            elif isinstance(node, ast.AnnAssign) and self._is_named(node.annotation, "TypeAlias"):
                self._names[node.target.id] = self._evaluate(node.value)

    @staticmethod
    def _is_named(node, name):
        return isinstance(node, ast.Name) and node.id == name

    def _evaluate(self, node, owner=None):
        return eval(ast.unparse(node), {**self._names, "Self": owner})

    def _members(self, body, owner):
        members = {}
        for node in body:
            if isinstance(node, ast.FunctionDef):
                decorators = {ast.unparse(d) for d in node.decorator_list}
                if any(d.endswith(".setter") for d in decorators):
                    continue
                new = self._function(node, owner, "property" in decorators)
                members[node.name] = self._overloaded(members.get(node.name), new)
            elif isinstance(node, ast.AnnAssign) and node.value is not None:
                if not self._is_named(node.annotation, "TypeAlias"):
                    value = ast.literal_eval(node.value)
                    members[node.target.id] = Member(node.target.id, "constant", value, False)
        return members

    def _function(self, node, owner, is_property):
        given = node.args
        required = len(given.posonlyargs + given.args) - len(given.defaults)
        required += sum(default is None for default in given.kw_defaults)
        required -= owner is not None
        kind = "property" if is_property else "method"
        return Member(node.name, kind, self._evaluate(node.returns, owner), required > 0)

    @staticmethod
    def _overloaded(old, new):
        if old is None:
            return new
        needs_arguments = old.needs_arguments and new.needs_arguments
        return new._replace(
            returns=typing.Union[old.returns, new.returns], needs_arguments=needs_arguments
        )


def mismatch(value, annotation):
    """What keeps `value` from being what `annotation` says; None when nothing does.

    An empty collection shows nothing of what should be in it, and does not fit.
    """
    if annotation is typing.Any or annotation is object:
        return None
    if annotation is None or annotation is types.NoneType:
        return None if value is None else f"{value!r} is not None"
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in (typing.Union, types.UnionType):
        reasons = [mismatch(value, argument) for argument in arguments]
        return None if None in reasons else "; ".join(reasons)
    if origin is None:
        return _not_of_class(value, annotation)
    return _GENERICS[origin](value, origin, arguments)


def _not_of_class(value, expected):
    fits = type(value) is expected if expected in EXACT else isinstance(value, expected)
    return None if fits else f"{value!r} is no {expected.__name__}"


def _tuple(value, origin, arguments):
    if arguments[1:] == (...,):
        return _items(value, tuple, arguments)
    if type(value) is not tuple or len(value) != len(arguments):
        return f"{value!r} is no tuple of {len(arguments)}"
    return _first(map(mismatch, value, arguments))


def _dict(value, origin, arguments):
    if type(value) is not dict:
        return f"{value!r} is no dict"
    return _each(list(value.items()), lambda item: _tuple(item, tuple, arguments))


def _items(value, origin, arguments):
    reason = _not_of_class(value, origin)
    return reason or _each(list(value), lambda item: mismatch(item, arguments[0]))


def _each(items, check):
    return _first(map(check, items)) if items else "it is empty, which shows nothing"


def _first(reasons):
    return next((reason for reason in reasons if reason), None)


def _array(value, origin, arguments):
    dtype = arguments[-1]  # NumPy has made NDArray an alias that is not looked through
    (scalar,) = typing.get_args(dtype) or (dtype,)
    if not isinstance(value, np.ndarray) or value.dtype != scalar:
        return f"{value!r} is no array of {scalar.__name__}"
    return None


def _class(value, origin, arguments):
    fits = isinstance(value, type) and issubclass(value, arguments[0])
    return None if fits else f"{value!r} is not {arguments[0].__name__} or derived from it"


def _bare(value, origin, arguments):
    return _not_of_class(value, origin)


# One that is not here is a KeyError, so that no annotation goes unchecked.
_GENERICS = {
    tuple: _tuple,
    dict: _dict,
    list: _items,
    collections.abc.Iterator: _items,
    jack.Ports: _items,
    jack.EventQueue: _bare,
    np.ndarray: _array,
    typing.get_origin(numpy.typing.NDArray[np.float32]): _array,
    type: _class,
    collections.abc.Callable: _bare,
    collections.abc.Coroutine: _bare,
    collections.abc.Generator: _bare,
}
