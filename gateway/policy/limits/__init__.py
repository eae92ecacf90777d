"""Limits: what a request may cost, how often a key may ask, what an agency can bear, who is paused.

`costs` and `sheets` estimate a request before anybody is asked; `quotas` admits it for its key;
`budgets` and `turns` give its calls their turn at each agency; `pauses` is the switch that stops
an agency; `usage` counts what each key asked; `documents` refuses documents before they are
understood.
"""
