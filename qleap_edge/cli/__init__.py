"""What can a user ask for? Commands that parse, call one function and print one table."""
