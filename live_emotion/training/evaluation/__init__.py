"""What the shipped program scores on people it has not seen, and how good that is."""
