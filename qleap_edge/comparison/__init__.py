"""How does a finished model compare with other models, and with the ground truth of real motion?"""
