"""Whether two records tell of the same business or person: levels, weights, vetoes, bands.

After Fellegi and Sunter, "A Theory for Record Linkage" (1969): each field of two records is given
a level ("same", "typo", "differs"), each level a weight, their sum says how likely it is that the
records are of one entity. `weights/*.toml` holds the weights, the bands and the calibration as
they were learnt from labelled pairs by `python -m bench.identity.train`.

    records.business, records.person   a record, prepared for many comparisons
    businesses.compare, persons.compare -> Findings
    model.judge(findings)              -> Match: state, confidence, evidence
    model.decide(matches)              -> the one to take, if it stands out
"""
