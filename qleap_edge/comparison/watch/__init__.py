"""How well does the analysis count the repetitions that somebody logged, and how well does no learning at all?"""
