"""Does the saved package compute what the network computes?"""
