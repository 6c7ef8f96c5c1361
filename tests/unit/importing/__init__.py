"""Reading foreign stores, part by part."""
