"""What does each stage of a release do? One module a stage, each from finished folders to a new one."""
