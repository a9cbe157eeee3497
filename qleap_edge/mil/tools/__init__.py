"""Why does a program behave as it does? Summaries, costs, and the operation at which two runs drift apart."""
