"""The exercises, one module each; all implement :class:`~qleap_edge.physics.exercises.protocol.ExerciseModel`."""
