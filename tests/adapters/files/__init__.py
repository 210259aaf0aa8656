"""Files of every format, made here, and what is read of them."""
