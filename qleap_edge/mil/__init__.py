"""What does a saved ML Program compute? A .mlpackage is read from disk and executed without Apple's frameworks."""
