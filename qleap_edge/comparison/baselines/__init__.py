"""How does the network compare with networks of published size and with baselines without a sensor, on the same data?"""
