"""Shell scripts, read without running them: words, commands, and what they take."""
