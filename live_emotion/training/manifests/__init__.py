"""Data sets of other people in their usual folders: IEMOCAP and CMU-MOSEI."""
