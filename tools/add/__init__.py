"""Take a file of somebody's as a statement: text, HTML, Word or PDF becomes a seed with its YAML."""
