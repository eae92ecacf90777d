"""A small city whose files tests change while it is served."""

CITY = """
[city]
name = "Testburg"
prefix = "tb"
locale = "us"
time_zone = "UTC"
currency = "USD"

[scheme.lot]
of = "Address"
level = "lot"
check = "digits_5"

[register.lots]
dataset = "land.lots"
scheme = "lot"
"""
