"""How good is a model, checkpoint or saved package alike, beside predictors without a sensor?"""
