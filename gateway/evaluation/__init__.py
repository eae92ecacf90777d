"""How well identity works on a city's own labelled rows: `citygraph identity evaluate`.

grammar    the map: which files, which columns, where the truth is
files      CSV and Parquet files as rows of text
rows       the files' rows as records of `resolvers.identity.matching`
pairs      which rows are worth comparing
linking    every pair judged; addresses: every text looked up
figures    precision, recall, F1 by threshold; calibration
notes      what in a map or its files makes figures say little
"""

from gateway.evaluation.addresses import AddressFigures, look_up
from gateway.evaluation.figures import Figures
from gateway.evaluation.files import Unreadable
from gateway.evaluation.grammar import MapFile
from gateway.evaluation.linking import link
from gateway.evaluation.rows import read_map

__all__ = ["AddressFigures", "Figures", "MapFile", "Unreadable", "link", "look_up", "read_map"]
