"""Small changes to a module's source, one at a time: what a slip of the keyboard, or of judgement, would do to it.

    mutants(source) -> list[Mutant]      in a fixed order
    Mutant.module() -> types.CodeType    the whole module, changed

Comparisons move by one or turn round, numbers move by one or a tenth, conditions are negated, `not`, `raise`, calls
and members of tables go, `and` and `or` change places, functions return at once, truth and falsehood are swapped.
What only names a thing for people (docstrings, the words of an error, type hints) is left alone.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import CodeType
from typing import Any

_FLIPPED: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
_REPLACED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
    ast.LShift: ast.RShift,
}
_TWINS = {"min": "max", "max": "min", "any": "all", "all": "any", "ceil": "int", "startswith": "endswith"}
_TWINS |= {"endswith": "startswith", "fullmatch": "match"}
_MOST_MEMBERS = 24  # of one table that are taken out, one by one

Edit = Callable[[], Callable[[], None]]  # does it, and gives back what undoes it


@dataclass(frozen=True)
class Mutant:
    """One change. `line` is the text of the line, not its number: numbers move with every edit."""

    number: int
    kind: str
    line: str
    lineno: int
    before: str
    after: str
    function: str  # qualified name of the outermost function it stands in; empty: it takes effect at import
    names: frozenset[str]  # that the statement at import time defines
    _tree: ast.Module
    _edit: Edit

    @property
    def says(self) -> str:
        return f"{self.kind}: {self.before} -> {self.after}"

    def module(self, file: str) -> CodeType:
        """The whole module with this change, compiled. Raises SyntaxError where the change is no Python."""
        undo = self._edit()
        try:
            return compile(ast.fix_missing_locations(self._tree), file, "exec")
        finally:
            undo()


@dataclass(frozen=True)
class _Place:
    node: ast.AST
    parent: ast.AST
    field: str
    index: int | None
    function: str
    names: frozenset[str]
    above: tuple[ast.AST, ...]

    def put(self, new: ast.AST) -> Edit:
        def edit() -> Callable[[], None]:
            def place(node: ast.AST) -> None:
                if self.index is None:
                    setattr(self.parent, self.field, node)
                else:
                    getattr(self.parent, self.field)[self.index] = node

            place(ast.copy_location(new, self.node))
            return lambda: place(self.node)

        return edit


def mutants(source: str) -> list[Mutant]:
    """All mutants of a module, in the order of its text."""
    tree, lines = ast.parse(source), source.splitlines()
    made: list[Mutant] = []
    for place in _places(tree):
        for kind, before, after, edit in _changes(place):
            lineno = getattr(place.node, "lineno", 0)
            line = lines[lineno - 1].strip() if lineno else ""
            made.append(Mutant(len(made), kind, line, lineno, before, after, place.function, place.names, tree, edit))
    return made


def _places(tree: ast.Module) -> Iterator[_Place]:
    yield from _below(tree, (), "", frozenset())


def _below(node: ast.AST, above: tuple[ast.AST, ...], function: str, names: frozenset[str]) -> Iterator[_Place]:
    for field, value in ast.iter_fields(node):
        if field in ("annotation", "returns", "type_comment", "decorator_list") or _is_hint(node, field):
            continue
        for index, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if not isinstance(child, ast.AST) or _left_alone(child, node):
                continue
            inside, defined = function, names
            if isinstance(node, ast.FunctionDef) and field == "body" and not _inside_function(above):
                inside = ".".join(n.name for n in (*above, node) if isinstance(n, ast.ClassDef | ast.FunctionDef))
            if isinstance(node, ast.Module):
                defined = _defines(child)
            yield _Place(child, node, field, index, inside, defined, above)
            yield from _below(child, (*above, node), inside, defined)


def _inside_function(above: tuple[ast.AST, ...]) -> bool:
    return any(isinstance(node, ast.FunctionDef) for node in above)


def _is_hint(node: ast.AST, field: str) -> bool:
    """The parameters of generic types, the second half of `cast`."""
    return (
        isinstance(node, ast.Subscript)
        and field == "slice"
        and isinstance(node.value, ast.Name)
        and (node.value.id in ("Literal", "tuple", "dict", "list", "NDArray", "Callable", "cast", "Iterable"))
    )


def _left_alone(node: ast.AST, parent: ast.AST) -> bool:
    if isinstance(node, ast.Import | ast.ImportFrom):
        return True
    if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
        return True
    if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "__all__" for t in node.targets):
        return True
    # docstrings, also of constants
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _defines(node: ast.AST) -> frozenset[str]:
    if isinstance(node, ast.Assign):
        return frozenset(n.id for t in node.targets for n in ast.walk(t) if isinstance(n, ast.Name))
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return frozenset({node.target.id})
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return frozenset({node.name})
    return frozenset()


_Change = tuple[str, str, str, Edit]


def _changes(place: _Place) -> Iterator[_Change]:
    node = place.node
    for kind, new in _replacements(place):
        yield kind, _short(node), _short(new), place.put(new)
    if isinstance(node, ast.List | ast.Set | ast.Tuple | ast.Dict) and _is_table(place):
        yield from _members(node)
    if isinstance(node, ast.FunctionDef):
        yield from _returns(node)


def _replacements(place: _Place) -> Iterator[tuple[str, ast.AST]]:
    node = place.node
    match node:
        case ast.Compare():
            for i, op in enumerate(node.ops):
                for other in _FLIPPED[type(op)]:
                    ops = [*node.ops[:i], other(), *node.ops[i + 1 :]]
                    yield "comparison", ast.Compare(node.left, ops, node.comparators)
        case ast.BoolOp():
            yield "and/or", ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
            for i in range(len(node.values)):
                rest = [*node.values[:i], *node.values[i + 1 :]]
                yield "operand", rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest)
        case ast.UnaryOp(op=ast.Not()):
            yield "not", node.operand
        case ast.BinOp() if type(node.op) in _REPLACED and not _is_text(node):
            yield "arithmetic", ast.BinOp(node.left, _REPLACED[type(node.op)](), node.right)
        case ast.Constant():
            yield from _constants(place, node)
        case ast.Raise():
            yield "raise", ast.Pass()
        case ast.Expr(value=ast.Call()):
            yield "call", ast.Pass()
        case ast.Call(func=ast.Name(id=name)) if name in _TWINS and name != "fullmatch":
            yield "twin", ast.Call(ast.Name(_TWINS[name], ast.Load()), node.args, node.keywords)
        case ast.Call(func=ast.Attribute(attr=name)) if name in _TWINS and name not in ("min", "max", "any", "all"):
            func = ast.Attribute(node.func.value, _TWINS[name], ast.Load())  # type: ignore[attr-defined]
            yield "twin", ast.Call(func, node.args, node.keywords)
        case _:
            pass
    if place.field == "test" and isinstance(node, ast.expr) and not isinstance(node, ast.Compare):
        yield "negated", ast.UnaryOp(ast.Not(), node)
    if place.field == "ifs":
        yield "filter", ast.Constant(True)


def _constants(place: _Place, node: ast.Constant) -> Iterator[tuple[str, ast.AST]]:
    value = node.value
    if any(isinstance(n, ast.Raise) for n in (*place.above, place.parent)):
        return  # the words of an error
    if isinstance(value, bool):
        yield "truth", ast.Constant(not value)
    elif isinstance(value, int):
        yield "number", ast.Constant(value + 1)
        yield "number", ast.Constant(value - 1)
    elif isinstance(value, float):
        yield "number", ast.Constant(float(f"{value * 1.1:.6g}") if value else 0.1)
        yield "number", ast.Constant(float(f"{value * 0.9:.6g}") if value else -0.1)
    elif isinstance(value, str):
        yield "text", ast.Constant(value + "~")
    elif isinstance(value, bytes):
        yield "text", ast.Constant(value + b"~")


def _is_text(node: ast.BinOp) -> bool:
    """Adding strings is no arithmetic: taking one from another is an error that anything finds."""
    return any(
        isinstance(side, ast.JoinedStr) or (isinstance(side, ast.Constant) and isinstance(side.value, str | bytes))
        for side in (node.left, node.right)
    )


def _is_table(place: _Place) -> bool:
    node: Any = place.node
    if isinstance(node, ast.Dict):
        return True
    if not isinstance(node.ctx if hasattr(node, "ctx") else ast.Load(), ast.Load) or len(node.elts) < 2:
        return False
    if isinstance(node, ast.Tuple):  # of other tuples a missing member is an error that anything finds
        return place.field in ("comparators", "iter") or (place.function == "" and place.field in ("value", "args"))
    return True


def _members(node: Any) -> Iterator[_Change]:
    def without(i: int) -> Edit:
        def edit() -> Callable[[], None]:
            kept = [(name, list(getattr(node, name))) for name in ("elts", "keys", "values") if hasattr(node, name)]
            for name, members in kept:
                setattr(node, name, members[:i] + members[i + 1 :])

            def undo() -> None:
                for name, members in kept:
                    setattr(node, name, members)

            return undo

        return edit

    members = node.values if isinstance(node, ast.Dict) else node.elts
    for i, member in enumerate(members[:_MOST_MEMBERS]):
        name = node.keys[i] if isinstance(node, ast.Dict) else None
        yield "member", _short(name or member), "(gone)", without(i)


def _returns(node: ast.FunctionDef) -> Iterator[_Change]:
    """The function does nothing, or always says the same."""
    hint = ast.unparse(node.returns) if node.returns is not None else ""
    known: dict[str, list[Any]] = {"None": [None], "bool": [True, False], "bool | None": [True, False, None]}
    answers = known.get(hint, [])
    for answer in answers:
        body = list(node.body)

        def edit(answer: Any = answer, body: list[ast.stmt] = body) -> Callable[[], None]:
            node.body = [ast.copy_location(ast.Return(ast.Constant(answer)), body[0])]
            return lambda: setattr(node, "body", body)

        yield "return", f"def {node.name}", f"return {answer}", edit


def _short(node: ast.AST) -> str:
    text = " ".join(ast.unparse(ast.fix_missing_locations(node)).split())
    return text if len(text) <= 110 else text[:107] + "..."
