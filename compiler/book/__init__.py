"""The contact book: a private git repository of sealed people, and the keyring that opens them."""
