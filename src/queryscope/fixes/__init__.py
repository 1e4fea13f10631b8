"""Reader: from a finding and a source text to an edit."""
