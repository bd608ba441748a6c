"""From nothing to a workspace that sends: `envoi init`, and what helps to write in it (`new`, `completion`)."""
