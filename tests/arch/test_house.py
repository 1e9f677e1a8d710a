"""The rules of the house, read from the source. Each says how much it looked at, so that it cannot pass on nothing."""

import ast
import gc
import importlib
import re
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest

import pingxing

SOURCE = Path(pingxing.__file__).parent
ROOT = SOURCE.parent.parent
FILES = {
    path.relative_to(SOURCE).with_suffix("").as_posix().replace("/", ".").removesuffix(".__init__"): path
    for path in sorted(SOURCE.rglob("*.py"))
}


@pytest.fixture(scope="module", autouse=True)
def no_search_for_garbage():
    """The trees are a million objects, and all of them stay: looking through them takes longer than reading them."""
    gc.disable()
    yield
    trees.cache_clear()
    gc.enable()


@cache
def trees():
    return {name: ast.parse(path.read_text("utf-8")) for name, path in FILES.items()}


def calls(tree, name):
    """Calls of `anything.name(...)`."""
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == name
    ]


def test_every_module_stands_in_a_layer():
    layers = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"][0][
        "layers"
    ]
    listed = {name.strip() for layer in layers for name in re.split(r"[|:]", layer)}
    rooms = {name.split(".")[0] for name in FILES if name not in ("__init__", "__main__", "")}
    assert len(rooms) >= 15
    assert rooms - {"jobs"} <= listed
    assert {"jobs.queue", "jobs.worker"} <= listed


def test_only_the_way_the_worker_and_the_rooms_own_people_begin_transactions():
    """Work (jobs, receipts, ledger) is committed in flow, appeals, copies, jobs; in identity only people."""
    found = {
        name for name, tree in trees().items() for call in calls(tree, "begin") if "store" in ast.unparse(call.func)
    }
    assert len(found) >= 4
    assert found <= {
        "flow",
        "news",
        "appeals",
        "copies",
        "jobs.worker",
        "identity.service",
        "rulebook",
        "sentry",
        "takedown",
        "rehearsal",
        "uploads",
        "forbidden",
        "enrolment",
        "openings",
        "realnames",
        "makers.workshop",
    }
    touches = re.compile(r"tx\.(work|log)\b|ledger")
    assert not touches.search(FILES["identity.service"].read_text("utf-8").replace("the ledger", "")), "people only"
    explicit = [name for name, tree in trees().items() if calls(tree, "commit") and name != "ledger.entries"]
    assert [name for name in explicit if "connection.commit" in FILES[name].read_text("utf-8")] == []


def test_labelling_measures_art_9_only_the_lawful_door_leaves_the_visible_mark_away():
    """No flag does: a label without a mark is written for `press.press_bare`, and that is called by `copies` alone."""

    texts = {name: file.read_text("utf-8") for name, file in FILES.items()}
    near = {name: text for name, text in texts.items() if re.search(r"pingxing\.(label|press)|import label", text)}
    assert len(near) > 20

    def users(word: str) -> set[str]:
        return {name for name, text in near.items() if re.search(rf"(?<![\w.]){word}\(", text)}

    assert users("bare") == {"press", "copies", "label.writing"}  # copies has one of its own: the use case
    assert users("press_bare") == {"copies", "press"}
    assert {name for name, text in texts.items() if "bare=True" in text} == {"press"}
    assert texts["press"].count("bare=True") == 1
    assert "bare=True" in texts["press"].partition("def press_bare(")[2].partition("\ndef ")[0]
    assert "import PLAIN, aigc_record, bare, seal" in FILES["press"].read_text("utf-8")
    assert "copies.bare(" in FILES["api.copies"].read_text("utf-8")
    body = FILES["copies"].read_text("utf-8")
    door = body[body.index("def bare(") :]
    assert door.index("tx.copies.agreed(") < door.index("press_bare(") < door.index("tx.copies.add(")
    (seal,) = [n for n in ast.walk(trees()["label.writing"]) if isinstance(n, ast.FunctionDef) and n.name == "seal"]
    assert [argument.arg for argument in seal.args.args] == ["picture", "format", "mark", "kit", "origin"]
    assert not seal.args.kwonlyargs


