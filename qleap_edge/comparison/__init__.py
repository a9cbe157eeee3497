"""How does a finished model compare with others, and with the truth of real motion?"""
