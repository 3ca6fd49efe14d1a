"""Language models on servers: one client for every OpenAI-compatible endpoint."""
