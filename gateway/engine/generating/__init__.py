"""Generated response code: a function for each plan that is used more than once.

    operation   roots; the whole function, who may use it
    entities, records, pages, sources, leaves   the functions of what a selection holds
    guards, labels   what generated code calls
    writing, making   the text while it is written, and what its parts share

`docs/decisions/050-generated-code.md` says why, and what is left to the reference builder.
"""

from gateway.engine.generating.operation import Built, Generated, generate

__all__ = ["Built", "Generated", "generate"]
