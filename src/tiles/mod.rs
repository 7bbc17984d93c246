//! Tiles filtered by a territory, and their cache.
