"""Will the saved program load on a watch and stay on the Neural Engine? Static rules, each with its source."""
