"""Papers made again: every table and figure on the user's checkpoint and sentences, beside the published numbers."""
