"""The company's tables as lines of text, one small reader a format. The declaration says which; nothing is sniffed."""
