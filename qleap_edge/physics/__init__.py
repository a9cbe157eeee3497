"""How do people move, and what does a watch on their wrist measure?"""
