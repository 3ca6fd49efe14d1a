"""Writes out what a reply's own functions, loops and computed values come to, each call in the place it is made at."""

from __future__ import annotations

import ast
import re
from collections import Counter
from dataclasses import dataclass, replace

from lib_omost.canvas.lines import Line
from lib_omost.canvas.statements import Statement, statements
from lib_omost.canvas.vocabulary import PEOPLES_LOCAL_FIELDS
from lib_omost.program.kinds import Builtin, CanvasValue, Class, Function, RefusedError, is_known
from lib_omost.program.running import OURS, Made, Program

UNFOLDED = "wrote out what functions, loops and computed values come to"
ONE_CALL = "one call for each region"
MOST_LINES, MOST_CHARS = 2500, 80_000  # at the end of a text that are looked through

_MAY_BE = re.compile(
    r"^[ \t]*(?:async[ \t]+)?(?:def|class|for|while|if|with)\b|\blambda\b|\.(?:format|join|upper|lower|title|capitalize"
    r"|replace|get|format_map|swapcase|removeprefix|removesuffix|strip|split)\(|['\"][ \t]*%[ \t]*[\w('\"{]"
    r"|\bif\b[^\n]{1,200}\belse\b"
    r"|=[ \t]*\[\s{0,40}\{"
    r"|[=(,][ \t]*[\w.()]{1,40}[ \t]*(?:[-+*/%]|//)[ \t]*[\w.(]|=[ \t]*\w{1,60}(?:\[|\.\w)|\][ \t]*\+[ \t]*[\[\w]"
    r"|\bfor\b[^\n]{1,80}\bin\b|\*\*?\w|\b(?:str|partial|append)\("
    r"|['\"][ \t]*\*[ \t]*\d",
    re.MULTILINE,
)
_TEMPLATE, _FILLED = re.compile(r"\bf['\"]"), re.compile(r"\{\w{0,60}[^\w}]")
_OUR_FIELDS = {*PEOPLES_LOCAL_FIELDS}
_DATA = re.compile(r"\s*\w{1,60}[ \t]*=[ \t]*\[\s*[{(]")
_FIELDS = re.compile(rf"['\"]?\b({'|'.join(PEOPLES_LOCAL_FIELDS)})['\"]?\s?[:=]")
_ASSIGNED = re.compile(r"^[ \t]{0,8}(\w{1,60})[ \t]?=(?!=)", re.MULTILINE)


@dataclass(frozen=True)
class Unfolded:
    """The lines with what was written out; `first` is the first line that changed, 0 for none.

    `problems` are (line, what could not be followed).
    """

    lines: list[Line]
    first: int = 0
    problems: tuple[tuple[int, str], ...] = ()


def may_be_folded(text: str) -> bool:
    """Whether a text may hold anything but plain calls with plain values."""
    if _MAY_BE.search(text) is not None or any(map(_has_filled, text.split("\n"))):
        return True
    counts = Counter(_ASSIGNED.findall(text))
    return any(count > 1 for name, count in counts.items() if name not in ("canvas", "location", "description"))


def _has_filled(line: str) -> bool:
    """Whether a line has an f-string with more in it than names."""
    template = _TEMPLATE.search(line)
    return template is not None and _FILLED.search(line, template.end()) is not None


def unfolded(lines: list[Line]) -> Unfolded:
    """Lines in which every call that functions, loops and computed values make stands written out."""
    first, size = len(lines), 0
    while first > 0 and len(lines) - first < MOST_LINES and (size := size + len(lines[first - 1].text)) < MOST_CHARS:
        first -= 1
    last = lines[first:]
    found = _Unfolding(last).over(list(statements("\n".join(line.text for line in last))))
    return replace(found, lines=[*lines[:first], *found.lines]) if found.first else found


