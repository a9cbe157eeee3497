"""What did the wearer do? Exercise, repetitions and abstention from an aligned recording."""
