"""Maps fit for publication: a page that is whole by itself, and the same as a figure."""
