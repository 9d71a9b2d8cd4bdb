"""How the project draws its own sleeves: a canvas, sixteen sleeves, rooms, and a camera."""
