"""`python -m bench.peers`: the gateway beside other gateways and hand-written code, over the same agencies.

The agencies, their data and the peers are those of `../shared/bench/peers`; `bench/city` describes
them as a city. Where the folder is missing there is nothing to measure here.
"""
