"""What is said of a tree that is read node by node."""

from __future__ import annotations

import ast

import pytest

from queryscope.fixes.source import Source
from queryscope.fixes.tree import looks_up_parent, tree_fix
from queryscope.model import AccessKind, Frame, Model
from tests.fixes.running import relation

UP = relation("parent", target="shop.TreeNode", is_null=True)
DOWN = relation("children", AccessKind.REVERSE, "shop.TreeNode")
NODE = Model(label="shop.TreeNode", table="t", relations=(UP, DOWN))


def test_up_to_the_root_all_nodes_are_held_by_their_keys():
    fix = tree_fix(NODE, "parent", goes_down=False, depth=3)
    assert fix.code.startswith("tree_node_by_id = TreeNode.objects.in_bulk()")
    assert '.select_related("parent__parent__parent") reads 3 levels' in fix.caveat


@pytest.mark.parametrize("relation_read", ["children", "parent"])
def test_down_to_the_leaves_all_nodes_are_linked_by_their_parent(relation_read):
    fix = tree_fix(NODE, relation_read, goes_down=True, depth=2)
    ast.parse(fix.code)
    assert "for tree_node in TreeNode.objects.all():" in fix.code
    assert "below[tree_node.parent_id].append(tree_node)" in fix.code
    assert ('.prefetch_related("children__children")' in fix.caveat) is (relation_read == "children")


def test_of_two_parents_none_is_chosen():
    model = Model(
        label="shop.TreeNode", table="t", relations=(UP, relation("twin", target="shop.TreeNode"), DOWN)
    )
    assert tree_fix(model, "children", goes_down=True, depth=2).code.startswith(
        'TreeNode.objects.prefetch_related("children")'
    )


def test_a_deep_tree_is_not_written_out():
    assert "fixed" not in tree_fix(NODE, "parent", goes_down=False, depth=5).caveat
    assert "fixed" not in tree_fix(Model(label="a.B", table="t"), "x", goes_down=True, depth=2).caveat


def test_there_is_no_diff_and_the_reason_is_told():
    fix = tree_fix(NODE, "parent", goes_down=False, depth=9)
    assert fix.diff == ""
    assert fix.caveat.startswith("No diff: ")
    assert "recursive CTE" in fix.caveat


LOOK_UPS = {
    "while node:\n    node = Node.objects.get(pk=node.parent_id)": True,
    "while node := Node.objects.get(pk=node.parent_id): pass": True,
    "def up(node):\n    return up(Node.objects.get(pk=node.parent_id))": True,
    "for node in nodes:\n    parent = Node.objects.get(pk=node.parent_id)": False,
    "while node:\n    node = Node.objects.get(pk=node.owner_id)": False,
    "while node:\n    node = Node.objects.get(pk=key)": False,
    "def up(node):\n    return up(Node.objects.get(pk=node))": False,
}


@pytest.mark.parametrize("text", LOOK_UPS)
def test_look_ups_of_parents_are_known_by_their_text(text):
    source = Source("a.py", text)
    wanted = next(
        node
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call) and ".get(" in source.text_of(node)[:20]
    )
    frame = Frame(
        path="a.py", function="f", line=wanted.lineno, column=wanted.col_offset,
        end_line=wanted.end_lineno, end_column=wanted.end_col_offset,
    )  # fmt: skip
    assert looks_up_parent(source, frame, ["parent"]) is LOOK_UPS[text]
    assert not looks_up_parent(source, Frame(path="a.py", function="f", line=1), ["parent"])
