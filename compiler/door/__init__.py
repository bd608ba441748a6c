"""The console script's manners: arguments as people write them, their language, refusals that say what to do next."""
