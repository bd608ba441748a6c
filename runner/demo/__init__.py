"""The rehearsal: the whole path on one machine, on embedded parts and a simulated clock."""
