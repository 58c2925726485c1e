"""What the package never does, told from its source: SQL made of text, objects unpickled."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "zonage_geo"
MODULES = sorted(PACKAGE.rglob("*.py"))

RUNS_SQL = frozenset({"execute", "executemany", "executescript", "_rows"})
ALLOWED: dict[str, dict[str, str]] = {
    "geocoding/ban.py": {
        "marks": "question marks and commas",
        "sql": "of Ban._rows itself, whose callers are looked at here",
    },
    "geocoding/ban_build.py": {"statement": "a piece of a constant"},
    "geocoding/cache.py": {"marks": "question marks and commas"},
    "many/shapes.py": {
        "sql": "a value of a dict of constants",
        "table": "a member of TABLES",
        "order": "a value of a dict of constants",
    },
    "store/areas.py": {"sql": "its tables and columns are members of constants"},
    "store/apply.py": {
        "layer": "a member of a pair of constants",
        "table": "a member of a triple of constants",
    },
    "store/gazetteer.py": {"marks": "question marks and commas"},
    "store/query.py": {
        "side": "a Literal: av or ap",
        "sql": "of Store._rows itself, and of Store._shapes, whose callers give constants",
        "table": "a member of a pair of constants",
    },
}
"""Module to the expressions beyond constants that its SQL is made of, each read, and why it may."""

UNPICKLING = frozenset({"pickle", "cPickle", "dill", "cloudpickle", "marshal", "shelve", "joblib"})
RUNNING_TEXT = frozenset({"eval", "exec", "compile", "__import__"})
UNSAFE = frozenset({"read_pickle", "to_pickle", "unsafe_load", "full_load", "load_extension"})


def label(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else f"{ast.unparse(node.func)}()"


def stated(tree: ast.Module) -> set[str]:
    """Name what is given text, and nothing but text, wherever the module gives it something."""
    given: dict[str, list[ast.expr]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                given.setdefault(ast.unparse(target), []).append(node.value)
        elif isinstance(node, ast.arg):
            given.setdefault(node.arg, []).append(ast.Name(node.arg))
    texts = {name for name, values in given.items() if not any(map(made_of, values))}
    ours = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("zonage_geo")
        for alias in node.names
        if alias.name.isupper()
    }
    return texts | ours


def made_of(node: ast.expr) -> list[str]:
    """List the expressions, other than text, that a text is made of."""
    if isinstance(node, ast.Constant):
        return []
    if isinstance(node, ast.JoinedStr):
        return [
            ast.unparse(part.value) for part in node.values if isinstance(part, ast.FormattedValue)
        ]
    if isinstance(node, ast.BinOp):
        return made_of(node.left) + made_of(node.right)
    return [ast.unparse(node)]


@pytest.mark.parametrize("path", MODULES, ids=label)
def test_sql_is_made_of_constants_and_parameters(path: Path) -> None:
    tree = tree_of(path)
    texts = stated(tree)
    found = {
        expression
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and called(node) in RUNS_SQL and node.args
        for expression in made_of(node.args[0])
        if expression not in texts
    }
    assert found == set(ALLOWED.get(label(path), ()))


@pytest.mark.parametrize("path", MODULES, ids=label)
def test_nothing_is_unpickled_nor_run_from_text(path: Path) -> None:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            assert not {alias.name.partition(".")[0] for alias in node.names} & UNPICKLING
        elif isinstance(node, ast.ImportFrom):
            assert (node.module or "").partition(".")[0] not in UNPICKLING
        elif isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            assert name not in RUNNING_TEXT
            assert called(node) not in UNSAFE
            assert not name.startswith("yaml.") or name == "yaml.safe_load"
            for keyword in node.keywords:
                dangerous = {"allow_pickle", "shell"}
                assert keyword.arg not in dangerous or ast.unparse(keyword.value) == "False"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('c.execute("SELECT 1 FROM t WHERE a = ?", (a,))', []),
        ('c.execute(f"SELECT {a}")', ["a"]),
        ('c.execute("SELECT " + a)', ["a"]),
        ('c.execute("SELECT %s" % a)', ["a"]),
        ("c.execute(sql)", ["sql"]),
    ],
)
def test_sql_made_of_text_is_seen(text: str, found: list[str]) -> None:
    (statement,) = ast.parse(text).body
    assert isinstance(statement, ast.Expr)
    assert isinstance(statement.value, ast.Call)
    assert made_of(statement.value.args[0]) == found
