"""How does a saved package become smaller, and what does each variant cost?"""
