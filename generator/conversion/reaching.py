"""What runs when a SavedModel is opened and asked, and whether that reaches beyond the model.

A SavedModel is a program. TensorFlow runs the functions of its objects: some when it opens them,
the signature when it is asked. What only saves and reads its own variables is in it, too, and is
not run here: TensorFlow reads them by itself. Which is which is told by what leads where, never by
names, which are its maker's to choose.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from generator.errors import BuildError

# Operations that read or write files, run Python, or talk to other machines or processes.
REACHING = re.compile(
    r".*(PyFunc|File|Save|Restore|Checkpoint|Reader|Record|Dataset|Snapshot|MemoryCache|Summary"
    r"|Rpc|Send|Recv|Infeed|Outfeed|Collective|HostCompute).*"
    r"|Debug.*|Print.*|LoadAndRemapMatrix|Abort"
)
# What a model of TensorFlow 1 reads its variables with, when it is opened.
RESTORING = frozenset(["RestoreV2", "ShardedFilename"])
OPENING = ("saved_model_main_op", "legacy_init_op")  # collections of what runs first


def refuse_reaching(saved: Any, folder: Path) -> None:
    """Raise BuildError when opening or asking a SavedModel would reach beyond it.

    `saved` is TensorFlow's SavedModel message.
    """
    for node in _running(saved):
        if REACHING.fullmatch(node.op):
            raise BuildError(
                what=f"running it would reach beyond it: {node.name!r} is a {node.op}",
                where=str(folder),
                expected="a model that computes, and no more",
                fix="If you trust who made it: --trust, or trust = true under its [model.…].",
            )


def _running(saved: Any) -> Iterator[Any]:
    """The nodes that can run; TensorFlow tells its versions apart in the same way."""
    graphs = saved.meta_graphs
    if len(graphs) == 1 and graphs[0].HasField("object_graph_def"):
        yield from _in_functions(graphs[0], graphs[0].object_graph_def.concrete_functions)
        return
    for graph in graphs:
        nodes = [*_before(graph, _asked(graph))]
        yield from nodes
        yield from _in_functions(graph, _called(nodes))
        restoring = [
            node
            for node in _before(graph, [graph.saver_def.restore_op_name])
            if node.op not in RESTORING
        ]
        yield from restoring
        yield from _in_functions(graph, _called(restoring))


def _asked(graph: Any) -> list[str]:
    """The tensors and operations that a graph of TensorFlow 1 is asked for, or opened by."""
    tensors = [
        output.name
        for signature in graph.signature_def.values()
        for output in signature.outputs.values()
    ]
    first = [name for key in OPENING for name in graph.collection_def[key].node_list.value]
    return tensors + first


def _before(graph: Any, tensors: Iterable[str]) -> Iterator[Any]:
    """The nodes that these tensors are computed from."""
    nodes = {node.name: node for node in graph.graph_def.node}
    waiting = list(tensors)
    while waiting:
        node = nodes.pop(waiting.pop().removeprefix("^").split(":")[0], None)
        if node is not None:
            yield node
            waiting.extend(node.input)


def _in_functions(graph: Any, names: Iterable[str]) -> Iterator[Any]:
    """The nodes of these functions and of those that they call."""
    functions = {function.signature.name: function for function in graph.graph_def.library.function}
    waiting = list(names)
    while waiting:
        function = functions.pop(waiting.pop(), None)
        if function is not None:
            yield from function.node_def
            waiting.extend(_called(function.node_def))


def _called(nodes: Iterable[Any]) -> Iterator[str]:
    """The functions that nodes call: as their operation, or by an attribute."""
    for node in nodes:
        yield node.op
        for attribute in node.attr.values():
            yield from (function.name for function in (attribute.func, *attribute.list.func))
