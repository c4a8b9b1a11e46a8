"""How an encoder runs: engines, their recipes, building, checking and caching."""
