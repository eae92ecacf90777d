"""Harbourton, the embedded demo city: fictional facts from a seed, kept by agencies that differ.

`town` invents the facts, `agencies` write them down – each in its own database, with its own
column names, key formats, codes and slips – and `generate` builds the lot. Nothing here is read
while the gateway answers: to it, the files are agencies like any others.
"""
