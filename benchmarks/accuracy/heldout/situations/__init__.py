"""Pages and functions of the second project, each with what an expert says of it."""
