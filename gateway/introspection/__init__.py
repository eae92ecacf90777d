"""A draft of an agency's file, from a look at its source: `citygraph introspect`.

Three steps, each of its own: `looking` asks a source and gives what was seen (`seen.Seen`),
`guessing` makes declarations of it without any I/O, each with the reason why, `writing` prints
them as TOML for a steward to edit.
"""
