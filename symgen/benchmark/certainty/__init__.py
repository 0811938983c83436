"""How sure are counts of symmetries: rates of false and of found ones in data of known systems."""
