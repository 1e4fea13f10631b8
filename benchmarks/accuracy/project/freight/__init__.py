"""A freight company: depots, vehicles, shipments and what happens to them."""
