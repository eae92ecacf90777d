"""The commands of `citygraph`, one module each; `gateway.cli` puts them together."""
