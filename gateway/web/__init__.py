"""HTTP around the engine: the GraphQL endpoint, who calls, and the GraphiQL page."""
