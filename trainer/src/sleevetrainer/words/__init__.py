"""Stage `words`: what the device reads the words on a sleeve by, and what it makes of them."""