class _Unfolding:
    def __init__(self, lines: list[Line]) -> None:
        self.lines = lines
        self.program = Program()
        self.makers: dict[str, Statement] = {}  # functions and classes that make calls
        self.followed: set[str] = set()  # of them, those of which a call was followed
        self.used: set[str] = set()  # names that are read somewhere
        self.assigned: Counter[str] = Counter()
        self.computed: set[str] = set()
        self.written: dict[int, list[Line]] = {}  # what stands in place of a line
        self.problems: list[tuple[int, str]] = []

    def over(self, found: list[Statement]) -> Unfolded:
        for statement in found:
            self.note_assigned(statement)
        for statement in found:
            self.take(statement)
        self.note_unused(found)
        for name, statement in self.makers.items():
            if self.followed & {name, *_methods(statement)}:
                self.replace(statement, [])
        if not self.written:
            return Unfolded(self.lines, 0, tuple(self.problems))
        changed: list[Line] = []
        for number, line in enumerate(self.lines):
            changed += self.written.get(number, [line])
        return Unfolded(changed, self.lines[min(self.written)].number, tuple(self.problems))

    def take(self, statement: Statement) -> None:
        if not statement.trees:
            self.take_broken(statement)
            return
        for tree in statement.trees:
            if isinstance(tree, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) and self.is_maker(tree):
                self.makers[tree.name] = statement
            if isinstance(tree, ast.Assign) and isinstance(tree.value, ast.Lambda) and self.is_maker(tree.value):
                self.makers.update({target.id: statement for target in tree.targets if isinstance(target, ast.Name)})
        before = len(self.program.made)
        try:
            self.program.run(statement.trees)
        except RefusedError as refused:
            self.take_refused(statement, str(refused))
            return
        self.followed |= self.program.called
        made = self.program.made[before:]
        if made and self.is_folded(statement, made):
            self.replace(statement, made)

    def take_broken(self, statement: Statement) -> None:
        """A statement that is no Python: one that calls a function of the reply's own would be lost without a word."""
        line = self.lines[statement.first]
        head = re.match(r"[ \t]*(?:\w+[ \t]*=[ \t]*)?(\w{1,60})[ \t]?\(", line.text)
        if head is not None and head[1] in self.makers:
            self.problems.append((line.number, f"this call of {head[1]} cannot be read"))
            return
        text = "\n".join(each.text for each in self.lines[statement.first : statement.last + 1])
        if _DATA.match(text) and len(set(_FIELDS.findall(text))) > 1:
            self.problems.append(
                (line.number, "this list of regions cannot be read, and nothing of it is in the canvas")
            )

    def take_refused(self, statement: Statement, reason: str) -> None:
        names = {name for tree in statement.trees for name in _called_names(tree)} & self.makers.keys()
        if names:
            what = f"what {' and '.join(sorted(names))} makes here cannot be worked out: {reason}"
            self.problems.append((self.lines[statement.first].number, what))
        elif (kind := _KINDS.get(type(statement.trees[0]))) and self.is_maker(statement.trees[0]):
            what = f"this {kind} cannot be worked out, and what stands in it was read once: {reason}"
            self.problems.append((self.lines[statement.first].number, what))
        elif isinstance(statement.trees[0], (ast.Expr, ast.Assign)) and not self.is_maker(statement.trees[0]):
            self.problems.append((self.lines[statement.first].number, f"this cannot be worked out: {reason}"))

    def note_unused(self, found: list[Statement]) -> None:
        """Lists of regions that no statement adds to a canvas."""
        for statement in found:
            tree = statement.trees[0] if statement.trees else None
            names = (
                [target.id for target in tree.targets if isinstance(target, ast.Name)]
                if isinstance(tree, ast.Assign)
                else []
            )
            value = self.program.top.get(names[0]) if names else None
            if not isinstance(value, list) or names[0] in self.used:
                continue
            fields = [item for item in value if isinstance(item, dict) and len(_OUR_FIELDS & item.keys()) > 1]
            if fields:
                what = f"{names[0]} holds {len(fields)} regions that nothing adds to the canvas"
                self.problems.append((self.lines[statement.first].number, what))

    def is_maker(self, tree: ast.AST) -> bool:
        """Does a function or a class make calls of a canvas, or call what does?"""
        names = set(_called_names(tree))
        if isinstance(tree, ast.ClassDef):
            names |= {base.id for base in tree.bases if isinstance(base, ast.Name)}
        return any(name == "Canvas" or OURS.fullmatch(name) or name in self.makers for name in names) or _on_canvas(
            tree
        )

    def note_assigned(self, statement: Statement) -> None:
        for tree in statement.trees:
            nodes = (node for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load))
            self.used.update(node.id for node in nodes)
            if isinstance(tree, ast.Assign):
                for target in tree.targets:
                    names = [node.id for node in ast.walk(target) if isinstance(node, ast.Name)]
                    self.assigned.update(names)
                    if not isinstance(tree.value, (ast.Constant, ast.List, ast.Call)) or len(names) > 1:
                        self.computed.update(names)
            elif isinstance(tree, (ast.AugAssign, ast.For)):
                self.computed.update(node.id for node in ast.walk(tree.target) if isinstance(node, ast.Name))

    def is_folded(self, statement: Statement, made: list[Made]) -> bool:
        """Does a statement say anything in another way than as calls with plain values, and is that known?"""
        if any(not isinstance(tree, (ast.Expr, ast.Assign, ast.AnnAssign)) for tree in statement.trees):
            return True
        if not any(map(self.has_folds, statement.trees)):
            return False
        callers = [node.func.id for node in map(_call_of, statement.trees) if node and isinstance(node.func, ast.Name)]
        if any(isinstance(self.program.top.get(name), Builtin) for name in callers):
            return True
        direct = [one.arguments for one in made if one.arguments is not None]
        if len(direct) < len(made) or not all(
            isinstance(getattr(tree, "value", None), ast.Call) for tree in statement.trees
        ):
            return True
        return any(self.has_folds(node) and is_known(value) for pairs in direct for node, value in pairs)

    def has_folds(self, tree: ast.AST) -> bool:
        return any(isinstance(node, _FOLDS) or self.is_fold(node) for node in ast.walk(tree))

    def is_fold(self, node: ast.AST) -> bool:
        """Does a node stand for another value than it says, and one that nobody else puts in?"""
        if isinstance(node, ast.Name):
            return (node.id in self.computed or self.assigned[node.id] > 1) and not self.is_canvas(node.id)
        if isinstance(node, ast.JoinedStr):
            filled = [part.value for part in node.values if isinstance(part, ast.FormattedValue)]
            return not all(isinstance(value, ast.Name) for value in filled)
        if isinstance(node, ast.BinOp):
            is_first = isinstance(node.left, (ast.List, ast.Constant)) and not _is_text(node.left)
            return is_first or not isinstance(node.op, ast.Add)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and isinstance(node.ctx, ast.Load):
            return node.value.id in self.program.top and not self.is_canvas(node.value.id)
        return isinstance(node, ast.Call) and self.is_folded_call(node)

    def is_canvas(self, name: str) -> bool:
        return "canvas" in name.lower() or isinstance(self.program.top.get(name), CanvasValue)

    def is_folded_call(self, node: ast.Call) -> bool:
        function = node.func
        if isinstance(function, ast.Name):
            own = self.program.top.get(function.id)
            return isinstance(own, (Function, Class, Builtin)) or function.id in ("map", "filter", "zip", "range")
        if not isinstance(function, ast.Attribute) or function.attr not in _METHODS:
            return False
        return isinstance(function.value, (ast.Constant, ast.Name, ast.Attribute, ast.JoinedStr, ast.Call, ast.BinOp))

    def replace(self, statement: Statement, made: list[Made]) -> None:
        """Write calls in place of a statement."""
        self.written[statement.first] = [line for one in made for line in self.lines_of(one)]
        for number in range(statement.first + 1, statement.last + 1):
            self.written[number] = []

    def lines_of(self, made: Made) -> list[Line]:
        number = self.lines[made.line].number
        parts = [Line(f"    {code},", self.lines[line].number) for line, code in made.parts]
        return (
            [Line(made.head, number), *parts, Line(")", parts[-1].number)] if parts else [Line(made.head + ")", number)]
        )


