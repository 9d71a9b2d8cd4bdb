"""The network that finds a sleeve's corners: from rendered scenes to the file that the device carries.

Points are pixels of the network's input, x to the right and y down, and whole numbers are the centres of
pixels. Corners go clockwise as one sees them; which is first does not matter anywhere here.
"""
