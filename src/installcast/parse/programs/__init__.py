"""What well-known programs do, in words, and how long that takes as a rule.

The times are medians from experience on a small server: they tell which of two commands is the longer one, and how much,
before either has run.
"""