_FOLDS = (ast.Lambda, ast.ListComp, ast.GeneratorExp, ast.SetComp, ast.DictComp, ast.IfExp, ast.Subscript, ast.BoolOp)
_METHODS = ("append", "format", "upper", "lower", "title", "capitalize", "replace", "get", "format_map", "removeprefix",
            "join", "removesuffix", "swapcase", "strip", "split")  # fmt: skip
_KINDS: dict[type[ast.stmt], str] = {ast.For: "loop", ast.While: "loop", ast.If: "condition"}


def _methods(statement: Statement) -> list[str]:
    """The names of the functions in classes that a statement defines."""
    classes = (tree for tree in statement.trees if isinstance(tree, ast.ClassDef))
    return [node.name for tree in classes for node in tree.body if isinstance(node, ast.FunctionDef)]


def _call_of(tree: ast.stmt) -> ast.Call | None:
    value = getattr(tree, "value", None)
    return value if isinstance(value, ast.Call) else None


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _called_names(tree: ast.AST) -> list[str]:
    """The names of all functions and methods that are called in a tree."""
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    names = [function.id for function in calls if isinstance(function, ast.Name)]
    return names + [function.attr for function in calls if isinstance(function, ast.Attribute)]


def _on_canvas(tree: ast.AST) -> bool:
    """Is there a call of a method of something that is called a canvas?"""
    owners = [
        node.func.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    ]
    names = [owner.id if isinstance(owner, ast.Name) else getattr(owner, "attr", "") for owner in owners]
    return any("canvas" in name.lower() for name in names)