def test_privacy_identity_data_is_read_by_the_room_of_real_names_alone():
    """No other repository touches its table, and the vault is opened where the ledger hears of it."""
    texts = {name: path.read_text("utf-8") for name, path in FILES.items()}
    assert {name for name, text in texts.items() if "tables.persons" in text} == {"store.persons"}
    whole = {name for name, text in texts.items() if re.search(r"tx\.persons\.(get|all|due|put|rewrap)\(", text)}
    assert whole == {"enrolment", "realnames", "openings"}
    assert {name for name, text in texts.items() if re.search(r"\bnames\.seal\(", text)} == {"enrolment", "realnames"}
    for room in ("rewrap", "differs", "words"):  # the second opens and says only what differs, the third no name
        assert {name for name, text in texts.items() if f"names.{room}(" in text} == {"realnames"}
    assert {name for name, text in texts.items() if "verifier.ask(" in text} == {"enrolment"}
    assert {name for name, text in texts.items() if re.search(r"\bnames\.open\(", text)} == {"openings"}
    (show,) = [n for n in trees()["openings"].body if isinstance(n, ast.FunctionDef) and n.name == "show"]
    body = ast.unparse(show)
    assert body.index("!= 'approved'") < body.index("names.open(") < body.index("_enter(") < body.index("return who")


def test_bytes_are_read_from_the_store_in_release_alone():
    readers = {
        name: [ast.unparse(call) for call in calls(tree, "get") if "blobs" in ast.unparse(call.func)]
        for name, tree in trees().items()
    }
    assert {name for name, found in readers.items() if found} == {"flow"}
    assert len(readers["flow"]) == 1


def test_only_the_label_encodes_pictures():
    encoders = {
        name
        for name, tree in trees().items()
        for call in calls(tree, "save")
        if any(isinstance(arg, ast.Constant) or arg.__class__.__name__ == "Name" for arg in call.args)
    }
    assert encoders, "the label room must encode somewhere"
    assert all(name.startswith("label.") for name in encoders), encoders


def test_no_asynchronous_function_blocks():
    """A call that waits (store, flow, disk, sleep) may stand in an async function only inside to_thread."""
    blocking = re.compile(
        r"\b(flow\.(admit|release|fulfil|cancel)|app\.(identity|desk)\.(?!watch)\w+|store\.(begin|read)|time\.sleep"
        r"|verify|appeals\.\w+|open|read_bytes|write_bytes)\("
    )
    looked = 0
    for name, tree in trees().items():
        for function in ast.walk(tree):
            if not isinstance(function, ast.AsyncFunctionDef):
                continue
            looked += 1
            for node in ast.walk(function):
                if isinstance(node, ast.Call) and blocking.match(ast.unparse(node)):
                    pytest.fail(f"{name}.{function.name} blocks: {ast.unparse(node)[:80]}")
    assert looked >= 6


def test_routes_that_are_not_asynchronous_run_in_threads_and_all_routes_are_known():
    from fastapi.routing import APIRoute

    from pingxing.api import a1111, appeals, copies, forbidden, labelling, native, openai, ops, oversight, packs, trust
    from pingxing.api import names as real_names
    from pingxing.api import uploads as brought

    rooms = (a1111, appeals, copies, forbidden, real_names, native, openai, ops, oversight, packs, trust, brought)
    rooms += (labelling,)
    routes = [r for room in rooms for r in room.router.routes if isinstance(r, APIRoute)]
    assert len(routes) >= 20
    public = {"/healthz", "/readyz", "/metrics", "/report.json", "/api/ledger", "/api/trust", "/api/verify"}
    public |= {"/v1/files/{receipt_id}", "/api/verify/link", "/api/verify/batch"}
    for route in routes:
        names = {d.call.__name__ for d in route.dependant.dependencies}
        knows_who = bool(names & {"actor_of", "key_of"})  # key_of: HTTP Basic too, and never a cookie
        assert knows_who != (route.path in public), f"{route.path}: deny is the default"
        assert ("key_of" in names) == route.path.startswith("/sdapi/"), route.path


