"""What did the wearer do? Repetitions, exercise and abstention from an aligned recording."""
