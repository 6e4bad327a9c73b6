"""Reads a JSON list of PowerShell scripts, and prints for each the kinds of its syntax tree, with what could not be parsed."""

import json
import sys

import tree_sitter_powershell
from tree_sitter import Language, Parser

parser = Parser(Language(tree_sitter_powershell.language()))


def wrong(node):
    """The places that the grammar could not read."""
    if node.is_error or node.is_missing:
        return [f"line {node.start_point[0] + 1}: {node.text.decode()[:80]}"]
    return [found for child in node.children for found in wrong(child)]


def kinds(node):
    return [node.type, [kinds(child) for child in node.children]]


trees = [parser.parse(script.encode()).root_node for script in json.load(sys.stdin)]
json.dump([{"wrong": wrong(root), "kinds": json.dumps(kinds(root))} for root in trees], sys.stdout)
