"""How do people move, and what does a watch measure?"""
