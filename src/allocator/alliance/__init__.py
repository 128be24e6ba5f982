"""Alliances of schools: the network of possible partners, and pairs, chains and hubs chosen on it."""
