"""From what was seen to declarations with their reasons. Pure: no file, no clock, no chance."""
