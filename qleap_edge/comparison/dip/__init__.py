"""How good is a model with one wrist of DIP-IMU, real inertial recordings with fitted body poses?"""
