"""What comes back: opens, clicks, unsubscribes and returns, kept and given back to the book."""
