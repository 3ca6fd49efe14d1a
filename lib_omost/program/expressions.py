"""What an expression comes to. Whatever is not known is an Unknown; only a spent budget ends it with an error."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import Any

from lib_omost.program.formatting import NotFormattedError, formatted, joined
from lib_omost.program.kinds import (
    DEEPEST_NODE,
    LONGEST_LIST,
    Budget,
    Builtin,
    CanvasValue,
    Class,
    Distinct,
    Function,
    Instance,
    RefusedError,
    Unknown,
    Values,
    is_key,
    source_of,
)
from lib_omost.program.known import bound, iterated, truth_of, values_of
from lib_omost.program.operators import compared, worked_out

_WORDS = {"true": True, "false": False, "null": None, "none": None, "__name__": "__main__"}
Call = Callable[[ast.Call, Any, list[Any], dict[str, Any]], Any]


class Expressions:
    """Reads expressions among `values`, the innermost names last. `call` is what a call does."""

    def __init__(self, budget: Budget, values: tuple[Values, ...], call: Call) -> None:
        self.budget = budget
        self.values = values
        self.call = call
        self.depth = 0

    def read(self, node: ast.expr) -> Any:
        self.budget.step()
        self.depth += 1
        if self.depth > DEEPEST_NODE:
            raise RefusedError("it is nested too deeply")
        try:
            reader: Callable[[Any], Any] | None = getattr(self, "read_" + type(node).__name__.lower(), None)
            if reader is None and self.budget.has_call(node):
                raise RefusedError(f"{source_of(node)[:60]} is not followed")
            value = Unknown(node) if reader is None else reader(node)
            return value if isinstance(node, (ast.Constant, ast.Name)) else self.budget.made(value)
        finally:
            self.depth -= 1

    def read_constant(self, node: ast.Constant) -> Any:
        return node.value if node.value is None or isinstance(node.value, (str, int, float)) else Unknown(node)

    def read_name(self, node: ast.Name) -> Any:
        for values in reversed(self.values):
            if node.id in values:
                return values[node.id]
        if node.id in _WORDS:
            return _WORDS[node.id]
        return Builtin(node.id)

    def read_list(self, node: ast.List | ast.Tuple | ast.Set) -> Any:
        found: list[Any] = []
        for item in node.elts:
            if isinstance(item, ast.Starred):
                inner = self.read(item.value)
                found += iterated(inner) if not isinstance(inner, Unknown) else [inner]
            else:
                found.append(self.plain(item))
            if len(found) > LONGEST_LIST:
                raise RefusedError("it makes too long lists")
        if isinstance(node, ast.Set):
            return Distinct(found) if all(map(is_key, found)) else Unknown(node)
        return tuple(found) if isinstance(node, ast.Tuple) else found

    read_tuple = read_set = read_list

    def read_dict(self, node: ast.Dict) -> Any:
        found: dict[Any, Any] = {}
        for key, item in zip(node.keys, node.values, strict=True):
            value = self.plain(item)
            if key is None:
                if not isinstance(value, dict):
                    return Unknown(node)
                found.update(value)
                continue
            name = self.read(key)
            if isinstance(name, Builtin) and name.owner is None:
                name = name.name  # a key without quotes, as in JavaScript
            if not isinstance(name, (str, int, float, bool)):
                return Unknown(node)
            found[name] = value
        return found

    def read_joinedstr(self, node: ast.JoinedStr) -> Any:
        parts: list[str] = []
        for part in node.values:
            if isinstance(part, ast.Constant):
                parts.append(str(part.value))
                continue
            assert isinstance(part, ast.FormattedValue)
            value = self.read(part.value)
            spec = self.read(part.format_spec) if part.format_spec is not None else ""
            try:
                parts.append(formatted(value, spec, part.conversion))
            except (NotFormattedError, TypeError):
                return Unknown(node)
        try:
            return joined(parts)
        except NotFormattedError:
            return Unknown(node)

    def read_binop(self, node: ast.BinOp) -> Any:
        return worked_out(node, self.read(node.left), self.read(node.right))

    def read_unaryop(self, node: ast.UnaryOp) -> Any:
        value = self.read(node.operand)
        if isinstance(node.op, ast.Not):
            truth = truth_of(value)
            return Unknown(node) if truth is None else not truth
        if not isinstance(value, (int, float)) or isinstance(node.op, ast.Invert):
            return Unknown(node)
        return -value if isinstance(node.op, ast.USub) else +value

    def read_boolop(self, node: ast.BoolOp) -> Any:
        value: Any = None
        for part in node.values:
            value = self.read(part)
            truth = truth_of(value)
            if truth is None:
                return Unknown(node)
            if truth != isinstance(node.op, ast.And):
                return value
        return value

    def read_compare(self, node: ast.Compare) -> Any:
        left = self.read(node.left)
        for sign, other in zip(node.ops, node.comparators, strict=True):
            right = self.read(other)
            truth = compared(self.budget, sign, left, right)
            if not truth:
                return Unknown(node) if truth is None else False
            left = right
        return True

    def read_ifexp(self, node: ast.IfExp) -> Any:
        truth = truth_of(self.read(node.test))
        return Unknown(node) if truth is None else self.read(node.body if truth else node.orelse)

    def read_subscript(self, node: ast.Subscript) -> Any:
        value = self.read(node.value)
        if isinstance(node.slice, ast.Slice):
            edges = [None if edge is None else self.read(edge) for edge in (node.slice.lower, node.slice.upper)]
            is_whole = all(edge is None or isinstance(edge, int) for edge in edges) and node.slice.step is None
            return value[edges[0] : edges[1]] if is_whole and isinstance(value, (str, list, tuple)) else Unknown(node)
        key = self.read(node.slice)
        if not isinstance(value, (str, list, tuple, dict)) or not isinstance(key, (str, int)):
            return Unknown(node)
        try:
            return value[key]  # type: ignore[index]  # what does not fit is caught
        except (KeyError, IndexError, TypeError):
            return Unknown(node)

    def read_attribute(self, node: ast.Attribute) -> Any:
        owner = self.read(node.value)
        values = values_of(owner)
        if node.attr in values:
            return bound(values[node.attr], owner)
        if isinstance(owner, Builtin) and owner.owner is None:
            return Builtin(node.attr) if owner.name in ("math", "itertools", "textwrap") else Unknown(node)
        return Unknown(node) if isinstance(owner, (Unknown, Class, Function, Instance)) else Builtin(node.attr, owner)

    def read_call(self, node: ast.Call) -> Any:
        function = self.read(node.func)
        arguments: list[Any] = []
        for argument in node.args:
            if isinstance(argument, ast.Starred):
                inner = self.read(argument.value)
                arguments += iterated(inner) if not isinstance(inner, Unknown) else [inner]
            else:
                arguments.append(self.plain(argument))
            if len(arguments) > LONGEST_LIST:
                raise RefusedError("it makes too long lists")
        names: dict[str, Any] = {}
        for keyword in node.keywords:
            value = self.plain(keyword.value)
            if keyword.arg is not None:
                names[keyword.arg] = value
            elif isinstance(value, dict):
                names.update({str(key): item for key, item in value.items()})
            elif isinstance(value, Instance):
                names.update(value.values)
            else:
                raise RefusedError(f"**{source_of(keyword.value)[:40]} stands for nothing that is known")
        return self.call(node, function, arguments, names)

    def read_await(self, node: ast.Await) -> Any:
        return self.read(node.value)

    def read_lambda(self, node: ast.Lambda) -> Any:
        defaults = tuple(map(self.read, node.args.defaults))
        return Function("lambda", node.args, node.body, self.values, defaults, self.keyword_defaults(node.args))

    def keyword_defaults(self, arguments: ast.arguments) -> tuple[tuple[str, Any], ...]:
        pairs = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
        return tuple((parameter.arg, self.read(node)) for parameter, node in pairs if node is not None)

    def read_yield(self, _node: ast.Yield | ast.YieldFrom) -> Any:
        raise RefusedError("yield is not followed")

    read_yieldfrom = read_yield

    def read_listcomp(self, node: ast.ListComp | ast.GeneratorExp | ast.SetComp) -> Any:
        own: Values = {}
        inner = Expressions(self.budget, (*self.values, own), self.call)
        found: list[Any] = []
        for _ in inner.walked(node.generators, own):
            found.append(inner.plain(node.elt))
            self.budget.made(found)
        return found

    read_generatorexp = read_setcomp = read_listcomp

    def read_dictcomp(self, node: ast.DictComp) -> Any:
        own: Values = {}
        inner = Expressions(self.budget, (*self.values, own), self.call)
        found: dict[Any, Any] = {}
        for _ in inner.walked(node.generators, own):
            key = inner.read(node.key)
            if not isinstance(key, (str, int, float)):
                return Unknown(node)
            found[key] = inner.plain(node.value)
        return self.budget.made(found)

    def walked(self, generators: list[ast.comprehension], own: Values) -> Iterator[None]:
        """Each turn of the loops of a comprehension, its names set."""
        if not generators:
            yield
            return
        first, *others = generators
        for item in iterated(self.read(first.iter), first.iter):
            assign(first.target, item, own, self)
            truths = [truth_of(self.read(test)) for test in first.ifs]
            if None in truths:
                raise RefusedError("a condition in it is not known")
            if all(truths):
                yield from self.walked(others, own)

    def plain(self, node: ast.expr) -> Any:
        """The value of an argument or an item; a name that stands for nothing is not known."""
        value = self.read(node)
        is_method = isinstance(value, Builtin) and isinstance(value.owner, CanvasValue)
        return Unknown(node) if isinstance(value, Builtin) and not is_method else value


def assign(target: ast.expr, value: Any, own: Values, reader: Expressions) -> None:
    """Give a value to a name, to several, to an item or to an attribute."""
    if isinstance(target, ast.Name):
        own[target.id] = value
    elif isinstance(target, (ast.Tuple, ast.List)):
        items = iterated(value) if not isinstance(value, Unknown) else [value] * len(target.elts)
        starred = next((place for place, part in enumerate(target.elts) if isinstance(part, ast.Starred)), None)
        if starred is not None or len(items) != len(target.elts):
            raise RefusedError(f"{len(items)} values are given to {len(target.elts)} names")
        for part, item in zip(target.elts, items, strict=True):
            assign(part, item, own, reader)
    elif isinstance(target, ast.Subscript):
        owner, key = reader.read(target.value), reader.read(target.slice)
        is_place = isinstance(owner, list) and isinstance(key, int) and -len(owner) <= key < len(owner)
        if is_place or (isinstance(owner, dict) and isinstance(key, (str, int, float))):
            owner[key] = value
    elif isinstance(target, ast.Attribute):
        owner = reader.read(target.value)
        if isinstance(owner, Instance):
            owner.values[target.attr] = value
        elif isinstance(owner, dict):
            owner[target.attr] = value
