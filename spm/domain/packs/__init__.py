"""Review packs: what one shows, frozen; what it points out; what a new issue changes."""
