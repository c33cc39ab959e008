"""A negotiation as data: evidence, parts, the model, and its files."""