def test_heavy_things_are_not_imported_at_the_front_door():
    code = (
        "import sys; import pingxing.cli.main as m; m.group(m.Console('en', json_only=False)); "
        "print(sorted({n.split('.')[0] for n in sys.modules}))"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "click" in loaded
    for heavy in ("torch", "onnxruntime", "typst", "resvg_py", "numpy", "fastapi", "dbos", "sqlalchemy", "PIL"):
        assert f"'{heavy}'" not in loaded, heavy


def test_no_pickle_no_eval_no_bare_except_and_nothing_left_undone():
    looked = 0
    for name, tree in trees().items():
        looked += 1
        for node in ast.walk(tree):
            if isinstance(node, ast.Import | ast.ImportFrom):
                modules = [alias.name for alias in node.names] + [getattr(node, "module", "") or ""]
                assert not {"pickle", "marshal", "shelve", "dill"} & set(modules), name
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in ("eval", "exec", "__import__"), name
            if isinstance(node, ast.ExceptHandler):
                assert node.type is not None, name
                assert not (len(node.body) == 1 and isinstance(node.body[0], ast.Pass)), f"{name}: swallowed exception"
        text = FILES[name].read_text("utf-8")
        assert not re.search(r"#.*\b(TODO|FIXME|XXX)\b|raise NotImplementedError", text), name
    assert looked > 60


def test_modules_stay_small_and_flow_is_read_in_five_minutes():
    sizes = {name: len(path.read_text("utf-8").splitlines()) for name, path in FILES.items()}
    assert len(sizes) > 60
    assert {name: size for name, size in sizes.items() if size > 500} == {}
    assert sizes["flow"] <= 200


def test_no_words_for_people_stand_in_the_code():
    """Chinese in string literals belongs in catalogues, rule packs and vocabularies (data), not in code."""
    chinese, found, looked = re.compile(r"[\u4e00-\u9fff]"), [], 0
    # Rooms whose subject is Chinese text itself.
    allowed = re.compile(r"^(engine\.backends\.scene|policy|label|makers\.ideas)\b")
    for name, tree in trees().items():
        docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
                looked += 1
                if chinese.search(node.value) and not allowed.match(name):
                    found.append(f"{name}: {node.value[:30]}")
    assert looked > 1000
    assert not found


def test_the_server_binds_to_this_machine_unless_told_otherwise():
    from pingxing.settings import Settings

    assert Settings.model_fields["host"].default == "127.0.0.1"
    assert "0.0.0.0" not in "".join(path.read_text("utf-8") for path in FILES.values())


def test_every_change_on_a_page_needs_a_session_and_its_token():
    from fastapi.routing import APIRoute

    def names(dependant):
        yield from (d.call.__name__ for d in dependant.dependencies)
        for inner in dependant.dependencies:
            yield from names(inner)

    rooms = [importlib.import_module(f"pingxing.{name}") for name in FILES if name.startswith("web.routes.")]
    assert len(rooms) >= 15
    routes = [route for room in rooms for route in room.router.routes if isinstance(route, APIRoute)]
    posts = [route for route in routes if route.methods - {"GET", "HEAD"}]
    assert len(routes) >= 25
    assert len(posts) >= 12
    public = {"/sign-in", "/sign-in/{token}", "/verify", "/verify/link"}  # no session yet, or nothing changed
    for route in posts:
        guarded = {"changing", "changing_form"} & set(names(route.dependant))  # the second also takes pictures
        assert bool(guarded) != (route.path in public), route.path
    open_pages = {"/", "/sign-in", "/sign-in/{token}", "/look", "/verify", "/about", "/report", "/rules", "/models"}
    for route in routes:
        if route not in posts and route.path not in open_pages:
            assert "member_of" in set(names(route.dependant)), route.path
