"""How fast the program is, measured on the machine at hand."""
