"""From a row of the company's system to a contact: reading, cleaning, joining. Pure but for `table` and `rejects`."""
