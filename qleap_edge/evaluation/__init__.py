"""How good is a model, checkpoint or saved package alike, beside baselines without a sensor?"""
